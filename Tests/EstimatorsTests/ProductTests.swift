import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport
import Testing

/// Variables of two and of three classes whose function is no sum over them.
private struct ProductProblem {
  static let counts = [2, 3]
  static let logits = [0.4, -0.3, 0.9, -0.6, 0.1]

  static func distribution(_ graph: Graph, rows: Int) -> CategoricalProduct {
    CategoricalProduct(
      logits: graph.literal(logits, shape: [5]).broadcast(to: [rows, 5]), counts: counts)
  }

  static func f(_ value: Tensor) -> Tensor {
    let row = { (elements: [Double]) in value.graph.literal(elements, shape: [5]) }
    let sum = (value * row([0.5, -0.7, 0.3, 0.9, -1.1])).sum(axis: 1)
    return sum.squared() * sum + (value - row([0.1, 0.6, 0.3, 0.2, 0.8])).squared().sum(axis: 1)
  }

  static func c(_ z: Tensor) -> Tensor {
    let weighted = z * z.graph.literal([0.5, 0.8, -0.4, 0.6, 0.3], shape: [5])
    return (2 * weighted.tanh() + 0.2 * weighted).sum(axis: 1)
      + 0.3 * weighted.sum(axis: 1).tanh().squared()
  }

  /// Σ_b f(b) p(b) ∇ log p(b), in plain arithmetic.
  static func exactGradient() throws -> [Double] {
    let graph = Graph()
    let one = distribution(graph, rows: 1)
    let values = one.support()
    let outcomes = try evaluate([f(graph.literal(values, shape: [6, 5]))], [])[0]
    let means = [0..<2, 2..<5].flatMap { range -> [Double] in
      let weights = logits[range].map { exp($0) }
      return weights.map { $0 / weights.reduce(0, +) }
    }
    var result = [Double](repeating: 0, count: 5)
    for state in 0..<6 {
      let value = values[state * 5..<(state + 1) * 5]
      let probability = zip(value, means).reduce(1) { $1.0 == 1 ? $0 * $1.1 : $0 }
      for (index, pair) in zip(value, means).enumerated() {
        result[index] += outcomes[state] * probability * (pair.0 - pair.1)
      }
    }
    return result
  }

  static func estimate(_ variant: EstimatorVariant, _ sampler: GradientSampler) -> GradientEstimate
  {
    let (graph, rows) = (sampler.graph, sampler.rows)
    var inputs = EstimatorInputs(
      distribution(graph, rows: rows), noise: { _ in sampler.noise(.exponential, [rows, 5]) },
      signal: f)
    inputs.f = f
    inputs.center = graph.constant(0.1)
    inputs.temperature = graph.constant(0.6)
    inputs.scale = graph.constant(0.8)
    inputs.function = c
    inputs.table = [
      graph.literal((0..<6).map { 0.3 * Double($0 * $0 % 5) }, shape: [6]).broadcast(to: [rows, 6])
    ]
    inputs.baseline = graph.literal((0..<rows).map { sin(Double($0)) }, shape: [rows])
    return variant.estimate(inputs).gradient
  }
}

@Suite struct `Of variables of different numbers of classes` {
  private static let variants = EstimatorRecipe.all.filter {
    $0.claim.isAboutExpectation && $0.serves(CategoricalProduct.self)
  }.flatMap { $0.variants(samples: [3]) }

  @Test(arguments: variants.filter(\.recipe.claim.isUnbiased))
  func `an unbiased estimator has the exact mean`(variant: EstimatorVariant) throws {
    let exact = try ProductProblem.exactGradient()
    let moments = try sample { ProductProblem.estimate(variant, $0).distributionGradient }
    #expect(moments.deviation(from: exact) < allowedDeviation, "\(moments.means), not \(exact)")
  }

  @Test(arguments: variants.filter { !$0.recipe.claim.isUnbiased })
  func `a biased estimator is found out`(variant: EstimatorVariant) throws {
    let exact = try ProductProblem.exactGradient()
    let moments = try sample { ProductProblem.estimate(variant, $0).distributionGradient }
    #expect(moments.deviation(from: exact) > 10, "\(moments.means) against \(exact)")
  }

  @Test func `all-action with c = f of every joint value is exact without noise`() throws {
    let moments = try sample(draws: 4000) { sampler in
      let distribution = ProductProblem.distribution(sampler.graph, rows: sampler.rows)
      let value = distribution.sample(noise: sampler.noise(.exponential, [sampler.rows, 5]))
      let values = sampler.graph.literal(distribution.support(), shape: [6, 5])
      return AllAction().estimate(
        joint: distribution, value: value, signal: ProductProblem.f(value),
        controlVariate: ProductProblem.f(values).broadcast(to: [sampler.rows, 6])
      ).distributionGradient
    }
    #expect(moments.variances.allSatisfy { $0 < 1e-20 })
    for (mean, exact) in zip(moments.means, try ProductProblem.exactGradient()) {
      #expect(abs(mean - exact) < 1e-12)
    }
  }
}
