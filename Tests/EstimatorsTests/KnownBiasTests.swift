import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport
import Testing

/// Biases whose size is known.
@Suite struct `A bias has the size that theory gives` {
  @Test(arguments: [0.2, 0.45, 0.499])
  func `Gumbel straight-through at θ = ½ and λ = 1 has two thirds of the gradient`(
    target: Double
  ) throws {
    // E[f′(b) σ′(z)] with f′(0) = −2t, f′(1) = 2 (1 − t), and by symmetry E[σ′(z) 1(z > 0)] =
    // ½ E[σ′(z)] = ½ ∫ σ² (1 − σ)² dz = ½ B(2, 2) = 1/12: (1 − 2t) / 6 instead of (1 − 2t) / 4.
    let found = try straightThrough(Toy(target: target, logit: 0), temperature: 1)
    #expect(abs(found - (1 - 2 * target) / 6) < 1e-10)
  }

  @Test(arguments: toys, [0.4, 1])
  func `Gumbel straight-through has the mean of f′(b) σ′(z / λ) / λ`(
    toy: Toy, temperature: Double
  ) throws {
    var expected = 0.0
    for (noise, weight) in zip(toy.rule.points, toy.rule.weights) {
      let z = toy.logit + noise
      let soft = 1 / (1 + exp(-z / temperature))
      let slope = 2 * ((z > 0 ? 1 : 0) - toy.target)
      expected += weight * slope * soft * (1 - soft) / temperature
    }
    #expect(abs(try straightThrough(toy, temperature: temperature) - expected) < 1e-10)
  }

  private func straightThrough(_ toy: Toy, temperature: Double) throws -> Double {
    try toy.moments(noises: 1) { bernoulli, z, _, _ in
      Concrete(temperature: z.graph.constant(temperature), form: .straightThrough)
        .estimate(bernoulli, relaxed: z, f: toy.f)
    }.mean
  }

  @Test(arguments: [Problem.bernoulli(3), .bernoulli(6)])
  func `straight-through is unbiased where f is linear in each variable`(
    problem: Problem
  ) throws {
    // b₀ (1 + b₁ − 2 b₂): the mean of a product of independent variables is that of their means.
    func f(_ value: Tensor) -> Tensor {
      let (zero, one, two) = (
        value.slice(axis: 1, 0..<1), value.slice(axis: 1, 1..<2), value.slice(axis: 1, 2..<3)
      )
      return (zero * (1 + one - 2 * two)).sum(axis: 1)
    }
    let p = problem.logits.map { 1 / (1 + exp(-$0)) }
    let slopes = [1 + p[1] - 2 * p[2], p[0], -2 * p[0]] + [0, 0, 0]
    let exact = problem.logits.indices.map { slopes[$0] * p[$0] * (1 - p[$0]) }
    let moments = try sample { sampler in
      let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
      return StraightThrough().estimate(
        bernoulli, value: bernoulli.sample(noise: problem.noise(sampler)), f: f
      ).distributionGradient
    }
    #expect(moments.deviation(from: exact) < allowedDeviation)
  }
}

/// c = 2 sin z + z, t = 0.45 and ℓ = 0.3, where the gradient is 0.0244: three digits of means that
/// 2 million samples of other code gave.
@Suite struct `A mistake has the mean that was found elsewhere` {
  private let toy = Toy(target: 0.45, logit: 0.3)

  @Test(
    arguments: [
      (nil, 0.0244, 5e-5), (.detachedNoise, -1.18, 5e-3), (.detachedConditional, 0.337, 1e-3),
    ] as [(Mistaken<Bernoulli>.Mistake?, Double, Double)])
  func `around the conditional sample`(
    mistake: Mistaken<Bernoulli>.Mistake?, mean: Double, tolerance: Double
  ) throws {
    // Points as `integrate` lays them out: the first noise varies fastest.
    let noise = toy.rule.points
    let relaxed = noise.flatMap { _ in noise.map { toy.logit + $0 } }
    let conditional = noise.flatMap { second in
      noise.map { first in
        toy.logit + first > 0
          ? softplus(second + softplus(toy.logit)) : -softplus(-second + softplus(-toy.logit))
      }
    }
    let found = try toy.moments(noises: 2) { bernoulli, _, _, noise in
      func estimate(_ distribution: some ConditionallyReparameterizable) -> GradientEstimate {
        let z = distribution.relaxedSample(noise: noise[0])
        return RELAX().estimate(
          distribution, relaxed: z, conditionalNoise: noise[1],
          signal: toy.f(distribution.value(ofRelaxed: z))
        ) { wave($0, at: relaxed + conditional) }
      }
      guard let mistake else { return estimate(bernoulli) }
      return estimate(Mistaken(base: bernoulli, mistake: mistake) { _ in bernoulli.logits })
    }.mean
    #expect(abs(found - mean) <= tolerance, "\(found) instead of \(mean)")
  }

  /// 2 sin z + z, from its values and slopes: there is no sine among the tensors.
  private func wave(_ z: Tensor, at points: [Double]) -> Tensor {
    let values = z.graph.literal(points.map { 2 * sin($0) + $0 }, shape: z.shape)
    let slopes = z.graph.literal(points.map { 2 * cos($0) + 1 }, shape: z.shape)
    return (values + slopes * (z - z.stopGradient())).reshaped([z.shape[0]])
  }

  private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
