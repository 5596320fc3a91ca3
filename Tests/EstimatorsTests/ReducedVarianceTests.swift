import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport
import Testing

@Suite struct `Reduced-variance reparameterization` {
  /// One or two variables, and no plain constants: those are folded, and nothing can be differentiated by them.
  private func gaussian(_ noise: Tensor, deviation: Double) -> DiagonalGaussian {
    func row(_ elements: [Double]) -> Tensor {
      noise.graph.literal(elements, shape: [2]).slice(0..<noise.shape[1])
        .broadcast(to: noise.shape)
    }
    return DiagonalGaussian(
      mean: row([0.7, 0.4]), logDeviation: row([log(deviation), log(1.1 * deviation)]))
  }

  @Test func `has no variance where f is quadratic`() throws {
    // f = a₀² + 3 a₀ a₁ − a₁: by the means (2 μ₀ + 3 μ₁, 3 μ₀ − 1), by log σ (2 σ₀², 0).
    let moments = try sample(draws: 8000) { sampler in
      let noise = sampler.noise(.normal, [sampler.rows, 2])
      return ReducedVarianceReparameterization().estimate(
        gaussian(noise, deviation: 0.6), noise: noise
      ) { value in
        let (first, second) = (value.slice(axis: 1, 0..<1), value.slice(axis: 1, 1..<2))
        return (first.squared() + 3 * first * second - second).sum(axis: 1)
      }.distributionGradient
    }
    for (found, exact) in zip(moments.means, [2.6, 1.1, 0.72, 0]) {
      #expect(abs(found - exact) < 1e-9)
    }
    // What rounding leaves of a difference of squares.
    #expect(moments.variances.allSatisfy { $0 < 1e-12 })
  }

  /// The integral over the noise of one variable, for an f with all derivatives.
  @Test(arguments: [0.1, 0.5, 1.5])
  func `has the mean of the plain gradient, and less variance where σ is small`(
    deviation: Double
  ) throws {
    let f = { (value: Tensor) in (value.tanh() + 0.3 * value.squared()).sum(axis: 1) }
    let plain = try integrate([.normal], kind: .normal) { noise in
      Reparameterization().estimate(
        gaussian(noise[0], deviation: deviation), noise: noise[0], f: f
      ).distributionGradient
    }
    let reduced = try integrate([.normal], kind: .normal) { noise in
      ReducedVarianceReparameterization().estimate(
        gaussian(noise[0], deviation: deviation), noise: noise[0], f: f
      ).distributionGradient
    }
    for (one, other) in zip(plain.means, reduced.means) { #expect(abs(one - other) < 1e-10) }
    if deviation < 0.2 {
      for (one, other) in zip(plain.variances, reduced.variances) { #expect(other < 0.05 * one) }
    }
  }

  @Test func `without the diagonal of the Hessian is found out`() throws {
    let problem = Problem.gaussian(3)
    let moments = try sample { sampler in
      guard
        let gaussian = problem.distribution(sampler.graph, rows: sampler.rows) as? DiagonalGaussian
      else { return [] }
      let noise = problem.noise(sampler)
      let right = ReducedVarianceReparameterization().estimate(gaussian, noise: noise, f: problem.f)
      // What is missing is the mean of (H σ ε) σ ε.
      return [
        right.distributionGradient[0],
        right.distributionGradient[1] - 0.5 * gaussian.logDeviation.exp().squared(),
      ]
    }
    #expect(moments.deviation(from: try problem.exactGradient()) > 10)
  }
}
