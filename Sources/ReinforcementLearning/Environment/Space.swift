/// The set that observations or actions come from.
public enum Space: Hashable, Sendable, Codable {
  /// Arrays of numbers with a bound for each element.
  case box(BoxSpace)
  /// Whole numbers from a start.
  case discrete(DiscreteSpace)
  /// Several whole numbers, each with its own range from 0.
  case multiDiscrete(MultiDiscreteSpace)
  /// Several bits, each 0 or 1.
  case multiBinary(MultiBinarySpace)

  /// A box with the shape of its bounds, `[lower.count]`.
  public static func box(lower: [Double], upper: [Double]) -> Space {
    .box(BoxSpace(shape: [lower.count], lower: lower, upper: upper))
  }

  /// The numbers `start ..< start + count`.
  public static func discrete(_ count: Int, start: Int = 0) -> Space {
    .discrete(DiscreteSpace(count: count, start: start))
  }

  /// The vectors whose element k lies in `0 ..< counts[k]`.
  public static func multiDiscrete(_ counts: [Int]) -> Space {
    .multiDiscrete(MultiDiscreteSpace(counts: counts))
  }

  /// The vectors of `count` bits.
  public static func multiBinary(_ count: Int) -> Space {
    .multiBinary(MultiBinarySpace(count: count))
  }

  /// How many numbers an element of the space consists of: 1 for a discrete one.
  public var elementCount: Int {
    switch self {
    case .box(let box): box.shape.reduce(1, *)
    case .discrete: 1
    case .multiDiscrete(let space): space.counts.count
    case .multiBinary(let space): space.count
    }
  }

  /// How many numbers a row of observations from this space has.
  ///
  /// A box and bits are written as they are; whole numbers are written one-hot, several of them side by
  /// side.
  public var observationSize: Int {
    switch self {
    case .box, .multiBinary: elementCount
    case .discrete(let space): space.count
    case .multiDiscrete(let space): space.counts.reduce(0, +)
    }
  }

  /// The planes of an image of bytes, the extent of the last of its three axes; 1 for what is no image.
  package var planes: Int {
    guard case .box(let box) = self, box.elementType == .uint8, box.shape.count == 3 else {
      return 1
    }
    return box.shape[2]
  }

  /// The number of flags of an action mask, or nil for a box.
  ///
  /// One for every value of every choice, the values of a choice side by side; a bit has two, that of 0
  /// before that of 1.
  public var maskSize: Int? {
    switch self {
    case .box: nil
    case .discrete, .multiDiscrete: observationSize
    case .multiBinary(let space): 2 * space.count
    }
  }

  /// A choice between whole numbers, `start ..< start + count`.
  package struct Choice: Hashable, Sendable {
    /// The lowest number.
    package var start: Int
    /// How many there are.
    package var count: Int

    /// Makes the choice.
    package init(start: Int, count: Int) {
      self.start = start
      self.count = count
    }
  }

  /// The choices that an action of this space makes at once, in their order; none for a box.
  package var choices: [Choice] {
    switch self {
    case .box: []
    case .discrete(let space): [Choice(start: space.start, count: space.count)]
    case .multiDiscrete(let space): space.counts.map { Choice(start: 0, count: $0) }
    case .multiBinary(let space): Array(repeating: Choice(start: 0, count: 2), count: space.count)
    }
  }

  /// Whether the space's actions are whole numbers (`Int32`) instead of real ones (`Float`).
  public var isWholeNumbers: Bool {
    if case .box = self { false } else { true }
  }

  /// Whether the numbers, in row-major order, are an element of the space.
  public func contains(_ elements: [Double]) -> Bool {
    guard elements.count == elementCount else { return false }
    switch self {
    case .box(let box):
      let isWhole = box.elementType.isWholeNumber
      return elements.indices.allSatisfy { index in
        let value = elements[index]
        return value >= box.lower[index] && value <= box.upper[index]
          && (!isWhole || value == value.rounded())
      }
    case .discrete(let space):
      guard let value = Int(exactly: elements[0]) else { return false }
      return space.contains(value)
    case .multiDiscrete(let space):
      return zip(elements, space.counts).allSatisfy { value, count in
        guard let value = Int(exactly: value) else { return false }
        return value >= 0 && value < count
      }
    case .multiBinary: return elements.allSatisfy { $0 == 0 || $0 == 1 }
    }
  }

  /// Whether the number is an element of a discrete space.
  public func contains(_ element: Int) -> Bool {
    switch self {
    case .box, .multiDiscrete, .multiBinary: contains([Double(element)])
    case .discrete(let space): space.contains(element)
    }
  }

  /// Checks that the declaration makes sense.
  ///
  /// - Parameter name: whose space it is, for the message.
  /// - Throws: `EnvironmentError.invalidDeclaration` for sizes of zero, bounds that do not fit the
  ///   shape, are not numbers or cross.
  public func validate(of name: String) throws(EnvironmentError) {
    let problem: String? =
      switch self {
      case .box(let box): box.problem
      case .discrete(let space):
        if space.count < 1 {
          "a discrete space needs at least 1 element but has \(space.count)."
        } else if Int32(exactly: space.start) == nil
          || space.count > Int(UInt32.max) || Int32(exactly: space.start + (space.count - 1)) == nil
        {
          "a discrete space must fit 32-bit integers but is \(self)."
        } else {
          nil
        }
      case .multiDiscrete(let space):
        if space.counts.isEmpty {
          "a multi-discrete space needs at least 1 component but has none."
        } else if let count = space.counts.first(where: { $0 < 1 || $0 > Int(Int32.max) }) {
          "every component of a multi-discrete space needs 1 element or more, and at most "
            + "\(Int32.max), but one has \(count)."
        } else {
          nil
        }
      case .multiBinary(let space):
        space.count >= 1
          ? nil : "a multi-binary space needs at least 1 bit but has \(space.count)."
      }
    if let problem { throw .invalidDeclaration(environment: name, reason: problem) }
  }
}

extension Space: CustomStringConvertible {
  /// The space as one reads it, for example `discrete(2)` or `box([3], -1…1, float32)`.
  public var description: String {
    switch self {
    case .box(let box): box.description
    case .discrete(let space):
      space.start == 0
        ? "discrete(\(space.count))" : "discrete(\(space.count), from \(space.start))"
    case .multiDiscrete(let space):
      space.counts.count > 20
        ? "multiDiscrete(\(space.counts.prefix(20)) and \(space.counts.count - 20) more)"
        : "multiDiscrete(\(space.counts))"
    case .multiBinary(let space): "multiBinary(\(space.count))"
    }
  }
}

/// The whole numbers `start ..< start + count`.
public struct DiscreteSpace: Hashable, Sendable, Codable {
  /// How many numbers there are.
  public var count: Int
  /// The lowest of them.
  public var start: Int

  /// Makes the space; `Space.validate` says whether it makes sense.
  public init(count: Int, start: Int = 0) {
    self.count = count
    self.start = start
  }

  /// Whether the number is one of them; the difference of any two numbers fits an unsigned one.
  func contains(_ element: Int) -> Bool {
    element >= start && UInt(bitPattern: element &- start) < UInt(max(count, 0))
  }
}

/// Vectors of whole numbers, element k in `0 ..< counts[k]`.
public struct MultiDiscreteSpace: Hashable, Sendable, Codable {
  /// The number of values of each element.
  public var counts: [Int]

  /// Makes the space; `Space.validate` says whether it makes sense.
  public init(counts: [Int]) {
    self.counts = counts
  }
}

/// Vectors of bits.
public struct MultiBinarySpace: Hashable, Sendable, Codable {
  /// The number of bits.
  public var count: Int

  /// Makes the space; `Space.validate` says whether it makes sense.
  public init(count: Int) {
    self.count = count
  }
}
