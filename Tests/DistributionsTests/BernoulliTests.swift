import Differentiation
import Distributions
import Foundation
import GSL
import TestSupport
import Testing

@Suite struct `A Bernoulli distribution` {
  private static let count = 20_000

  private func draws(logit: Double, seed: UInt64) -> (noise: [Double], conditional: [Double]) {
    var stream = RandomStream(seed: seed, purpose: "bernoulli-tests")
    return (
      stream.variates(.logistic, count: Self.count), stream.variates(.logistic, count: Self.count)
    )
  }

  private struct Relaxations {
    let graph = Graph()
    let noise, conditionalNoise, logits, value, z, conditional: Tensor

    init(logit: Double, rows: Int) {
      noise = graph.input("noise", shape: [rows, 1])
      conditionalNoise = graph.input("conditional", shape: [rows, 1])
      logits = graph.literal([logit], shape: [1]).broadcast(to: [rows, 1])
      let bernoulli = Bernoulli(logits: logits)
      z = bernoulli.relaxedSample(noise: noise)
      value = bernoulli.value(ofRelaxed: z)
      conditional = bernoulli.conditionalRelaxedSample(given: value, noise: conditionalNoise)
    }
  }

  @Test(arguments: [-6.0, -1, 0, 0.3, 4])
  func `relaxed samples and conditional ones have the same logistic distribution`(
    logit: Double
  ) throws {
    let (noise, conditionalNoise) = draws(logit: logit, seed: 1)
    let r = Relaxations(logit: logit, rows: Self.count)
    let found = try evaluate(
      [r.z, r.conditional], [(r.noise, noise), (r.conditionalNoise, conditionalNoise)])
    for sample in found {
      #expect(try kolmogorovSmirnov(sample) { 1 / (1 + exp(logit - $0)) } > 1e-5)
    }
  }

  @Test(arguments: [-6.0, -1, 0, 0.3, 4])
  func `a conditional sample has the sign of its value and the exact derivative`(
    logit: Double
  ) throws {
    let (noise, conditionalNoise) = draws(logit: logit, seed: 2)
    let r = Relaxations(logit: logit, rows: Self.count)
    let slope = gradient(of: r.conditional.sum(), withRespectTo: [r.logits])[0]
    let unconditional = gradient(of: r.z.sum(), withRespectTo: [r.logits])[0]
    let found = try evaluate(
      [r.value, r.conditional, slope, unconditional],
      [(r.noise, noise), (r.conditionalNoise, conditionalNoise)])
    for index in 0..<Self.count {
      let (value, conditional) = (found[0][index], found[1][index])
      try #require((conditional > 0) == (value == 1))
      // Read off the formula of the sampler: P(b) (1 − e^−|z̃|).
      let probability = 1 / (1 + exp(value == 1 ? -logit : logit))
      let exact = probability * -expm1(-abs(conditional))
      try #require(abs(found[2][index] - exact) <= 1e-12 * exact + 1e-15)
      try #require(found[3][index] == 1)
    }
  }

  @Test(arguments: [-80.0, -20, -1, 0, 4, 20, 80], [false, true])
  func `a conditional sample has the sign of its value in single precision too`(
    logit: Double, isCoupled: Bool
  ) throws {
    let (noise, conditionalNoise) = draws(logit: logit, seed: 4)
    // The outermost variates that `RandomStream` can draw come first.
    let extremes = [-36.7, 36.7, 0]
    let r = Relaxations(logit: logit, rows: Self.count)
    let bernoulli = Bernoulli(logits: r.logits)
    for value in [0.0, 1] {
      let given = r.graph.constant(value, shape: [Self.count, 1])
      let conditional =
        isCoupled
        ? bernoulli.conditionalRelaxedSample(
          given: r.value, noise: bernoulli.coupledNoise(ofRelaxed: r.z))
        : bernoulli.conditionalRelaxedSample(given: given, noise: r.conditionalNoise)
      let found = try evaluate(
        [conditional.step(), isCoupled ? r.value : given, conditional],
        [
          (r.noise, extremes + noise.dropFirst(3)),
          (r.conditionalNoise, extremes + conditionalNoise.dropFirst(3)),
        ], as: Float.self)
      #expect(found[0] == found[1])
      #expect(found[2].allSatisfy { $0 != 0 })
    }
  }

  @Test(arguments: [-3.0, 0, 1.7])
  func `coupled noise gives back the relaxed sample and is logistic given the value`(
    logit: Double
  ) throws {
    let (noise, _) = draws(logit: logit, seed: 3)
    let r = Relaxations(logit: logit, rows: Self.count)
    let bernoulli = Bernoulli(logits: r.logits)
    let coupled = bernoulli.coupledNoise(ofRelaxed: r.z)
    let again = bernoulli.conditionalRelaxedSample(given: r.value, noise: coupled)
    let slope = gradient(of: again.sum(), withRespectTo: [r.logits])[0]
    let found = try evaluate([r.value, r.z, coupled, again, slope], [(r.noise, noise)])
    for value in [0.0, 1] {
      let chosen = zip(found[0], found[2]).filter { $0.0 == value }.map(\.1)
      #expect(try kolmogorovSmirnov(chosen) { 1 / (1 + exp(-$0)) } > 1e-5)
    }
    for index in 0..<Self.count {
      try #require(abs(found[1][index] - found[3][index]) < 1e-9)
      let probability = 1 / (1 + exp(found[0][index] == 1 ? -logit : logit))
      let exact = probability * -expm1(-abs(found[1][index]))
      try #require(abs(found[4][index] - exact) < 1e-9)
    }
  }

  @Test func `log-probability, entropy and divergence have exact derivatives`() throws {
    let logits = [-1.3, 0.2, 2.1, -0.4, 0.9, 0.1]
    let others = [0.4, -0.7, 1.1, 0.3, -2.0, 0.6]
    let report = try checkDerivatives([([2, 3], logits), ([2, 3], others)]) { x in
      let (p, q) = (Bernoulli(logits: x[0]), Bernoulli(logits: x[1]))
      let value = x[0].graph.literal([1, 0, 1, 0, 0, 1], shape: [2, 3])
      return p.logProbability(of: value) + 2 * p.entropy() + 3 * p.klDivergence(to: q)
    }
    #expect(report.isExact, "\(report)")
  }

  @Test func `entropy and divergence equal the sums over the support`() throws {
    let graph = Graph()
    let p = Bernoulli(logits: graph.literal([-1.3, 0.2, 2.1], shape: [1, 3]))
    let q = Bernoulli(logits: graph.literal([0.4, -0.7, 1.1], shape: [1, 3]))
    let (logP, logQ) = (p.supportLogProbabilities(), q.supportLogProbabilities())
    let rows = graph.constant(0, shape: [8, 3])
    let listed = Bernoulli(logits: p.logits + rows)
      .logProbability(of: graph.literal(p.support(), shape: [8, 3]))
    let found = try evaluate(
      [
        p.entropy(), -(logP.exp() * logP).sum(axis: 1), p.klDivergence(to: q),
        (logP.exp() * (logP - logQ)).sum(axis: 1), logP.exp().sum(), logP, listed,
      ], [])
    #expect(abs(found[0][0] - found[1][0]) < 1e-12)
    #expect(abs(found[2][0] - found[3][0]) < 1e-12)
    #expect(abs(found[4][0] - 1) < 1e-12)
    for (a, b) in zip(found[5], found[6]) { #expect(abs(a - b) < 1e-12) }
  }

  @Test(arguments: [-80.0, -30, 30, 80])
  func `extreme logits stay finite in single precision`(logit: Double) throws {
    let graph = Graph()
    let logits = graph.literal([logit], shape: [1]).broadcast(to: [4, 1])
    // The largest logistic variates that `RandomStream` can draw.
    let noise = graph.literal([-36.7, 36.7, 0, 1], shape: [4, 1])
    let bernoulli = Bernoulli(logits: logits)
    let z = bernoulli.relaxedSample(noise: noise)
    var outputs = [bernoulli.entropy(), z]
    for value in [0.0, 1] {
      let value = graph.constant(value, shape: [4, 1])
      let conditional = bernoulli.conditionalRelaxedSample(given: value, noise: noise)
      outputs += [conditional, bernoulli.logProbability(of: value)]
      for function in [conditional, bernoulli.logProbability(of: value), bernoulli.entropy()] {
        outputs += gradient(of: function.sum(), withRespectTo: [logits])
      }
    }
    let coupled = bernoulli.coupledNoise(ofRelaxed: z)
    let again = bernoulli.conditionalRelaxedSample(
      given: bernoulli.value(ofRelaxed: z), noise: coupled)
    outputs += [coupled, again] + gradient(of: again.sum(), withRespectTo: [logits])
    let found = try evaluate(outputs, [], as: Float.self)
    #expect(found.allSatisfy { $0.allSatisfy { $0.isFinite } })
    #expect(zip(found[found.count - 2], found[1]).allSatisfy { abs($0 - $1) < 1e-3 })
  }
}
