import Differentiation
import Distributions

/// CARMS: K antithetic samples of classes, each compared with the others.
///
/// Dimitriev and Zhou (2021), "CARMS: categorical-antithetic-REINFORCE multi-sample gradient estimator". The samples of
/// one variable come from uniform variates of a Dirichlet copula by the inverse of the cumulative distribution, so
/// that two of them are seldom of the same class. What that does to pairs is weighted away:
/// 1/(K (K − 1)) Σ_{i<j} (f_i − f_j) w_ij (b_i − b_j) by the logits, with w = θ_i θ_j / P(b_i, b_j) of a variable's two
/// classes. With independent samples w is 1 and the estimate RLOO. Unbiased for any f and K ≥ 2, without anything
/// to tune: a pair of one class gives no gradient, and every other one is possible, because the classes lie on the
/// unit interval in an order in which two of them, drawn at random, are the first and the last. P is the mean over
/// these orders. K evaluations of f per estimate, and A² operations for each pair and variable.
public struct CARMS {
  /// An estimator without settings: K is the number of samples.
  public init() {}

  /// K values that are antithetic to each other, each `[R·V, A]`.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from, with at least two classes.
  ///   - noise: exponential variates for each sample, `[R·V, A]`, independent of each other; at least two.
  /// - Returns: b_1 … b_K, one-hot.
  public func antitheticValues(_ distribution: Categorical, noise: [Tensor]) -> [Tensor] {
    demand(noise.count >= 2, "CARMS needs at least 2 samples but got \(noise.count).")
    demand(
      distribution.classCount >= 2,
      "CARMS needs at least 2 classes but got \(distribution.classCount).")
    func column(_ sample: Int, _ index: Int) -> Tensor {
      noise[sample].slice(axis: 1, index..<index + 1)
    }
    // A share w of exponential variates, which is a flat Dirichlet distribution's, exceeds s with a probability of
    // (1 − s)^(K − 1): so that power of 1 − w is uniform, and two of them are seldom small at once.
    let exponentials = noise.indices.map { column($0, 0) }
    let total = exponentials.dropFirst().reduce(exponentials[0]) { $0 + $1 }
    let classes = Classes(distribution)
    let start = classes.starts(
      first: index(column(0, 1), below: distribution.classCount),
      lastOfOthers: index(column(1, 1), below: distribution.classCount - 1))
    return exponentials.map { exponential in
      let uniform = power(1 - exponential / total, noise.count - 1)
      // Within its own interval alone both distances are positive.
      let inside = Tensor.minimum(uniform - start, start + classes.probabilities - uniform)
      return inside.argMax().oneHot(depth: distribution.classCount).stopGradient()
    }
  }

  /// The estimate for values that are antithetic to each other.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - values: as `antitheticValues` gives them; all K, since K decides how they hang together.
  ///   - signals: f of each, `[R]`; treated as constants.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Categorical, values: [Tensor], signals: [Tensor]
  ) -> GradientEstimate {
    let count = values.count
    demand(
      count >= 2 && signals.count == count,
      "CARMS needs at least 2 values and as many signals, but got \(count) and \(signals.count).")
    let classes = Classes(distribution)
    let drawn = values.map { classes.drawn($0.stopGradient(), samples: count) }
    var terms: [Tensor] = []
    for i in 0..<count {
      for j in i + 1..<count {
        let weight = Classes.weight(of: drawn[i], drawn[j], samples: count)
        terms.append(
          scaledRows(
            weight * (values[i] - values[j]).stopGradient(),
            by: (signals[i] - signals[j]).stopGradient()))
      }
    }
    let sum = terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: [sum / Double(count * (count - 1))])
  }

  /// A whole number from 0 up to one below a bound, all equally probable, from exponential variates `[N, 1]`.
  private func index(_ noise: Tensor, below bound: Int) -> Tensor {
    let uniform = -(-noise).expMinusOne()
    let steps = (1..<max(bound, 2)).map { $0 < bound ? Double($0) / Double(bound) : 2 }
    let bounds = noise.graph.literal(steps, shape: [1, steps.count])
    return Tensor.greaterOrEqual(uniform, bounds).sum(axis: 1, keepingAxis: true)
  }
}

/// The intervals on which the classes of N variables lie, one after the other, in orders in which one class is the first,
/// another one the last, and the others keep their order in between.
private struct Classes {
  /// θ, `[N, A]`.
  let probabilities: Tensor
  /// What the classes before each one add up to where none is moved, `[N, A]`.
  private let before: Tensor
  /// 0, 1, …, `[1, A]`.
  private let numbers: Tensor

  init(_ distribution: Categorical) {
    let count = distribution.classCount
    let graph = distribution.logits.graph
    probabilities = distribution.mean.stopGradient()
    let earlier = (0..<count * count).map { $0 / count < $0 % count ? 1.0 : 0 }
    before = probabilities.matrixProduct(graph.literal(earlier, shape: [count, count]))
    numbers = graph.literal((0..<count).map(Double.init), shape: [1, count])
  }

  /// Where the intervals begin.
  ///
  /// - Parameters:
  ///   - first: the class that lies first, `[N, 1]`.
  ///   - rank: of the class that lies last, its rank among the others, `[N, 1]`.
  /// - Returns: `[N, A]`.
  func starts(first: Tensor, lastOfOthers rank: Tensor) -> Tensor {
    let last = rank + Tensor.greaterOrEqual(rank, first)
    let (isFirst, isLast) = (Tensor.equal(numbers, first), Tensor.equal(numbers, last))
    func probability(_ mask: Tensor) -> Tensor {
      (mask * probabilities).sum(axis: 1, keepingAxis: true)
    }
    // What lies before a class gains the first one, if that was behind it, and loses the last one, if that was before it.
    let others =
      before + Tensor.greater(first, numbers) * probability(isFirst)
      - Tensor.greater(numbers, last) * probability(isLast)
    return isLast.select(1 - probabilities, otherwise: (1 - isFirst) * others)
  }

  /// A class that was drawn: its probability, and the ends of its interval in all orders.
  struct Drawn {
    /// `[N, 1]`.
    let probability: Tensor
    /// `[N, A, A]` by the first and the last class, to the power of 1 / (K − 1).
    let start: Tensor
    let end: Tensor
  }

  /// What there is to know of classes `[N, A]`, one-hot.
  func drawn(_ value: Tensor, samples: Int) -> Drawn {
    let (rows, count) = (value.shape[0], value.shape[1])
    let own = (value * numbers).sum(axis: 1, keepingAxis: true)
    let probability = (value * probabilities).sum(axis: 1, keepingAxis: true)
    func byFirst(_ tensor: Tensor) -> Tensor { tensor.reshaped([rows, count, 1]) }
    func byLast(_ tensor: Tensor) -> Tensor { tensor.reshaped([rows, 1, count]) }
    let one = (value * before).sum(axis: 1, keepingAxis: true).reshaped([rows, 1, 1])
    let others =
      one + byFirst(Tensor.greater(numbers, own) * probabilities)
      - byLast(Tensor.greater(own, numbers) * probabilities)
    let start = byLast(value).select(
      (1 - probability).reshaped([rows, 1, 1]), otherwise: (1 - byFirst(value)) * others)
    func root(_ tensor: Tensor) -> Tensor {
      // Where rounding has left less than nothing.
      let positive = tensor.relu()
      return samples == 2 ? positive : (positive.log() / Double(samples - 1)).exp()
    }
    return Drawn(
      probability: probability, start: root(start),
      end: root(start + probability.reshaped([rows, 1, 1])))
  }

  /// θ_i θ_j / P(b_i, b_j), `[N, 1]`; of two equal classes any finite number.
  static func weight(of one: Drawn, _ other: Drawn, samples: Int) -> Tensor {
    let (rows, count) = (one.start.shape[0], one.start.shape[1])
    // P(u_i < x, u_j < y) = max(0, x^(1/(K − 1)) + y^(1/(K − 1)) − 1)^(K − 1).
    func below(_ x: Tensor, _ y: Tensor) -> Tensor { power((x + y - 1).relu(), samples - 1) }
    let joint =
      below(one.end, other.end) - below(one.start, other.end) - below(one.end, other.start)
      + below(one.start, other.start)
    // No class is the first and the last.
    let orders = (0..<count * count).map { $0 / count == $0 % count ? 0.0 : 1 }
    let mask = joint.graph.literal(orders, shape: [1, count * count])
    let mean =
      (joint.reshaped([rows, count * count]) * mask).sum(axis: 1, keepingAxis: true)
      / Double(count * (count - 1))
    return one.probability * other.probability
      / Tensor.maximum(mean, mean.graph.constant(leastJointProbability))
  }
}

/// Less than any two different classes have that can be told from impossible ones.
private let leastJointProbability = 1e-30

extension EstimatorRecipe {
  /// K antithetic classes.
  public static let carms = EstimatorRecipe(
    "carms", title: "CARMS", serves: { $0 == Categorical.self }, evaluations: .samples
  ) { inputs in
    guard let categorical = inputs.distribution as? Categorical else {
      fatalError("CARMS is for categorical variables.")
    }
    return inputs.estimate(of: CARMS().antitheticValues(categorical, noise: inputs.sampleNoise)) {
      CARMS().estimate(categorical, values: $0, signals: $1)
    }
  }
}
