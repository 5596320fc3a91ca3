import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport
import Testing

/// Surrogates and leave-one-out residuals: what is exact, and mistakes that must be found out.
@Suite struct `A surrogate` {
  private let problem = Problem.bernoulli(3)

  private func bernoulli(_ sampler: GradientSampler) -> Bernoulli {
    Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
  }

  private func values(_ bernoulli: Bernoulli, _ sampler: GradientSampler) -> [Tensor] {
    (0..<3).map { _ in bernoulli.sample(noise: problem.noise(sampler)) }
  }

  @Test func `that is f itself leaves no variance`() throws {
    // f = 2 b₀ − b₁ + ½ b₂, so that the gradient is slope × θ (1 − θ).
    let slopes = [2, -1, 0.5]
    let exact = zip(slopes, problem.logits).map { slope, logit in
      let bernoulli = 1 / (1 + exp(-logit))
      return slope * bernoulli * (1 - bernoulli)
    }
    let moments = try sample(draws: 8000) { sampler in
      let bernoulli = bernoulli(sampler)
      let values = values(bernoulli, sampler)
      let row = sampler.graph.literal(slopes, shape: [3])
      return LinearSurrogate().estimate(
        bernoulli, values: values, signals: values.map { ($0 * row).sum(axis: 1) + 7 },
        surrogate: (
          zero: 0 * bernoulli.logits, one: row.broadcast(to: bernoulli.logits.shape)
        )
      ).distributionGradient
    }
    for (found, exact) in zip(moments.means, exact) { #expect(abs(found - exact) < 1e-12) }
    // What rounding leaves of a difference of squares.
    #expect(moments.variances.allSatisfy { $0 < 1e-14 })
  }

  enum Mistake: CaseIterable, Sendable {
    /// Fitted to the very values that it is subtracted from.
    case knowsItsBatch
    /// Its own gradient is left out.
    case lacksExpectation
    /// Free draws from another policy.
    case freeDrawsOfAnother
    /// The residual's baseline has the sample's own residual in it.
    case baselineKnowsItself
  }

  @Test(arguments: [nil] + Mistake.allCases.map { $0 })
  func `with a mistake is found out`(mistake: Mistake?) throws {
    let moments = try sample { sampler in
      let bernoulli = bernoulli(sampler)
      let values = values(bernoulli, sampler)
      let signals = values.map(problem.f)
      switch mistake {
      case .freeDrawsOfAnother:
        let other = Bernoulli(logits: bernoulli.logits + 1)
        let free = self.values(other, sampler)
        return SampledSurrogate().estimate(
          bernoulli, values: values, freeValues: free, signals: signals,
          surrogates: (values + free).map(problem.c)
        ).distributionGradient
      case .lacksExpectation:
        return RLOO().estimate(
          bernoulli, values: values, signals: zip(values, signals).map { $1 - problem.c($0) }
        ).distributionGradient
      case .baselineKnowsItself:
        let relaxed = (0..<2).map { _ in
          bernoulli.relaxedSample(noise: problem.noise(sampler))
        }
        return wholeMean(bernoulli, relaxed)
      case .knowsItsBatch, nil:
        let zero = 0 * bernoulli.logits
        let slope =
          mistake == nil
          ? zero + 1.3 : (values[0] - 0.5) * signals[0].reshaped([sampler.rows, 1])
        return LinearSurrogate().estimate(
          bernoulli, values: values, signals: signals, surrogate: (zero: zero, one: slope)
        ).distributionGradient
      }
    }
    let deviation = moments.deviation(from: try problem.exactGradient())
    #expect(mistake == nil ? deviation < allowedDeviation : deviation > 10)
  }

  /// RELAX whose residuals are compared with the mean of all of them: half of the score term for K = 2.
  private func wholeMean(_ bernoulli: Bernoulli, _ relaxed: [Tensor]) -> [Tensor] {
    let right = RELAX().leaveOneOutEstimate(
      bernoulli, relaxed: relaxed, conditionalNoise: nil,
      signals: relaxed.map { problem.f(bernoulli.value(ofRelaxed: $0)) },
      controlVariate: problem.c
    ).distributionGradient[0]
    let signals = relaxed.map { z -> Tensor in
      let value = bernoulli.value(ofRelaxed: z).stopGradient()
      return problem.f(value) - problem.c(z.stopGradient())
    }
    let loo = RLOO().estimate(
      bernoulli, values: relaxed.map { bernoulli.value(ofRelaxed: $0).stopGradient() },
      signals: signals
    ).distributionGradient[0]
    return [right - 0.5 * loo]
  }

  @Test(arguments: Problem.all)
  func
    `RELAX with leave-one-out has the same mean, coupled or not, and less variance than with a wrong level`(
      problem: Problem
    ) throws
  {
    func variance(_ recipe: EstimatorRecipe, coupled: Bool) throws -> Double {
      let moments = try sample { sampler in
        var inputs = EstimatorInputs(
          problem.distribution(sampler.graph, rows: sampler.rows),
          noise: { _ in problem.noise(sampler) }, signal: { problem.f($0) + 20 })
        inputs.function = problem.c
        inputs.isCoupled = coupled
        inputs.samples = 4
        return recipe.estimate(inputs).gradient.distributionGradient
      }
      #expect(moments.deviation(from: try problem.exactGradient()) < allowedDeviation)
      return moments.variances.reduce(0, +)
    }
    let single = try variance(.relax, coupled: true)
    for coupled in [false, true] {
      let several = try variance(.relaxLeaveOneOut, coupled: coupled)
      #expect(several < 0.2 * single)
    }
  }
}
