import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import TestSupport
import Testing

/// One normal variable a = μ + σ ε and f = −(a − m)², with d = μ − m.
private struct Quadratic: CustomStringConvertible, Sendable {
  let offset: Double
  let deviation: Double

  var description: String { "d = \(offset), σ = \(deviation)" }
  /// By μ and by log σ.
  var gradient: [Double] { [-2 * offset, -2 * deviation * deviation] }

  func f(_ value: Tensor) -> Tensor { -(value - 0.4).squared().sum(axis: 1) }

  func gaussian(_ noise: Tensor) -> DiagonalGaussian {
    let graph = noise.graph
    return DiagonalGaussian(
      mean: graph.literal([0.4 + offset], shape: [1]).broadcast(to: noise.shape),
      logDeviation: graph.literal([log(deviation)], shape: [1]).broadcast(to: noise.shape))
  }

  func lax(_ c: (Tensor) -> Tensor) throws -> (means: [Double], variances: [Double]) {
    try integrate([.normal], kind: .normal) { noise in
      let gaussian = gaussian(noise[0])
      return LAX().estimate(
        gaussian, noise: noise[0], signal: f(gaussian.sample(noise: noise[0])), controlVariate: c
      ).distributionGradient
    }
  }
}

private let quadratics = [
  Quadratic(offset: 0.7, deviation: 0.5), Quadratic(offset: 0, deviation: 1.3),
  Quadratic(offset: -1.1, deviation: 0.2),
]

@Suite struct `One normal variable by quadrature` {
  @Test(arguments: quadratics)
  fileprivate func `LAX is exact for any control variate`(problem: Quadratic) throws {
    let controls: [(Tensor) -> Tensor] = [
      { ($0.tanh() * 3).sum(axis: 1) }, { ($0.sigmoid() + $0.squared()).sum(axis: 1) },
      { (0 * $0).sum(axis: 1) }, problem.f, { problem.f($0) - 0.3 },
    ]
    for c in controls {
      for (mean, exact) in zip(try problem.lax(c).means, problem.gradient) {
        #expect(abs(mean - exact) < 1e-9)
      }
    }
  }

  @Test(arguments: quadratics)
  fileprivate func `LAX with c = f has the variance of reparameterization`(
    problem: Quadratic
  ) throws {
    let (d, s) = (problem.offset, problem.deviation)
    let found = try problem.lax(problem.f).variances
    #expect(abs(found[0] - 4 * s * s) < 1e-9)
    #expect(abs(found[1] - (8 * pow(s, 4) + 4 * d * d * s * s)) < 1e-9)
  }

  @Test(arguments: quadratics)
  fileprivate func `LAX with c = f − 2σ² has no variance left by μ`(problem: Quadratic) throws {
    let (d, s) = (problem.offset, problem.deviation)
    let found = try problem.lax { problem.f($0) - 2 * s * s }.variances
    #expect(abs(found[0]) < 1e-9)
    #expect(abs(found[1] - 4 * d * d * s * s) < 1e-9)
  }

  @Test func `LAX with c = f equals reparameterization draw for draw`() throws {
    let problem = quadratics[0]
    let graph = Graph()
    let noise = graph.input("noise", shape: [500, 1])
    let gaussian = problem.gaussian(noise)
    let value = gaussian.sample(noise: noise)
    let lax = LAX().estimate(
      gaussian, noise: noise, signal: problem.f(value), controlVariate: problem.f)
    let pathwise = Reparameterization().estimate(gaussian, noise: noise, f: problem.f)
    let slope = gradient(of: problem.f(value).sum(), withRespectTo: [value])[0]
    let outside = Reparameterization().estimate(gaussian, noise: noise, valueGradient: slope)
    var stream = RandomStream(seed: 1, purpose: "gaussian-estimator-tests")
    let found = try evaluate(
      lax.distributionGradient + pathwise.distributionGradient + outside.distributionGradient,
      [(noise, stream.variates(.normal, count: 500))])
    for index in 0..<2 {
      for row in 0..<500 {
        try #require(abs(found[index][row] - found[index + 2][row]) < 1e-12)
        try #require(abs(found[index][row] - found[index + 4][row]) < 1e-12)
      }
    }
  }
}

@Suite struct `Several normal variables by sampling` {
  /// E Σ_ij (w_i a_i − 1)(…)… of three variables has the gradient of a quadratic form.
  private static let means = [0.3, -0.8, 0.5]
  private static let deviations = [0.4, 0.9, 0.6]
  private static let weights = [1.0, -0.5, 0.7]

  private func f(_ value: Tensor) -> Tensor {
    (value * value.graph.literal(Self.weights, shape: [3])).sum(axis: 1).squared()
  }

  /// E (w·a)² = (w·μ)² + Σ w² σ².
  private var exact: [Double] {
    let product = zip(Self.weights, Self.means).map(*).reduce(0, +)
    return Self.weights.map { 2 * product * $0 }
      + zip(Self.weights, Self.deviations).map { 2 * $0 * $0 * $1 * $1 }
  }

  @Test(arguments: ["score function", "reparameterization", "lax", "rloo"])
  func `an unbiased estimator has the exact mean`(name: String) throws {
    let moments = try sample { sampler in
      let rows = sampler.rows
      func tiled(_ elements: [Double]) -> Tensor {
        sampler.graph.literal(elements, shape: [3]).broadcast(to: [rows, 3])
      }
      let gaussian = DiagonalGaussian(
        mean: tiled(Self.means), logDeviation: tiled(Self.deviations.map { log($0) }))
      let noise = sampler.noise(.normal, [rows, 3])
      let value = gaussian.sample(noise: noise).stopGradient()
      switch name {
      case "score function":
        return ScoreFunction().estimate(gaussian, value: value, signal: f(value))
          .distributionGradient
      case "reparameterization":
        return Reparameterization().estimate(gaussian, noise: noise, f: f).distributionGradient
      case "lax":
        return LAX().estimate(gaussian, noise: noise, signal: f(value)) {
          ($0.tanh() + $0.squared() * 0.3).sum(axis: 1)
        }.distributionGradient
      default:
        let other = gaussian.sample(noise: sampler.noise(.normal, [rows, 3])).stopGradient()
        return RLOO().estimate(
          gaussian, values: [value, other], signals: [f(value), f(other)]
        ).distributionGradient
      }
    }
    #expect(moments.deviation(from: exact) < allowedDeviation, "\(moments.means), not \(exact)")
  }
}
