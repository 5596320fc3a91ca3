import Foundation
import GSL
import Testing

@testable import ReinforcementLearning

@Suite struct `A picture` {
  private static let black = Picture.Color(0)

  /// The area that is black, of a picture of 10 × 10 units in white.
  private func area(_ draw: (inout Picture) -> Void, pixels: Int = 500) -> Double {
    var picture = Picture(x: -5...5, y: -5...5)
    draw(&picture)
    let image = picture.pixels(within: pixels, pixels)
    let dark = image.bytes.reduce(0) { $0 + Double(255 - Int($1)) / 255 }
    return dark / 3 * (10 / Double(pixels)) * (10 / Double(pixels))
  }

  /// A sample decides for a sixteenth of a pixel, so that an edge is off by at most half a sample along its length.
  private func tolerance(edge: Double, pixels: Int = 500) -> Double {
    edge * 10 / Double(pixels) / 4 / 2
  }

  @Test func `covers the area of its shapes`() {
    let triangle: [SIMD2<Double>] = [[-3.1, -2.2], [2.7, -1.3], [0.4, 3.6]]
    #expect(
      abs(area { $0.rectangle(from: [-1.23, -3.21], to: [2.34, 0.77], Self.black) } - 3.57 * 3.98)
        < tolerance(edge: 2 * (3.57 + 3.98)))
    // Half of the cross product of two sides.
    #expect(
      abs(area { $0.polygon(triangle, Self.black) } - (5.8 * 5.8 - 3.5 * 0.9) / 2)
        < tolerance(edge: 17))
    #expect(
      abs(area { $0.polygon(triangle.reversed(), Self.black) } - (5.8 * 5.8 - 3.5 * 0.9) / 2)
        < tolerance(edge: 17))
    // A polygon of 48 corners in place of the circle has 0.29 % less.
    let polygon = 24 * 2.3 * 2.3 * sin(2 * Double.pi / 48)
    #expect(
      abs(area { $0.circle(at: [0.3, -0.4], radius: 2.3, Self.black) } - polygon)
        < tolerance(edge: 15))
    #expect(abs(polygon - Double.pi * 2.3 * 2.3) < 0.003 * polygon)
    // A rectangle and two half circles.
    #expect(
      abs(
        area { $0.line(from: [-2, -1], to: [1, 3], width: 1, Self.black) } - (5 + Double.pi / 4))
        < 0.01 + tolerance(edge: 14))
  }

  @Test func `shows what is inside its frame, and later shapes above earlier ones`() {
    #expect(abs(area { $0.rectangle(from: [-50, 0], to: [50, 70], Self.black) } - 50) < 1e-9)
    #expect(area { $0.circle(at: [30, 0], radius: 2, Self.black) } == 0)
    #expect(area { $0.circle(at: [0, 1e300], radius: 1e10, Self.black) } == 0)
    let covered = area {
      $0.rectangle(from: [-2, -2], to: [2, 2], Self.black)
      $0.rectangle(from: [-2, -2], to: [0, 2], Picture.Color(0xFFFFFF))
    }
    #expect(abs(covered - 8) < 1e-9)
  }

  @Test func `of numbers that are not finite lacks the shape`() {
    for corner in [SIMD2(Double.nan, 0), [0, Double.infinity], [-Double.infinity, 1]] {
      #expect(area { $0.polygon([[0, 0], [1, 1], corner], Self.black) } == 0)
      #expect(area { $0.line(from: [0, 0], to: corner, width: 1, Self.black) } == 0)
    }
    #expect(area { $0.polygon([], Self.black) } == 0)
  }

  @Test func `of a star is filled in the middle, too`() {
    let corners = (0..<5).map { corner in
      let direction = Double.pi / 2 + 4 * Double.pi / 5 * Double(corner)
      return SIMD2(4 * cos(direction), 4 * sin(direction))
    }
    var picture = Picture(x: -5...5, y: -5...5)
    picture.polygon(corners, Self.black)
    #expect(picture.pixels(within: 100, 100)[50, 50] == Self.black)
  }

  @Test(arguments: [(400, 300, 400, 200), (100, 300, 100, 50), (400, 10, 20, 10), (1, 1, 1, 1)])
  func `keeps its shape at any size`(width: Int, height: Int, columns: Int, rows: Int) {
    let image = Picture(x: 0...2, y: 5...6).pixels(within: width, height)
    #expect((image.width, image.height) == (columns, rows))
  }

  @Test func `has y upwards`() {
    var picture = Picture(x: 0...2, y: 0...2)
    picture.rectangle(from: [1, 1], to: [2, 2], Picture.Color(0xFF0000))
    let image = picture.pixels(within: 2, 2)
    #expect(image[1, 0] == Picture.Color(red: 255, green: 0, blue: 0))
    #expect(image[0, 0] == Picture.Color(0xFFFFFF) && image[1, 1] == Picture.Color(0xFFFFFF))
  }

  @Test func `of pixels is those pixels, or their means in another size`() {
    var stream = RandomStream(seed: 1, purpose: "picture-test")
    let bytes = (0..<3 * 12 * 8).map { _ in UInt8(stream.index(below: 256)) }
    let pixels = Pixels(width: 12, height: 8, bytes: bytes)
    #expect(Picture(pixels).pixels(within: 12, 20) == pixels)
    let half = Picture(pixels).pixels(within: 6, 4)
    for channel in 0..<3 {
      let sum = [(2, 2), (3, 2), (2, 3), (3, 3)].reduce(0) {
        $0 + Int(bytes[3 * ($1.1 * 12 + $1.0) + channel])
      }
      #expect(abs(Double(half.bytes[3 * (1 * 6 + 1) + channel]) - Double(sum) / 4) <= 0.5)
    }
    let double = Picture(pixels).pixels(within: 24, 16)
    for y in 0..<16 {
      for x in 0..<24 { #expect(double[x, y] == pixels[x / 2, y / 2]) }
    }
    // Any size keeps the mean, but for rounding.
    let odd = Picture(pixels).pixels(within: 7, 7)
    func mean(_ image: Pixels) -> Double {
      Double(image.bytes.reduce(0) { $0 + Int($1) }) / Double(image.bytes.count)
    }
    #expect(odd.width == 7 && odd.height == 5)
    #expect(abs(mean(odd) - mean(pixels)) < 0.5)
  }

  @Test func `may have shapes above pixels`() {
    var picture = Picture(Pixels(width: 4, height: 2, Picture.Color(0x102030)))
    picture.rectangle(from: [3, 0], to: [4, 1], Self.black)
    let image = picture.pixels(within: 4, 2)
    #expect(image[3, 1] == Self.black && image[3, 0] == Picture.Color(0x102030))
  }
}
