/// Arrays of numbers of one shape, each element with its own closed bounds.
public struct BoxSpace: Hashable, Sendable {
  /// The number type of the elements where they come from; here they all travel as `Float`.
  public enum ElementType: String, Hashable, Sendable, Codable {
    /// IEEE single precision.
    case float32
    /// IEEE double precision.
    case float64
    /// Signed 32-bit integers.
    case int32
    /// Bytes, as in images.
    case uint8

    /// Whether the elements are whole numbers.
    public var isWholeNumber: Bool { self == .int32 || self == .uint8 }
  }

  /// The extent of each dimension; a scalar has the shape `[1]`.
  public let shape: [Int]
  /// The lowest value of each element in row-major order; −∞ where there is none.
  public let lower: [Double]
  /// The highest value of each element in row-major order; ∞ where there is none.
  public let upper: [Double]
  /// The number type at the source.
  public let elementType: ElementType

  /// Makes the space; `Space.validate` says whether it makes sense.
  ///
  /// Bounds of single-precision elements are rounded to single precision, or a number at a bound
  /// such as 0.07 could be outside.
  public init(
    shape: [Int], lower: [Double], upper: [Double], elementType: ElementType = .float32
  ) {
    self.shape = shape
    let isSingle = elementType == .float32
    self.lower = isSingle ? lower.map { Double(Float($0)) } : lower
    self.upper = isSingle ? upper.map { Double(Float($0)) } : upper
    self.elementType = elementType
  }

  /// Makes a space with the same bounds for every element.
  public init(
    shape: [Int], bounds: ClosedRange<Double>, elementType: ElementType = .float32
  ) {
    let count = shape.reduce(1) { $0 * max($1, 0) }
    self.init(
      shape: shape, lower: Array(repeating: bounds.lowerBound, count: count),
      upper: Array(repeating: bounds.upperBound, count: count), elementType: elementType)
  }

  /// The number of elements; nil when it overflows.
  static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      if overflows { return nil }
      count = product
    }
    return count
  }

  /// What is wrong with the declaration, or nil.
  var problem: String? {
    if shape.isEmpty || shape.contains(where: { $0 < 1 }) {
      return "every dimension of a box must be at least 1 but its shape is \(shape)."
    }
    guard let count = Self.count(shape) else {
      return "a box of shape \(shape) has more elements than can be counted."
    }
    guard lower.count == count, upper.count == count else {
      return "a box of shape \(shape) needs \(count) bounds on either side but has \(lower.count) "
        + "lower and \(upper.count) upper ones."
    }
    for index in 0..<count {
      if lower[index].isNaN || upper[index].isNaN {
        return "bound \(index) of the box is not a number."
      }
      if lower[index] > upper[index] {
        return "bound \(index) of the box goes from \(lower[index]) to \(upper[index]); the lower "
          + "one must not be above the upper one."
      }
    }
    return nil
  }
}

extension BoxSpace: CustomStringConvertible {
  /// Shape, bounds and number type; the bounds once if all elements share them, of many the first few.
  public var description: String {
    let limit = 8
    let sameBounds =
      lower.allSatisfy { $0 == lower.first } && upper.allSatisfy { $0 == upper.first }
    let bounds =
      if sameBounds, let low = lower.first, let high = upper.first {
        "\(low)…\(high)"
      } else {
        zip(lower, upper).prefix(limit).map { "\($0)…\($1)" }.joined(separator: ", ")
          + (lower.count > limit ? ", …" : "")
      }
    let shape = shape.count > limit ? "[\(shape.count) dimensions]" : "\(shape)"
    return "box(\(shape), \(bounds), \(elementType.rawValue))"
  }
}

extension BoxSpace: Codable {
  private enum CodingKeys: String, CodingKey {
    case shape, lower, upper
    case elementType = "element_type"
  }

  /// JSON has no infinities, so an infinite bound is the string "inf" or "-inf".
  private struct Bound: Codable {
    var value: Double

    init(_ value: Double) { self.value = value }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        value = number
        return
      }
      switch try container.decode(String.self) {
      case "inf": value = .infinity
      case "-inf": value = -.infinity
      case let text:
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "A bound must be a number, \"inf\" or \"-inf\" but is \"\(text)\".")
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if value.isFinite {
        try container.encode(value)
      } else {
        try container.encode(value > 0 ? "inf" : "-inf")
      }
    }
  }

  /// Reads the space as `encode(to:)` writes it.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      shape: try values.decode([Int].self, forKey: .shape),
      lower: try values.decode([Bound].self, forKey: .lower).map(\.value),
      upper: try values.decode([Bound].self, forKey: .upper).map(\.value),
      elementType: try values.decodeIfPresent(ElementType.self, forKey: .elementType) ?? .float32)
  }

  /// Writes shape, bounds (infinite ones as strings) and number type.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(shape, forKey: .shape)
    try values.encode(lower.map { Bound($0) }, forKey: .lower)
    try values.encode(upper.map { Bound($0) }, forKey: .upper)
    try values.encode(elementType, forKey: .elementType)
  }
}
