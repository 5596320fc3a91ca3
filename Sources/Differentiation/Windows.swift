/// Which windows of an image are taken: their size, and how far one lies from the next.
///
/// Windows lie within the image, so nothing is padded; rows and columns that no window reaches are left
/// out.
public struct Windows: Hashable, Sendable, CustomStringConvertible {
  /// Rows of a window, at least 1.
  public let height: Int
  /// Columns of a window, at least 1.
  public let width: Int
  /// Rows from one window to the next, at least 1.
  public let verticalStride: Int
  /// Columns from one window to the next, at least 1.
  public let horizontalStride: Int

  /// Windows of a height and a width.
  ///
  /// - Parameters:
  ///   - height: rows of a window, at least 1.
  ///   - width: columns of a window, at least 1.
  ///   - verticalStride: rows from one window to the next, at least 1.
  ///   - horizontalStride: columns from one window to the next, at least 1.
  public init(height: Int, width: Int, verticalStride: Int = 1, horizontalStride: Int = 1) {
    demand(
      min(height, width, verticalStride, horizontalStride) >= 1,
      "Windows and their strides have at least 1 row and column, not \(height)×\(width) and "
        + "\(verticalStride)×\(horizontalStride).")
    self.height = height
    self.width = width
    self.verticalStride = verticalStride
    self.horizontalStride = horizontalStride
  }

  /// Square windows.
  ///
  /// - Parameters:
  ///   - side: rows and columns of a window, at least 1.
  ///   - stride: rows and columns from one window to the next, at least 1.
  public init(side: Int, stride: Int = 1) {
    self.init(height: side, width: side, verticalStride: stride, horizontalStride: stride)
  }

  /// For example `3×3` or `8×8 by 4×4`.
  public var description: String {
    let isDense = verticalStride == 1 && horizontalStride == 1
    return "\(height)×\(width)" + (isDense ? "" : " by \(verticalStride)×\(horizontalStride)")
  }

  /// How many windows an image has below and beside each other; nil where it is too small for one.
  ///
  /// - Parameters:
  ///   - imageHeight: rows of the image.
  ///   - imageWidth: columns of the image.
  /// - Returns: rows and columns of windows.
  public func count(inHeight imageHeight: Int, width imageWidth: Int) -> (rows: Int, columns: Int)?
  {
    guard imageHeight >= height, imageWidth >= width else { return nil }
    return (
      (imageHeight - height) / verticalStride + 1, (imageWidth - width) / horizontalStride + 1
    )
  }

  /// `[N, H′, W′, height, width · C]`, what the windows of images `[N, H, W, C]` are.
  func shape(ofImages images: Shape) -> Shape {
    guard images.rank == 4, let count = count(inHeight: images[1], width: images[2]) else {
      fatalError(
        "Windows \(self) need images [N, H, W, C] of at least \(height) rows and \(width) columns "
          + "but got the shape \(images).")
    }
    return [images[0], count.rows, count.columns, height, width * images[3]]
  }

  /// How far elements of the windows lie apart in the memory of images `[N, H, W, C]`, by axis.
  package func strides(inImages images: Shape) -> [Int] {
    let (row, column) = (images[2] * images[3], images[3])
    return [images[1] * row, verticalStride * row, horizontalStride * column, row, 1]
  }
}
