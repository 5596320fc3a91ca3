import Differentiation
import Distributions
import Foundation
import GSL
import TestSupport
import Testing

@Suite struct `A categorical distribution` {
  private static let count = 20_000
  private static let logits = [0.3, -1.2, 0.9, -0.1]

  private struct Relaxations {
    let graph = Graph()
    let noise, conditionalNoise, value, z, conditional: Tensor
    let categorical: Categorical
    var inputs: [(Tensor, [Double])] = []

    init(rows: Int, seed: UInt64) {
      let classes = logits.count
      noise = graph.input("noise", shape: [rows, classes])
      conditionalNoise = graph.input("conditional", shape: [rows, classes])
      categorical = Categorical(
        logits: graph.literal(logits, shape: [classes]).broadcast(to: [rows, classes]))
      z = categorical.relaxedSample(noise: noise)
      value = categorical.value(ofRelaxed: z)
      conditional = categorical.conditionalRelaxedSample(given: value, noise: conditionalNoise)
      var stream = RandomStream(seed: seed, purpose: "categorical-tests")
      inputs = [
        (noise, stream.variates(.exponential, count: rows * classes)),
        (conditionalNoise, stream.variates(.exponential, count: rows * classes)),
      ]
    }
  }

  private var logProbabilities: [Double] {
    let total = log(Self.logits.map(exp).reduce(0, +))
    return Self.logits.map { $0 - total }
  }

  @Test func `relaxed samples and conditional ones have the same Gumbel distributions`() throws {
    let r = Relaxations(rows: Self.count, seed: 1)
    let found = try evaluate([r.z, r.conditional], r.inputs)
    for sample in found {
      for (index, location) in logProbabilities.enumerated() {
        let column = stride(from: index, to: sample.count, by: 4).map { sample[$0] }
        #expect(try kolmogorovSmirnov(column) { exp(-exp(location - $0)) } > 1e-5)
      }
    }
  }

  @Test func `the sampler of the released code has another distribution`() throws {
    let r = Relaxations(rows: Self.count, seed: 1)
    // It keeps + log θ_b on the chosen class, whose largest element should not depend on θ.
    let wrong = r.conditional + r.value * r.categorical.logProbabilities
    let found = try evaluate([wrong], r.inputs)[0]
    let column = stride(from: 2, to: found.count, by: 4).map { found[$0] }
    let location = logProbabilities[2]
    #expect(try kolmogorovSmirnov(column) { exp(-exp(location - $0)) } < 1e-10)
  }

  @Test func `a conditional sample is largest at its class and has the exact derivative`() throws {
    let r = Relaxations(rows: 2000, seed: 2)
    let parameters = [r.categorical.logProbabilities]
    // The derivative by log θ is diagonal, so the sum's gradient holds all of it.
    let slope = gradient(of: r.conditional.sum(), withRespectTo: parameters)[0]
    let unconditional = gradient(of: r.z.sum(), withRespectTo: parameters)[0]
    let again = r.categorical.value(ofRelaxed: r.conditional)
    let found = try evaluate([r.value, again, r.conditional, slope, unconditional], r.inputs)
    #expect(found[0] == found[1])
    #expect(found[4].allSatisfy { $0 == 1 })
    for row in 0..<2000 {
      let top = found[2][row * 4..<row * 4 + 4].max() ?? 0
      for index in row * 4..<row * 4 + 4 {
        // 1 − e^−(z̃_b − z̃_i), which is 0 at the class itself.
        try #require(abs(found[3][index] - -expm1(found[2][index] - top)) < 1e-12)
      }
    }
  }

  @Test(arguments: [2.0, 30, 80])
  func `no element of a conditional sample exceeds its class's in single precision`(
    spread: Double
  ) throws {
    // Ties are possible there: an element can be nearer than single precision tells apart.
    let rows = 4000
    let graph = Graph()
    let logits = graph.literal([spread, 0, -spread, 0.5], shape: [4]).broadcast(to: [rows, 4])
    let noise = graph.input("noise", shape: [rows, 4])
    let categorical = Categorical(logits: logits)
    var stream = RandomStream(seed: 5, purpose: "categorical-tests")
    for chosen in 0..<4 {
      let value = graph.literal((0..<4).map { $0 == chosen ? 1 : 0 }, shape: [4])
        .broadcast(to: [rows, 4])
      let found = try evaluate(
        [categorical.conditionalRelaxedSample(given: value, noise: noise)],
        [(noise, stream.variates(.exponential, count: rows * 4))], as: Float.self)[0]
      for row in 0..<rows {
        let elements = found[row * 4..<row * 4 + 4]
        try #require(elements.allSatisfy { $0.isFinite && $0 <= found[row * 4 + chosen] })
      }
    }
  }

  @Test func `coupled noise gives back the relaxed sample and is exponential`() throws {
    let r = Relaxations(rows: Self.count, seed: 3)
    let coupled = r.categorical.coupledNoise(ofRelaxed: r.z)
    let again = r.categorical.conditionalRelaxedSample(given: r.value, noise: coupled)
    let found = try evaluate([r.z, again, coupled], r.inputs)
    for (z, other) in zip(found[0], found[1]) { try #require(abs(z - other) < 1e-7) }
    for index in 0..<4 {
      let column = stride(from: index, to: found[2].count, by: 4).map { found[2][$0] }
      #expect(try kolmogorovSmirnov(column) { -expm1(-$0) } > 1e-5)
    }
  }

  @Test func `log-probability, entropy and divergence have exact derivatives`() throws {
    let report = try checkDerivatives([
      ([2, 4], Self.logits + [0.1, 0.2, -0.5, 1]), ([2, 4], [1, 0.5, 0, -1, 0.3, -0.3, 0.7, 0.2]),
    ]) { x in
      let (p, q) = (Categorical(logits: x[0]), Categorical(logits: x[1]))
      let value = x[0].graph.literal([0, 1, 0, 0, 0, 0, 0, 1], shape: [2, 4])
      return p.logProbability(of: value) + 2 * p.entropy() + 3 * p.klDivergence(to: q)
    }
    #expect(report.isExact, "\(report)")
  }

  @Test func `two variables per row add up and are listed together`() throws {
    let graph = Graph()
    let logits = [0.3, -1.2, 0.9, -0.1, 0.4, 1.1]
    let p = Categorical(logits: graph.literal(logits, shape: [2, 3]), variables: 2)
    let q = Categorical(logits: graph.constant(0, shape: [2, 3]), variables: 2)
    let single = Categorical(logits: p.logits)
    let (logP, logQ) = (p.supportLogProbabilities(), q.supportLogProbabilities())
    #expect(p.supportCount == 9 && logP.shape == [1, 9])
    let found = try evaluate(
      [
        p.entropy(), -(logP.exp() * logP).sum(axis: 1), p.klDivergence(to: q),
        (logP.exp() * (logP - logQ)).sum(axis: 1), logP.exp().sum(), single.entropy().sum(),
      ], [])
    #expect(found[0].count == 1)
    #expect(abs(found[0][0] - found[1][0]) < 1e-12)
    #expect(abs(found[2][0] - found[3][0]) < 1e-12)
    #expect(abs(found[4][0] - 1) < 1e-12)
    #expect(abs(found[5][0] - found[0][0]) < 1e-12)
  }

  @Test func `forbidden classes are never drawn and get a derivative of exactly zero`() throws {
    let graph = Graph()
    let logits = graph.literal([0.5, 9, -0.3, 4], shape: [4]).broadcast(to: [500, 4])
    let mask = graph.literal([1, 0, 1, 0], shape: [4]).broadcast(to: [500, 4])
    let noise = graph.input("noise", shape: [500, 4])
    let conditionalNoise = graph.input("conditional", shape: [500, 4])
    let categorical = Categorical(logits: logits, mask: mask)
    let z = categorical.relaxedSample(noise: noise)
    let value = categorical.value(ofRelaxed: z).stopGradient()
    let conditional = categorical.conditionalRelaxedSample(given: value, noise: conditionalNoise)
    let functions = [
      z.squared().sum(), conditional.squared().sum(), categorical.entropy().sum(),
      categorical.logProbability(of: value).sum(),
    ]
    var stream = RandomStream(seed: 4, purpose: "categorical-tests")
    let found = try evaluate(
      [value] + functions.map { gradient(of: $0, withRespectTo: [logits])[0] },
      [
        (noise, stream.variates(.exponential, count: 2000)),
        (conditionalNoise, stream.variates(.exponential, count: 2000)),
      ], as: Float.self)
    for elements in found {
      #expect(elements.allSatisfy { $0.isFinite })
      #expect(stride(from: 1, to: 2000, by: 2).allSatisfy { elements[$0] == 0 })
      #expect(stride(from: 0, to: 2000, by: 2).contains { elements[$0] != 0 })
    }
  }

  @Test(arguments: [80.0, -80])
  func `extreme logits stay finite in single precision`(logit: Double) throws {
    let graph = Graph()
    let logits = graph.literal([logit, 0, 0.5], shape: [3]).broadcast(to: [3, 3])
    let noise = graph.literal([1.2e-16, 36.7, 1, 36.7, 1.2e-16, 1, 1, 1, 1], shape: [3, 3])
    let categorical = Categorical(logits: logits)
    let z = categorical.relaxedSample(noise: noise)
    let value = graph.literal([1, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3])
    let conditional = categorical.conditionalRelaxedSample(given: value, noise: noise)
    let functions = [
      z.sum(), conditional.sum(), categorical.entropy().sum(),
      categorical.logProbability(of: value).sum(),
    ]
    let found = try evaluate(
      [z, conditional, categorical.coupledNoise(ofRelaxed: z)] + functions
        + functions.map { gradient(of: $0, withRespectTo: [logits])[0] }, [], as: Float.self)
    #expect(found.allSatisfy { $0.allSatisfy { $0.isFinite } })
  }
}
