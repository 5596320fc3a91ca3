import Foundation
import GSL

/// What an environment's state looks like: filled shapes on a background, or pixels.
///
/// A drawing has coordinates of its own, with y upwards, and becomes pixels of any size:
///
/// ```swift
/// var picture = Picture(x: -1...1, y: -0.75...0.75)
/// picture.line(from: [-1, 0], to: [1, 0], width: 0.02, Picture.Color(0x808080))
/// picture.circle(at: [position, 0], radius: 0.1, Picture.Color(0x0067B8))
/// ```
public struct Picture: Hashable, Sendable {
  /// A color as screens have it (sRGB).
  public struct Color: Hashable, Sendable {
    /// From 0 to 255, like the others.
    public var red, green, blue: UInt8

    /// Makes a color of its three parts.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// Makes a color of a number as web pages have it, `0xFF8000` for orange.
    public init(_ number: UInt32) {
      (red, green, blue) = (
        UInt8(truncatingIfNeeded: number >> 16), UInt8(truncatingIfNeeded: number >> 8),
        UInt8(truncatingIfNeeded: number)
      )
    }
  }

  /// A polygon that is filled; where its edges cross, whatever they wind around is inside.
  public struct Shape: Hashable, Sendable {
    /// In their order along the edge.
    public let corners: [SIMD2<Double>]
    /// Of the inside.
    public let color: Color
  }

  /// What is seen from left to right.
  public let x: ClosedRange<Double>
  /// What is seen from bottom to top.
  public let y: ClosedRange<Double>
  /// Where nothing else is.
  public let background: Color
  /// What lies behind the shapes, over all that is seen.
  public let image: Pixels?
  /// Later ones cover earlier ones.
  public private(set) var shapes: [Shape] = []

  /// A picture without shapes.
  ///
  /// - Parameters:
  ///   - x: what is seen from left to right, finite and not empty.
  ///   - y: what is seen from bottom to top, likewise.
  ///   - background: white if it is not given.
  public init(
    x: ClosedRange<Double>, y: ClosedRange<Double>, background: Color = Color(0xFFFFFF)
  ) {
    let extents = [x.upperBound - x.lowerBound, y.upperBound - y.lowerBound]
    insist(
      extents.allSatisfy { $0 > 0 && $0.isFinite },
      "A picture must show something, but x is \(x) and y is \(y).")
    (self.x, self.y, self.background, image) = (x, y, background, nil)
  }

  /// A picture of pixels, one unit each.
  public init(_ image: Pixels) {
    (x, y) = (0...Double(image.width), 0...Double(image.height))
    background = Color(0)
    self.image = image
  }

  /// Adds a filled polygon; one with a corner that is not finite is not seen.
  ///
  /// - Parameters:
  ///   - corners: in their order along the edge.
  ///   - color: of the inside.
  public mutating func polygon(_ corners: [SIMD2<Double>], _ color: Color) {
    shapes.append(Shape(corners: corners, color: color))
  }

  /// Adds a filled rectangle between two opposite corners.
  public mutating func rectangle(
    from corner: SIMD2<Double>, to opposite: SIMD2<Double>, _ color: Color
  ) {
    polygon([corner, [opposite.x, corner.y], opposite, [corner.x, opposite.y]], color)
  }

  /// Adds a filled circle.
  public mutating func circle(at center: SIMD2<Double>, radius: Double, _ color: Color) {
    polygon(Self.arc(center, radius, from: 0, by: 2 * Double.pi, corners: 48), color)
  }

  /// Adds a line with round ends.
  ///
  /// - Parameters:
  ///   - start: the middle of one end.
  ///   - end: of the other.
  ///   - width: across.
  ///   - color: of all of it.
  public mutating func line(
    from start: SIMD2<Double>, to end: SIMD2<Double>, width: Double, _ color: Color
  ) {
    let angle = atan2(end.y - start.y, end.x - start.x)
    let half = Double.pi / 2
    polygon(
      Self.arc(end, width / 2, from: angle - half, by: Double.pi, corners: 12)
        + Self.arc(start, width / 2, from: angle + half, by: Double.pi, corners: 12), color)
  }

  /// Points on a circle, without the one at the end of the arc if that is where it began.
  private static func arc(
    _ center: SIMD2<Double>, _ radius: Double, from start: Double, by angle: Double, corners: Int
  ) -> [SIMD2<Double>] {
    let steps = angle < 2 * Double.pi ? corners - 1 : corners
    return (0..<corners).map { corner in
      let direction = start + angle * Double(corner) / Double(steps)
      return center + radius * SIMD2(cos(direction), sin(direction))
    }
  }
}
