import GSL

/// Which labels an object has, told by the F1 score of the labels that were named.
///
/// A label belongs to an object x ~ N(0, 1) where w·x exceeds a threshold that one object in four passes, so
/// that a linear policy can name all labels of every object.
public struct MultilabelPrediction: ContextualBlackBox {
  /// The length of x.
  public let contextSize: Int
  /// D, the number of labels.
  public let variableCount: Int
  /// Rows of length 1, `[D, contextSize]`.
  private let directions: [Double]
  /// The upper quartile of the normal distribution.
  private static let threshold = 0.674_489_750_196_081_7

  /// A random one.
  ///
  /// - Parameters:
  ///   - labels: D.
  ///   - contextSize: the length of x.
  ///   - stream: where the directions come from.
  public init(labels: Int, contextSize: Int, from stream: inout RandomStream) {
    self.contextSize = contextSize
    variableCount = labels
    var directions: [Double] = []
    for _ in 0..<labels {
      let row = (0..<contextSize).map { _ in stream.gaussian() }
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      directions += row.map { $0 / length }
    }
    self.directions = directions
  }

  /// x.
  public func context(from stream: inout RandomStream) -> [Float] {
    (0..<contextSize).map { _ in Float(stream.gaussian()) }
  }

  /// The F1 score against the labels of x.
  public func function(at context: [Float]) -> any PseudoBooleanFunction {
    F1Score(
      truth: (0..<variableCount).map { label in
        (0..<contextSize).reduce(0) {
          $0 + directions[label * contextSize + $1] * Double(context[$1])
        } > Self.threshold
      })
  }
}

/// The F1 score of a set of labels against the true one: 2 |both| / (|named| + |true|), and 1 where both
/// are empty.
public struct F1Score: PseudoBooleanFunction {
  /// Which labels are true.
  public let truth: [Bool]

  /// The score against a set of labels.
  public init(truth: [Bool]) { self.truth = truth }

  /// D.
  public var variableCount: Int { truth.count }

  /// The score.
  public func value(of bits: Span<Float>) -> Double {
    var (both, named, wanted) = (0, 0, 0)
    for label in truth.indices {
      let isNamed = bits[label] > 0.5
      if isNamed { named += 1 }
      if truth[label] { wanted += 1 }
      if isNamed && truth[label] { both += 1 }
    }
    return Self.score(both, named + wanted)
  }

  private static func score(_ both: Int, _ total: Int) -> Double {
    total == 0 ? 1 : 2 * Double(both) / Double(total)
  }

  /// E f and its derivative, by the distributions of the numbers of right and of wrong labels.
  public func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double {
    let right = truth.indices.filter { truth[$0] }
    let wrong = truth.indices.filter { !truth[$0] }
    func counts(_ labels: [Int], without label: Int? = nil) -> [Double] {
      var distribution = [1.0]
      for index in labels where index != label {
        var next = [Double](repeating: 0, count: distribution.count + 1)
        for (count, probability) in distribution.enumerated() {
          next[count] += (1 - probabilities[index]) * probability
          next[count + 1] += probabilities[index] * probability
        }
        distribution = next
      }
      return distribution
    }
    func mean(_ both: [Double], _ others: [Double], plus: (right: Int, wrong: Int)) -> Double {
      var total = 0.0
      for (hits, first) in both.enumerated() {
        for (misses, second) in others.enumerated() {
          let (hits, misses) = (hits + plus.right, misses + plus.wrong)
          total += first * second * Self.score(hits, hits + misses + right.count)
        }
      }
      return total
    }
    let (hits, misses) = (counts(right), counts(wrong))
    for label in right {
      let others = counts(right, without: label)
      gradient[label] = mean(others, misses, plus: (1, 0)) - mean(others, misses, plus: (0, 0))
    }
    for label in wrong {
      let others = counts(wrong, without: label)
      gradient[label] = mean(hits, others, plus: (0, 1)) - mean(hits, others, plus: (0, 0))
    }
    return mean(hits, misses, plus: (0, 0))
  }
}
