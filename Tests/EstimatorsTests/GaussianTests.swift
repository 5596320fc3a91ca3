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
  fileprivate func `LAX with c = 0 has the variance of REINFORCE`(problem: Quadratic) throws {
    // Var(f ε / σ) and Var(f (ε² − 1)) by the moments 1, 3, 15, 105 of a normal ε. At d = 0.7 and
    // σ = 0.5 they are 11.6 and 12.5.
    let (d, s) = (problem.offset, problem.deviation)
    let found = try problem.lax { 0 * $0.sum(axis: 1) }.variances
    let byMean = (pow(d, 4) + 18 * d * d * s * s + 15 * pow(s, 4)) / (s * s) - 4 * d * d
    let byDeviation =
      2 * pow(d, 4) + 60 * d * d * s * s + 78 * pow(s, 4) - 4 * pow(s, 4)
    #expect(abs(found[0] - byMean) < 1e-9 * max(1, byMean))
    #expect(abs(found[1] - byDeviation) < 1e-9 * max(1, byDeviation))
  }

  @Test(arguments: quadratics)
  fileprivate func `the variance objective leads a quadratic c to f − 2σ²`(
    problem: Quadratic
  ) throws {
    // c = w₀ + w₁ (a − m) + w₂ (a − m)². ĝ is linear in w, so one Newton step from anywhere, with
    // derivatives of the objective over the quadrature's points, ends at the optimum.
    let rule = QuadratureRule.normal
    let rows = rule.points.count
    let graph = Graph()
    let w = graph.input("w", shape: [3])
    let gaussian = problem.gaussian(graph.constant(0, shape: [rows, 1]))
    let noise = graph.literal(rule.points, shape: [rows, 1])
    let estimate = LAX().estimate(
      gaussian, noise: noise, signal: problem.f(gaussian.sample(noise: noise))
    ) { value in
      let x = value - 0.4
      return (Tensor.concatenate([0 * x + 1, x, x.squared()], axis: 1) * w).sum(axis: 1)
    }
    let byMean = GradientEstimate(
      parameters: [gaussian.mean], distributionGradient: [estimate.distributionGradient[0]])
    let objective = byMean.squaredNorm(
      weights: graph.literal(rule.weights.map { $0.squareRoot() }, shape: [rows]))
    let slope = gradient(of: objective, withRespectTo: [w])[0]
    let curvature = (0..<3).map {
      gradient(of: slope.slice($0..<$0 + 1).sum(), withRespectTo: [w])[0]
    }
    let start = [0.4, -0.3, 0.2]
    let found = try evaluate([slope] + curvature, [(w, start)])
    let step = try solve(Array(found.dropFirst()), found[0])
    let best = zip(start, step).map { $0 - $1 }
    let expected = [-2 * pow(problem.deviation, 2), 0, -1]
    for (a, b) in zip(best, expected) { #expect(abs(a - b) < 1e-8, "\(best)") }
    let least = try evaluate([objective], [(w, best)])[0][0]
    #expect(abs(least - pow(problem.gradient[0], 2)) < 1e-9)
  }

  /// Cramer's rule for three unknowns.
  private func solve(_ matrix: [[Double]], _ right: [Double]) throws -> [Double] {
    func determinant(_ m: [[Double]]) -> Double {
      (0..<3).reduce(0) { sum, i in
        let (j, k) = ((i + 1) % 3, (i + 2) % 3)
        return sum + m[0][i] * (m[1][j] * m[2][k] - m[1][k] * m[2][j])
      }
    }
    let whole = determinant(matrix)
    try #require(abs(whole) > 1e-12)
    return (0..<3).map { column in
      let replaced = matrix.indices.map { row in
        matrix[row].indices.map { $0 == column ? right[row] : matrix[row][$0] }
      }
      return determinant(replaced) / whole
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

  @Test(arguments: [
    "score function", "baseline", "nvil", "reparameterization", "from outside", "lax",
    "scaled term", "rloo", "rloo of 3",
  ])
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
      case "baseline":
        return ScoreFunction().estimate(gaussian, value: value, signal: f(value) - 0.8)
          .distributionGradient
      case "nvil":
        return NVIL().estimate(
          gaussian, value: value, signal: f(value),
          baseline: sampler.graph.literal((0..<rows).map { sin(Double($0)) }, shape: [rows])
        ).estimate.distributionGradient
      case "from outside":
        let slope = gradient(of: f(value).sum(), withRespectTo: [value])[0]
        return Reparameterization().estimate(gaussian, noise: noise, valueGradient: slope)
          .distributionGradient
      case "scaled term":
        let term = LAX().controlTerm(gaussian, noise: noise) { $0.tanh().sum(axis: 1) }
        return ScoreFunction().estimate(gaussian, value: value, signal: f(value))
          .adding(term, scaledBy: sampler.graph.constant(-0.6)).distributionGradient
      case "reparameterization":
        return Reparameterization().estimate(gaussian, noise: noise, f: f).distributionGradient
      case "lax":
        return LAX().estimate(gaussian, noise: noise, signal: f(value)) {
          ($0.tanh() + $0.squared() * 0.3).sum(axis: 1)
        }.distributionGradient
      default:
        let values =
          [value]
          + (1..<(name == "rloo" ? 2 : 3)).map { _ in
            gaussian.sample(noise: sampler.noise(.normal, [rows, 3])).stopGradient()
          }
        return RLOO().estimate(gaussian, values: values, signals: values.map(f))
          .distributionGradient
      }
    }
    #expect(moments.deviation(from: exact) < allowedDeviation, "\(moments.means), not \(exact)")
  }
}
