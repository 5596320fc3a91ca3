import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport

/// A function of values whose exact gradient is known by enumeration, or by moments of normal variables.
struct Problem: CustomStringConvertible, Sendable {
  enum Family { case bernoulli, categorical, gaussian }

  let family: Family
  /// Variables per row.
  let variables: Int
  /// 1 for variables that have none.
  let classes: Int
  /// The means of normal variables.
  let logits: [Double]
  /// Replaces the interacting function below by (b − t)², for one Bernoulli variable.
  var target: Double?

  var description: String { "\(variables) \(family) of \(classes)" }
  /// Elements of one row.
  var width: Int { variables * classes }
  var noise: NoiseKind { distribution.noise }
  /// Of normal variables.
  var logDeviations: [Double] { (0..<width).map { -0.6 + 0.2 * Double($0) } }

  static func bernoulli(_ count: Int) -> Problem {
    Problem(
      family: .bernoulli, variables: count, classes: 1,
      logits: [0.3, -0.7, 1.1, -0.2, 0.5, -1.4].prefix(count).map { $0 })
  }

  static func categorical(_ classes: Int, variables: Int = 1) -> Problem {
    Problem(
      family: .categorical, variables: variables, classes: classes,
      logits: (0..<classes * variables).map { 0.9 * sin(Double(3 * $0 + 1)) })
  }

  static func toy(target: Double, logit: Double) -> Problem {
    Problem(family: .bernoulli, variables: 1, classes: 1, logits: [logit], target: target)
  }

  static func gaussian(_ count: Int) -> Problem {
    Problem(
      family: .gaussian, variables: count, classes: 1,
      logits: [0.3, -0.7, 0.9].prefix(count).map { $0 })
  }

  /// Those whose values can be listed.
  static let all = [
    bernoulli(1), bernoulli(3), bernoulli(6), categorical(3), categorical(10),
    categorical(3, variables: 2),
  ]

  /// One for every kind of distribution that estimators are for.
  static let ofEveryKind = all + [gaussian(1), gaussian(3)]

  /// The logits of R rows; every row has the same.
  func rows(_ graph: Graph, _ count: Int) -> Tensor {
    let shape: Shape =
      family == .categorical ? [count * variables, classes] : [count, variables]
    let row = graph.literal(logits, shape: [width]).broadcast(to: [count, width])
    return row.reshaped(shape)
  }

  /// What to multiply a row of values with and what to add, so that a variable has its k-th value.
  func replacement(of variable: Int, by choice: Int) -> (kept: [Double], new: [Double]) {
    let own = (0..<width).map { $0 / classes == variable }
    let isChosen = (0..<width).map { family == .bernoulli ? choice == 1 : $0 % classes == choice }
    return (own.map { $0 ? 0 : 1 }, zip(own, isChosen).map { $0 && $1 ? 1 : 0 })
  }

  func noise(_ sampler: GradientSampler) -> Tensor {
    sampler.noise(noise, rows(sampler.graph, sampler.rows).shape)
  }

  private var coefficients: [Double] { (0..<width).map { 0.4 * cos(Double(2 * $0)) } }
  private var targets: [Double] {
    (0..<width).map { 0.2 + 0.7 * Double($0) / Double(max(1, width - 1)) }
  }

  /// f of values or relaxed values, `[K·R·V, A]` → `[K·R]`: smooth, and no sum over variables.
  func f(_ value: Tensor) -> Tensor {
    if let target { return (value - target).squared().sum(axis: 1) }
    let graph = value.graph
    let flat = value.reshaped([value.shape.count / width, width])
    let sum = (flat * graph.literal(coefficients, shape: [width])).sum(axis: 1)
    let squares = (flat - graph.literal(targets, shape: [width])).squared().sum(axis: 1)
    return squares + sum * sum.squared() + 0.5 * sum
  }

  /// A control variate that is not fitted to anything, `[K·R·V, A]` → `[K·R]`.
  func c(_ z: Tensor) -> Tensor {
    let graph = z.graph
    let flat = z.reshaped([z.shape.count / width, width])
    let coefficients = (0..<width).map { 0.5 + 0.3 * sin(Double($0)) }
    let weighted = flat * graph.literal(coefficients, shape: [width])
    return (2 * weighted.tanh() + 0.2 * weighted).sum(axis: 1)
      + 0.3 * weighted.sum(axis: 1).tanh().squared()
  }

  /// The exact gradient of E f(b) by the logits: Σ_b f(b) p(b) ∇ log p(b), in plain arithmetic.
  ///
  /// Of normal variables: by the means and log deviations, with s = Σ a b ~ N(m, v) of which
  /// E[s³] = m³ + 3 m v.
  func exactGradient() throws -> [Double] {
    if family == .gaussian {
      let variances = logDeviations.map { exp(2 * $0) }
      let m = zip(coefficients, logits).reduce(0) { $0 + $1.0 * $1.1 }
      let v = zip(coefficients, variances).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
      let byMeans = (0..<width).map {
        2 * (logits[$0] - targets[$0]) + coefficients[$0] * (3 * m * m + 3 * v + 0.5)
      }
      return byMeans
        + (0..<width).map {
          2 * variances[$0] * (1 + 3 * m * coefficients[$0] * coefficients[$0])
        }
    }
    let values: [Double]
    let count: Int
    let graph = Graph()
    switch family {
    case .bernoulli:
      let one = Bernoulli(logits: rows(graph, 1))
      (values, count) = (one.support(), one.supportCount)
    case .categorical:
      let one = Categorical(logits: rows(graph, 1), variables: variables)
      (values, count) = (one.support(), one.supportCount)
    case .gaussian: preconditionFailure("Normal values cannot be listed.")
    }
    let outcomes = try evaluate(
      [f(graph.literal(values, shape: rows(graph, count).shape))], [])[0]
    let means: [Double]
    switch family {
    case .bernoulli: means = logits.map { 1 / (1 + exp(-$0)) }
    case .categorical:
      means = (0..<variables).flatMap { variable -> [Double] in
        let weights = logits[variable * classes..<(variable + 1) * classes].map { exp($0) }
        return weights.map { $0 / weights.reduce(0, +) }
      }
    case .gaussian: means = logits
    }
    var result = [Double](repeating: 0, count: width)
    for state in 0..<count {
      let value = values[state * width..<(state + 1) * width]
      var probability = 1.0
      for (b, mean) in zip(value, means) {
        if b == 1 { probability *= mean } else if family == .bernoulli { probability *= 1 - mean }
      }
      for (index, pair) in zip(value, means).enumerated() {
        result[index] += outcomes[state] * probability * (pair.0 - pair.1)
      }
    }
    return result
  }
}
