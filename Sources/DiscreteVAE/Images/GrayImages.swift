import GSL

/// Images of one size with a byte per pixel, 0 to 255.
package struct GrayImages: Sendable, Hashable {
  /// Rows of an image.
  package let height: Int
  /// Columns of an image.
  package let width: Int
  /// Image after image, rows from the top.
  package private(set) var pixels: [UInt8]

  /// Images from their pixels, a whole number of images.
  package init(height: Int, width: Int, pixels: [UInt8]) {
    insist(
      height > 0 && width > 0 && pixels.count.isMultiple(of: height * width),
      "\(pixels.count) pixels are no whole number of images of \(height) × \(width).")
    self.height = height
    self.width = width
    self.pixels = pixels
  }

  /// The number of pixels of an image.
  package var size: Int { height * width }

  /// The number of images.
  package var count: Int { pixels.count / size }

  /// Some of the images.
  package subscript(range: Range<Int>) -> GrayImages {
    GrayImages(
      height: height, width: width,
      pixels: Array(pixels[range.lowerBound * size..<range.upperBound * size]))
  }

  /// The images in another order: image `order[k]` becomes the k-th.
  package func reordered(_ order: [Int]) -> GrayImages {
    var result: [UInt8] = []
    result.reserveCapacity(order.count * size)
    for index in order { result += pixels[index * size..<(index + 1) * size] }
    return GrayImages(height: height, width: width, pixels: result)
  }
}

extension GrayImages {
  /// Draws an image's pixels, white with the probability that each gray value says.
  func write(
    _ image: Int, drawnFrom stream: inout RandomStream, to binary: UnsafeMutablePointer<Float>
  ) {
    pixels.withUnsafeBufferPointer { pixels in
      for pixel in 0..<size {
        binary[pixel] = drawsWhite(stream.nextUInt32(), gray: pixels[image * size + pixel]) ? 1 : 0
      }
    }
  }
}

/// True with a probability of gray / 255: a value of 0 or 255 is certain, and takes a draw like any.
func drawsWhite(_ draw: UInt32, gray: UInt8) -> Bool {
  Int(draw >> 8) * 255 < Int(gray) << 24
}
