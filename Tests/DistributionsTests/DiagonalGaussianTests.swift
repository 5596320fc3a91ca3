import Differentiation
import Distributions
import Foundation
import GSL
import TestSupport
import Testing

@Suite struct `A diagonal Gaussian` {
  @Test func `its samples are normal with the given mean and deviation`() throws {
    let graph = Graph()
    let noise = graph.input("noise", shape: [20_000, 1])
    let gaussian = DiagonalGaussian(
      mean: graph.constant(0.7, shape: noise.shape),
      logDeviation: graph.constant(log(0.3), shape: noise.shape))
    var stream = RandomStream(seed: 1, purpose: "gaussian-tests")
    let sample = try evaluate(
      [gaussian.sample(noise: noise)], [(noise, stream.variates(.normal, count: 20_000))])[0]
    #expect(
      try kolmogorovSmirnov(sample) { 0.5 * erfc((0.7 - $0) / 0.3 / 2.0.squareRoot()) } > 1e-5)
  }

  @Test func `log-probability, entropy, divergence and samples have exact derivatives`() throws {
    let means = [0.3, -1.2, 0.9, 0.4, 1.1, -0.2]
    let deviations = [-0.4, 0.3, 0.1, -1.1, 0.2, -0.3]
    let report = try checkDerivatives([
      ([2, 3], means), ([2, 3], deviations), ([2, 3], means.reversed()),
      ([2, 3], deviations.reversed()),
    ]) { x in
      let p = DiagonalGaussian(mean: x[0], logDeviation: x[1])
      let q = DiagonalGaussian(mean: x[2], logDeviation: x[3])
      let constants = x[0].graph.literal([1, 0.2, -1, 0.5, 0.1, 2], shape: [2, 3])
      return p.logProbability(of: constants) + 2 * p.entropy() + 3 * p.klDivergence(to: q)
        + p.sample(noise: constants).squared().sum(axis: 1)
    }
    #expect(report.isExact, "\(report)")
  }

  @Test func `log-probability, entropy and divergence have the textbook values`() throws {
    let graph = Graph()
    let p = DiagonalGaussian(
      mean: graph.literal([1], shape: [1, 1]), logDeviation: graph.constant(log(2), shape: [1, 1]))
    let q = DiagonalGaussian(
      mean: graph.literal([-1], shape: [1, 1]), logDeviation: graph.constant(0, shape: [1, 1]))
    let found = try evaluate(
      [
        p.logProbability(of: graph.literal([3], shape: [1, 1])), p.entropy(), p.klDivergence(to: q),
        p.klDivergence(to: p),
      ], [])
    #expect(abs(found[0][0] - (-0.5 - log(2) - 0.5 * log(2 * .pi))) < 1e-14)
    #expect(abs(found[1][0] - 0.5 * log(2 * .pi * exp(1) * 4)) < 1e-14)
    // log(σq/σp) + (σp² + (μp − μq)²) / 2σq² − ½.
    #expect(abs(found[2][0] - (-log(2) + 4 - 0.5)) < 1e-14)
    #expect(abs(found[3][0]) < 1e-14)
  }
}
