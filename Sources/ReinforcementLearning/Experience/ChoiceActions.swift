import GSL

/// From several choices at once, as policies number them, to what an environment takes.
///
/// Each choice is numbered from 0; an environment may begin elsewhere, and a box of whole numbers takes
/// them as real ones.
public struct ChoiceActions: Hashable, Sendable {
  /// The number of values of each choice.
  public let counts: [Int]
  /// What the environment calls the first value of each.
  package let lowest: [Int32]
  /// Whether the environment's space is a box.
  package let isBox: Bool

  /// The most values of an element of a box that is acted in by choices: a policy has an output for each.
  public static let largestCount = 1024

  /// The choices of a multi-discrete space.
  public init(_ space: MultiDiscreteSpace) {
    counts = space.counts
    lowest = space.counts.map { _ in 0 }
    isBox = false
  }

  /// The choices of a box of whole numbers; nil where its elements are real or have too many values.
  public init?(wholeNumbers box: BoxSpace) {
    guard box.elementType.isWholeNumber else { return nil }
    // What a bound between two whole numbers allows lies within it.
    let bounds = zip(box.lower, box.upper).map { ($0.rounded(.up), $1.rounded(.down)) }
    // Single precision, in which actions travel, has all whole numbers up to 2^24.
    let limit = Double(1 << 24)
    guard
      bounds.allSatisfy({ lower, upper in
        lower >= -limit && upper <= limit && upper >= lower
          && upper - lower < Double(Self.largestCount)
      })
    else { return nil }
    counts = bounds.map { Int($1 - $0) + 1 }
    lowest = bounds.map { Int32($0.0) }
    isBox = true
  }

  /// C, the number of choices.
  public var size: Int { counts.count }

  /// Writes actions as the environment takes them.
  ///
  /// - Parameters:
  ///   - drawn: `[rows, C]`, the numbers of the values.
  ///   - target: receives as many numbers.
  public func write(_ drawn: Span<Float>, to target: inout MutableSpan<Int32>) {
    requireRows(drawn.count, target.count)
    for index in drawn.indices { target[index] = Int32(drawn[index]) + lowest[index % size] }
  }

  /// Writes actions as an environment takes them whose space is a box.
  ///
  /// - Parameters:
  ///   - drawn: `[rows, C]`, the numbers of the values.
  ///   - target: receives as many numbers.
  public func write(_ drawn: Span<Float>, to target: inout MutableSpan<Float>) {
    requireRows(drawn.count, target.count)
    for index in drawn.indices { target[index] = drawn[index] + Float(lowest[index % size]) }
  }

  private func requireRows(_ drawn: Int, _ target: Int) {
    insist(
      drawn == target && drawn % size == 0,
      "\(drawn) numbers are no rows of \(size) for \(target).")
  }
}
