import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport

/// A function of Bernoulli or categorical values whose exact gradient is known by enumeration.
struct Problem: CustomStringConvertible, Sendable {
  enum Family { case bernoulli, categorical }

  let family: Family
  /// Variables per row.
  let variables: Int
  /// 1 for a Bernoulli variable.
  let classes: Int
  let logits: [Double]
  /// Replaces the interacting function below by (b − t)², for one Bernoulli variable.
  var target: Double?

  var description: String { "\(variables) \(family) of \(classes)" }
  /// Elements of one row.
  var width: Int { variables * classes }
  var noise: NoiseKind { family == .bernoulli ? .logistic : .exponential }

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

  static let all = [
    bernoulli(1), bernoulli(3), bernoulli(6), categorical(3), categorical(10),
    categorical(3, variables: 2),
  ]

  /// The logits of R rows; every row has the same.
  func rows(_ graph: Graph, _ count: Int) -> Tensor {
    let shape: Shape =
      family == .bernoulli ? [count, variables] : [count * variables, classes]
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

  /// f of values or relaxed values, `[K·R·V, A]` → `[K·R]`: smooth, and no sum over variables.
  func f(_ value: Tensor) -> Tensor {
    if let target { return (value - target).squared().sum(axis: 1) }
    let graph = value.graph
    let flat = value.reshaped([value.shape.count / width, width])
    let coefficients = (0..<width).map { 0.4 * cos(Double(2 * $0)) }
    let sum = (flat * graph.literal(coefficients, shape: [width])).sum(axis: 1)
    let targets = (0..<width).map { 0.2 + 0.7 * Double($0) / Double(max(1, width - 1)) }
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
  func exactGradient() throws -> [Double] {
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
