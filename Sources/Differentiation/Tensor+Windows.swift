/// Images `[N, H, W, C]`, channels last: N images of H rows and W columns with C numbers in each place.
extension Tensor {
  /// The windows of images, each a row of numbers: what makes a convolution a matrix product.
  ///
  /// A window's row of pixels is one run in memory, channels included. Reshaped to
  /// `[N · H′ · W′, height · width · C]`, times weights `[height · width · C, outputs]` they give the convolution
  /// (Chellapilla, Puri and Simard, 2006).
  ///
  /// - Parameter windows: size and strides; at least one must fit into the image.
  /// - Returns: `[N, H′, W′, height, width · C]` of images `[N, H, W, C]`.
  public func windows(_ windows: Windows) -> Tensor {
    graph.append(.windows(windows), [self], shape: windows.shape(ofImages: shape))
  }

  /// Windows added up where they lie in images, the derivative of taking them.
  ///
  /// - Parameters:
  ///   - windows: size and strides.
  ///   - images: `[N, H, W, C]`, whose windows have this tensor's shape.
  /// - Returns: of the images' shape.
  func accumulated(_ windows: Windows, in images: Shape) -> Tensor {
    let expected = windows.shape(ofImages: images)
    demand(
      shape == expected,
      "Windows \(windows) of images \(images) have the shape \(expected), not \(shape).")
    return graph.append(.accumulateWindows(windows), [self], shape: images)
  }

  /// The mean of each window, channel by channel.
  ///
  /// - Parameter windows: size and strides.
  /// - Returns: `[N, H′, W′, C]` of images `[N, H, W, C]`.
  public func averagePooled(_ windows: Windows) -> Tensor {
    pooled(windows) { $0.mean(axis: 1) }
  }

  /// The largest number of each window, channel by channel; equal largest ones share the derivative.
  ///
  /// - Parameter windows: size and strides.
  /// - Returns: `[N, H′, W′, C]` of images `[N, H, W, C]`.
  public func maximumPooled(_ windows: Windows) -> Tensor {
    pooled(windows) { $0.max(axis: 1) }
  }

  /// Reduces `[windows, pixels, C]` over the pixels.
  private func pooled(_ windows: Windows, _ reduce: (Tensor) -> Tensor) -> Tensor {
    let taken = self.windows(windows)
    let (rows, columns, channels) = (taken.shape[1], taken.shape[2], shape[3])
    let count = shape[0] * rows * columns
    return reduce(taken.reshaped([count, windows.height * windows.width, channels]))
      .reshaped([shape[0], rows, columns, channels])
  }
}
