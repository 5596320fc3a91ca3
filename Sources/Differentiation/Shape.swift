/// The extents of a tensor, outermost axis first; `[]` is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extent of each axis, each at least 1.
  public let dimensions: [Int]
  /// The number of elements.
  public let count: Int

  /// A shape with the given extents.
  public init(_ dimensions: [Int]) {
    demand(
      dimensions.allSatisfy { $0 > 0 },
      "Every extent of a shape must be at least 1 but the shape is \(dimensions).")
    self.dimensions = dimensions
    count = dimensions.reduce(1, *)
  }

  /// A shape written as a literal, `[40, 64]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The extent of one axis.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The shape as it is written in code.
  public var description: String { "\(dimensions)" }

  /// The distance in elements between neighbors along each axis of a dense tensor.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  /// The same shape with leading axes of extent 1 up to `rank`.
  func padded(toRank rank: Int) -> [Int] {
    [Int](repeating: 1, count: rank - self.rank) + dimensions
  }

  /// The common shape of an element-wise operation; nil if there is none.
  ///
  /// NumPy's rule: aligned at the last axis, extents are equal or 1.
  public func broadcast(with other: Shape) -> Shape? {
    if self == other { return self }
    let rank = max(self.rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for (axis, pair) in zip(padded(toRank: rank), other.padded(toRank: rank)).enumerated() {
      guard pair.0 == pair.1 || pair.0 == 1 || pair.1 == 1 else { return nil }
      result[axis] = max(pair.0, pair.1)
    }
    return Shape(result)
  }
}
