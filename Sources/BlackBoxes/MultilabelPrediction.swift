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
    let hits = Self.counts(right.map { probabilities[$0] })
    let misses = Self.counts(wrong.map { probabilities[$0] })
    for label in right {
      let others = Self.counts(right.filter { $0 != label }.map { probabilities[$0] })
      gradient[label] = mean(others, misses, plus: (1, 0)) - mean(others, misses, plus: (0, 0))
    }
    for label in wrong {
      let others = Self.counts(wrong.filter { $0 != label }.map { probabilities[$0] })
      gradient[label] = mean(hits, others, plus: (0, 1)) - mean(hits, others, plus: (0, 0))
    }
    return mean(hits, misses, plus: (0, 0))
  }

  /// E f, as many times faster as there are labels.
  public func expectation(_ probabilities: [Double]) -> Double {
    let hits = Self.counts(truth.indices.filter { truth[$0] }.map { probabilities[$0] })
    let misses = Self.counts(truth.indices.filter { !truth[$0] }.map { probabilities[$0] })
    return mean(hits, misses, plus: (0, 0))
  }

  /// The distribution of how many of independent events happen.
  private static func counts(_ probabilities: [Double]) -> [Double] {
    var distribution = [Double](repeating: 0, count: probabilities.count + 1)
    distribution[0] = 1
    for (number, probability) in probabilities.enumerated() {
      for count in stride(from: number + 1, to: 0, by: -1) {
        distribution[count] =
          (1 - probability) * distribution[count] + probability * distribution[count - 1]
      }
      distribution[0] *= 1 - probability
    }
    return distribution
  }

  /// The mean score where so many labels more are named, right ones and wrong ones.
  private func mean(
    _ hits: [Double], _ misses: [Double], plus more: (right: Int, wrong: Int)
  ) -> Double {
    let wanted = truth.count { $0 }
    var total = 0.0
    for (right, first) in hits.enumerated() {
      let right = right + more.right
      for (wrong, second) in misses.enumerated() {
        total += first * second * Self.score(right, right + wrong + more.wrong + wanted)
      }
    }
    return total
  }
}
