import Differentiation

/// A distribution over few enough values that all of them can be listed.
///
/// It makes exact expectations and gradients possible: the truth that estimators are tested against.
public protocol Enumerable: Distribution {
  /// S, the number of values of one row.
  var supportCount: Int { get }

  /// All values of one row, laid out like the values of S rows.
  func support() -> [Double]

  /// log p of each value of the support, `[R, S]`, differentiable by the parameters.
  func supportLogProbabilities() -> Tensor
}

/// More values than this are refused: a list of them would not fit in memory.
private let largestSupport = 1 << 20

extension Bernoulli: Enumerable {
  /// 2^D.
  public var supportCount: Int {
    demand(
      variableCount <= 20, "2^\(variableCount) values are too many to list; at most 2^20 are not.")
    return 1 << variableCount
  }

  /// `[2^D, D]`: variable d of state s is bit d of s.
  public func support() -> [Double] {
    (0..<supportCount).flatMap { state in
      (0..<variableCount).map { Double(state >> $0 & 1) }
    }
  }

  /// `[R, 2^D]`.
  public func supportLogProbabilities() -> Tensor {
    let states = logits.graph.literal(support(), shape: [supportCount, variableCount])
    let none = (-logits.softplus()).sum(axis: 1, keepingAxis: true)
    return logits.matrixProduct(states, transposingOther: true) + none
  }
}

extension Categorical: Enumerable {
  /// A^V.
  public var supportCount: Int {
    var count = 1
    for _ in 0..<variableCount {
      count *= classCount
      demand(
        count <= largestSupport,
        "\(classCount)^\(variableCount) values are too many to list; at most 2^20 are not.")
    }
    return count
  }

  /// One-hot `[A^V·V, A]`: the class of variable v of state s is digit v of s in base A.
  public func support() -> [Double] {
    var elements: [Double] = []
    for state in 0..<supportCount {
      var rest = state
      for _ in 0..<variableCount {
        elements += (0..<classCount).map { $0 == rest % classCount ? 1 : 0 }
        rest /= classCount
      }
    }
    return elements
  }

  /// `[R, A^V]`.
  public func supportLogProbabilities() -> Tensor {
    let width = variableCount * classCount
    let states = logits.graph.literal(support(), shape: [supportCount, width])
    return logProbabilities.reshaped([logits.shape.count / width, width])
      .matrixProduct(states, transposingOther: true)
  }
}
