import Testing

@testable import GSL

@Suite struct `Quasi-random points` {
  private static func points(_ count: Int, _ dimensions: Int, seed: UInt64 = 1) throws -> [[Double]]
  {
    var stream = RandomStream(seed: seed, purpose: "quasi-random-tests")
    return try QuasiRandom.sobol(count, dimensions: dimensions, shiftedBy: &stream)
  }

  /// Whether the values lie at equal distances on the circle from 0 to 1.
  private static func areEven(_ values: [Double]) -> Bool {
    let sorted = values.sorted()
    let gaps = zip(sorted, sorted.dropFirst() + [sorted[0] + 1]).map { $1 - $0 }
    return gaps.allSatisfy { abs($0 - 1 / Double(values.count)) < 1e-12 }
  }

  @Test func `are Sobol's, moved by one distance`() throws {
    // Bratley and Fox (1988), the first two coordinates.
    let known = [
      [0, 0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75], [0.375, 0.375], [0.875, 0.875],
      [0.625, 0.125], [0.125, 0.625],
    ]
    for seed: UInt64 in 1...20 {
      let points = try Self.points(8, 2, seed: seed)
      for (point, expected) in zip(points, known) {
        for coordinate in 0..<2 {
          let moved = point[coordinate] - points[0][coordinate]
          let difference = (moved < 0 ? moved + 1 : moved) - expected[coordinate]
          #expect(abs(difference) < 1e-12 || abs(difference.magnitude - 1) < 1e-12, "seed \(seed)")
        }
      }
    }
    #expect(try Self.points(1, 2, seed: 1) != Self.points(1, 2, seed: 2))
  }

  @Test(arguments: [2, 16, 256, 1024])
  func `lie evenly in every coordinate, the first of them being needed for it`(count: Int) throws {
    let points = try Self.points(count + 1, 40)
    for coordinate in 0..<40 {
      let values = points.map { $0[coordinate] }
      #expect(values.allSatisfy { (0..<1).contains($0) })
      #expect(Self.areEven(Array(values.prefix(count))))
    }
    // A control: without the origin some coordinate has a hole.
    #expect(
      !(0..<40).allSatisfy { coordinate in
        Self.areEven(points.dropFirst().map { $0[coordinate] })
      })
    var stream = RandomStream(seed: 3, purpose: "quasi-random-tests")
    #expect(!Self.areEven((0..<count).map { _ in stream.uniform() }))
  }

  @Test func `begin with those of a shorter list`() throws {
    #expect(try Array(Self.points(300, 7).prefix(100)) == Self.points(100, 7))
    #expect(try Self.points(0, 3).isEmpty)
  }

  @Test(arguments: [-1, 0, 41]) func `have from 1 to 40 coordinates`(dimensions: Int) {
    let error = #expect(throws: GSLError.self) { try Self.points(3, dimensions) }
    #expect(
      error
        == .outOfRange(
          name: "number of dimensions", value: Double(dimensions), allowed: "[1, 40]"))
  }
}
