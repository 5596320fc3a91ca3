import Differentiation
import Distributions
import Foundation
import TestSupport
import Testing

@Suite struct `A squashed Gaussian` {
  private let mean = 0.4
  private let deviation = 0.9

  private func squashed(_ rows: Int, _ graph: Graph) -> SquashedGaussian {
    SquashedGaussian(
      DiagonalGaussian(
        mean: graph.constant(mean, shape: [rows, 1]),
        logDeviation: graph.constant(log(deviation), shape: [rows, 1])))
  }

  /// u on a fine grid, so that sums times the spacing are integrals.
  private var grid: (points: [Double], spacing: Double) {
    let count = 4_001
    return ((0..<count).map { -10 + 20 * Double($0) / Double(count - 1) }, 20 / Double(count - 1))
  }

  @Test func `its density between −1 and 1 integrates to 1 and gives the entropy`() throws {
    let (points, spacing) = grid
    let graph = Graph()
    let u = graph.input("u", shape: [points.count, 1])
    let squashed = squashed(points.count, graph)
    let noise = points.map { ($0 - mean) / deviation }
    let epsilon = graph.input("noise", shape: u.shape)
    let found = try evaluate(
      [squashed.logProbability(ofUnsquashed: u), squashed.entropyEstimate(noise: epsilon)],
      [(u, points), (epsilon, noise)])
    var (mass, entropy, estimate) = (0.0, 0.0, 0.0)
    for (index, point) in points.enumerated() {
      // db = (1 − tanh² u) du.
      let volume = 1 / (cosh(point) * cosh(point)) * spacing
      mass += exp(found[0][index]) * volume
      entropy -= found[0][index] * exp(found[0][index]) * volume
      let density =
        exp(-0.5 * noise[index] * noise[index]) / (2 * Double.pi).squareRoot() / deviation
      estimate += found[1][index] * density * spacing
    }
    #expect(abs(mass - 1) < 1e-9)
    #expect(abs(estimate - entropy) < 1e-9)
  }

  @Test func `its logarithms stay finite where tanh rounds to 1`() throws {
    let graph = Graph()
    let u = graph.input("u", shape: [3, 1])
    let found = try evaluate(
      [squashed(3, graph).logProbability(ofUnsquashed: u)], [(u, [-40, 40, 300])])[0]
    // log p(u) + 2 |u| − 2 log 2 for large |u|.
    for (value, point) in zip(found, [-40.0, 40, 300]) {
      let standardized = (point - mean) / deviation
      let expected =
        -0.5 * standardized * standardized - log(deviation) - 0.5 * log(2 * .pi) + 2 * abs(point)
        - 2 * log(2)
      #expect(abs(value - expected) < 1e-9 * abs(expected))
    }
  }

  @Test func `its log-probability and entropy have exact derivatives`() throws {
    let report = try checkDerivatives([
      ([2, 2], [0.3, -1.2, 0.9, 0.4]), ([2, 2], [-0.4, 0.3, 0, -1]),
    ]) {
      let squashed = SquashedGaussian(DiagonalGaussian(mean: $0[0], logDeviation: $0[1]))
      let constants = $0[0].graph.literal([1, 0.2, -1, 0.5], shape: [2, 2])
      return squashed.logProbability(ofUnsquashed: constants)
        + 2 * squashed.entropyEstimate(noise: constants)
    }
    #expect(report.isExact, "\(report)")
  }
}
