import GSL

/// Writing down a sequence that is shown, told at the end how far off the copy is.
///
/// The reward of a copy y of x is 1 − d(x, y) / length, d being the least number of symbols to insert, delete or
/// replace (Levenshtein, 1965). With 20 symbols of a vocabulary of 20 there are 20²⁰ copies and one reward for
/// each: nothing says which of the symbols were right.
public struct CopyTask: Codable, Hashable, Sendable {
  /// Symbols of a sequence.
  public let length: Int
  /// Different symbols.
  public let vocabulary: Int
  /// No reward is above 1.
  public static let upperBound = 1.0

  /// A task.
  ///
  /// - Parameters:
  ///   - length: at least 1.
  ///   - vocabulary: at least 2.
  public init(length: Int = 20, vocabulary: Int = 20) {
    insist(
      length >= 1 && vocabulary >= 2,
      "A copy needs at least 1 symbol of at least 2 kinds, not \(length) of \(vocabulary).")
    (self.length, self.vocabulary) = (length, vocabulary)
  }

  /// A sequence to be copied, each symbol as likely as any other.
  public func sequence(from stream: inout RandomStream) -> [Int] {
    (0..<length).map { _ in stream.index(below: vocabulary) }
  }

  /// The reward of a copy.
  public func reward(of copy: [Int], for sequence: [Int]) -> Double {
    1 - Double(Self.editDistance(copy, sequence)) / Double(length)
  }

  /// The least number of symbols to insert, delete or replace.
  ///
  /// - Complexity: O(product of the lengths).
  public static func editDistance(_ first: [Int], _ second: [Int]) -> Int {
    var previous = Array(0...second.count)
    for (row, symbol) in first.enumerated() {
      var diagonal = previous[0]
      previous[0] = row + 1
      for (column, other) in second.enumerated() {
        let least = min(
          diagonal + (symbol == other ? 0 : 1), previous[column] + 1, previous[column + 1] + 1)
        diagonal = previous[column + 1]
        previous[column + 1] = least
      }
    }
    return previous[second.count]
  }
}
