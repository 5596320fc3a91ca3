import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport
import Testing

@Suite struct `K antithetic Bernoulli values` {
  private static let logits = [-3.0, -0.9, -0.1, 0, 0.4, 2.2]

  /// Moments of values: mean of the first, and mean of the product of the first two.
  private func moments(samples: Int) throws -> GradientMoments {
    try sample { sampler in
      let shape: Shape = [sampler.rows, Self.logits.count]
      let bernoulli = Bernoulli(
        logits: sampler.graph.literal(Self.logits, shape: [Self.logits.count])
          .broadcast(to: shape))
      let values = ARMS().antitheticValues(
        bernoulli, noise: (0..<samples).map { _ in sampler.noise(.logistic, shape) })
      return [values[0], values[samples - 1], values[0] * values[1]]
    }
  }

  /// P(both have the rarer value) = max(0, 2 p^(1/(K−1)) − 1)^(K−1), from P(w_1 > s, w_2 > s) = (1 − 2s)^(K−1)
  /// of a flat Dirichlet distribution.
  @Test(arguments: [2, 3, 4, 8])
  func `have the right means and are together as seldom as theory says`(samples: Int) throws {
    let means = Self.logits.map { 1 / (1 + exp(-$0)) }
    let joint = means.map { mean in
      let rarer = min(mean, 1 - mean)
      let root = pow(rarer, 1 / Double(samples - 1))
      let both = pow(max(0, 2 * root - 1), Double(samples - 1))
      // Both 1: of the rarer value itself, or of the other one.
      return mean <= 0.5 ? both : 1 - 2 * rarer + both
    }
    let found = try moments(samples: samples)
    #expect(found.deviation(from: means + means + joint) < allowedDeviation)
    // Independent values are together more often.
    let independent = means + means + means.map { $0 * $0 }
    #expect(found.deviation(from: independent) > 10)
  }

  private func variance(_ estimator: EstimatorRecipe, samples: Int) throws -> Double {
    let problem = Problem.bernoulli(3)
    let variant = try #require(estimator.variants(samples: [samples]).first)
    let moments = try sample { problem.estimate(variant, $0).distributionGradient }
    #expect(moments.deviation(from: try problem.exactGradient()) < allowedDeviation)
    return moments.variances.reduce(0, +)
  }

  @Test func `of two are as good as DisARM's pair, and more are better than independent ones`()
    throws
  {
    let pair = try variance(.arms, samples: 2)
    let disARM = try variance(.disARM, samples: 2)
    // The variances of 200,000 draws are good for about half of a percent.
    #expect(abs(pair / disARM - 1) < 0.03)
    for samples in [3, 4, 6] {
      let antithetic = try variance(.arms, samples: samples)
      let independent = try variance(.rloo, samples: samples)
      #expect(antithetic < independent, "\(samples) samples")
    }
  }

  @Test(arguments: [false, true])
  func `with the weights of independent ones are found out, and the other way round`(
    drawsIndependently: Bool
  ) throws {
    let problem = Problem.bernoulli(3)
    let moments = try sample { sampler in
      let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
      let noise = (0..<4).map { _ in problem.noise(sampler) }
      if drawsIndependently {
        let values = noise.map { bernoulli.sample(noise: $0) }
        return ARMS().estimate(bernoulli, values: values, signals: values.map(problem.f))
          .distributionGradient
      }
      let values = ARMS().antitheticValues(bernoulli, noise: noise)
      return RLOO().estimate(bernoulli, values: values, signals: values.map(problem.f))
        .distributionGradient
    }
    #expect(moments.deviation(from: try problem.exactGradient()) > 10)
  }

  @Test(arguments: [-80.0, 80])
  func `stay finite where a value all but never happens`(logit: Double) throws {
    for samples in [2, 3, 4, 8] {
      let graph = Graph()
      let bernoulli = Bernoulli(logits: graph.constant(logit, shape: [1, 2]))
      let noise = (0..<samples).map {
        graph.constant(Double($0) - 1.5, shape: [1, 2])
      }
      let values = ARMS().antitheticValues(bernoulli, noise: noise)
      let estimate = ARMS().estimate(
        bernoulli, values: values,
        signals: values.indices.map { graph.constant(Double($0), shape: [1]) })
      let found = try evaluate(values + estimate.distributionGradient, [], as: Float.self)
      #expect(found.joined().allSatisfy { $0.isFinite })
      #expect(found[0].allSatisfy { $0 == (logit > 0 ? 1 : 0) })
    }
  }
}
