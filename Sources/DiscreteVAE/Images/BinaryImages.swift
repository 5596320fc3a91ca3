import GSL

/// Images of black and white pixels, eight to the byte.
///
/// 60,000 images of 28 × 28 take 6 MB, a sixteenth of what they would take as `Float`s.
package struct BinaryImages: Sendable, Hashable {
  /// Rows of an image.
  package let height: Int
  /// Columns of an image.
  package let width: Int
  /// The number of images.
  package let count: Int
  /// Image after image, each from a byte of its own; the first pixel is the lowest bit.
  private(set) var bits: [UInt8]

  /// The number of pixels of an image.
  package var size: Int { height * width }
  private var stride: Int { (size + 7) / 8 }

  /// Images whose pixels a function says, image after image and row after row.
  package init(
    height: Int, width: Int, count: Int, pixel: (_ position: Int) throws -> Bool
  ) rethrows {
    self.height = height
    self.width = width
    self.count = count
    let size = height * width
    let stride = (size + 7) / 8
    bits = [UInt8](repeating: 0, count: count * stride)
    for image in 0..<count {
      for position in 0..<size where try pixel(image * size + position) {
        bits[image * stride + position >> 3] |= 1 << UInt8(position & 7)
      }
    }
  }

  /// Draws each pixel once, white with the probability that its gray value says.
  ///
  /// Salakhutdinov and Murray (2008); "static binarization".
  package init(_ images: GrayImages, from stream: inout RandomStream) {
    self.init(height: images.height, width: images.width, count: images.count) { position in
      drawsWhite(stream.nextUInt32(), gray: images.pixels[position])
    }
  }

  /// Whether a pixel is white.
  package func isWhite(_ pixel: Int, ofImage image: Int) -> Bool {
    bits[image * stride + pixel >> 3] >> UInt8(pixel & 7) & 1 == 1
  }

  /// Writes an image as zeros and ones.
  package func write(_ image: Int, to pixels: UnsafeMutablePointer<Float>) {
    bits.withUnsafeBufferPointer { bits in
      let first = image * stride
      for index in 0..<size / 8 {
        let byte = UInt32(bits[first + index])
        for bit in 0..<8 { pixels[8 * index + bit] = Float(byte >> UInt32(bit) & 1) }
      }
      for pixel in size / 8 * 8..<size {
        pixels[pixel] = Float(bits[first + pixel >> 3] >> UInt8(pixel & 7) & 1)
      }
    }
  }

  /// The share of images in which each pixel is white.
  package var means: [Double] {
    var sums = [Int](repeating: 0, count: size)
    for image in 0..<count {
      for pixel in 0..<size where isWhite(pixel, ofImage: image) { sums[pixel] += 1 }
    }
    return sums.map { Double($0) / Double(max(1, count)) }
  }

  /// Some of the images.
  package subscript(range: Range<Int>) -> BinaryImages {
    BinaryImages(height: height, width: width, count: range.count) { position in
      isWhite(position % size, ofImage: range.lowerBound + position / size)
    }
  }
}
