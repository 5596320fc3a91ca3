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

  /// Which value of the support each row's value is: `[R, S]`, 1 there and 0 elsewhere.
  func supportIndicators(of value: Tensor) -> Tensor
}

/// Which rows of a list of states agree in all their ones with some values, as 1 and 0.
///
/// - Parameters:
///   - value: `[R, W]`, zeros and ones.
///   - states: S states of W numbers, alike.
///   - count: how many numbers agree in a row that is the state.
/// - Returns: `[R, S]`.
private func indicators(of value: Tensor, among states: [Double], count: Int) -> Tensor {
  let (graph, width) = (value.graph, value.shape[1])
  let list = graph.literal(states, shape: [states.count / width, width])
  let agreeing = value.matrixProduct(list, transposingOther: true)
  return Tensor.greater(agreeing, graph.constant(Double(count) - 0.5)).stopGradient()
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

  /// `[R, 2^D]`.
  public func supportIndicators(of value: Tensor) -> Tensor {
    // Zeros that agree count as much as ones.
    indicators(
      of: Tensor.concatenate([value, 1 - value], axis: 1),
      among: (0..<supportCount).flatMap { state in
        (0..<2 * variableCount).map { column in
          let bit = state >> (column % variableCount) & 1
          return Double(column < variableCount ? bit : 1 - bit)
        }
      }, count: variableCount)
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

  /// `[R, A^V]`.
  public func supportIndicators(of value: Tensor) -> Tensor {
    let width = variableCount * classCount
    return indicators(
      of: value.reshaped([value.shape.count / width, width]), among: support(),
      count: variableCount)
  }
}

extension CategoricalProduct: Enumerable {
  /// Π A_k.
  public var supportCount: Int {
    var count = 1
    for classes in counts {
      let (product, overflows) = count.multipliedReportingOverflow(by: classes)
      demand(
        !overflows && product <= largestSupport,
        "The values of \(counts.count) variables of \(counts.prefix(10)) classes are too many to "
          + "list; at most 2^20 are not.")
      count = product
    }
    return count
  }

  /// One-hot `[Π A_k, W]`: the class of variable k of state s is a digit of s, the first variable's the
  /// lowest.
  public func support() -> [Double] {
    var elements: [Double] = []
    for state in 0..<supportCount {
      var rest = state
      for classes in counts {
        elements += (0..<classes).map { $0 == rest % classes ? 1 : 0 }
        rest /= classes
      }
    }
    return elements
  }

  /// `[R, Π A_k]`.
  public func supportLogProbabilities() -> Tensor {
    let states = logits.graph.literal(support(), shape: [supportCount, logits.shape[1]])
    return logProbabilities.matrixProduct(states, transposingOther: true)
  }

  /// `[R, Π A_k]`.
  public func supportIndicators(of value: Tensor) -> Tensor {
    indicators(of: value, among: support(), count: variableCount)
  }
}
