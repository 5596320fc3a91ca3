import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

/// How far, in standard errors, an estimate's mean may lie from the truth: a chance of 1e-10.
let allowedDeviation = 6.5

/// Draws an estimate 200,000 times.
func sample(
  seed: UInt64 = 1, draws: Int = 200_000, _ build: (GradientSampler) -> [Tensor]
) throws -> GradientMoments {
  let sampler = GradientSampler(rows: 4000)
  let gradient = build(sampler)
  var stream = RandomStream(seed: seed, purpose: "estimator-tests")
  return try sampler.sample(gradient, runs: draws / 4000) { stream.fill($0, &$1) }
}

/// Recipes with all their choices, each with every problem that it is for.
private func cases(
  _ isIncluded: (EstimatorClaim) -> Bool
) -> [(variant: EstimatorVariant, problem: Problem)] {
  EstimatorRecipe.all.filter { isIncluded($0.claim) && $0.claim.isAboutExpectation }
    .flatMap { $0.variants(samples: [3]) }
    .flatMap { variant in
      Problem.ofEveryKind.filter { variant.recipe.serves($0.distribution) }.map { (variant, $0) }
    }
}

@Suite struct `Against the exact gradient` {
  @Test(arguments: cases(\.isUnbiased))
  func `an unbiased estimator has the exact mean`(
    variant: EstimatorVariant, problem: Problem
  ) throws {
    let exact = try problem.exactGradient()
    let moments = try sample { problem.estimate(variant, $0).distributionGradient }
    let deviation = moments.deviation(from: exact)
    #expect(deviation < allowedDeviation, "\(moments.means) instead of \(exact)")
  }

  @Test(arguments: cases { !$0.isUnbiased })
  func `a biased estimator is found out`(variant: EstimatorVariant, problem: Problem) throws {
    let exact = try problem.exactGradient()
    let moments = try sample { problem.estimate(variant, $0).distributionGradient }
    #expect(moments.deviation(from: exact) > 10, "\(moments.means) against \(exact)")
  }

  @Test(arguments: Problem.all)
  func `all-action is unbiased where c knows the other variables`(problem: Problem) throws {
    let moments = try sample { problem.localExpectation($0).distributionGradient }
    #expect(moments.deviation(from: try problem.exactGradient()) < allowedDeviation)
  }

  @Test(arguments: Problem.all)
  func `what a control variate adds has mean zero`(problem: Problem) throws {
    let moments = try sample { sampler in
      let logits = problem.rows(sampler.graph, sampler.rows)
      func term(_ distribution: some ConditionallyReparameterizable) -> [Tensor] {
        let z = distribution.relaxedSample(noise: problem.noise(sampler))
        return RELAX().controlTerm(
          distribution, relaxed: z, conditionalNoise: problem.noise(sampler),
          controlVariate: problem.c
        ).distributionGradient
      }
      return problem.family == .bernoulli
        ? term(Bernoulli(logits: logits))
        : term(Categorical(logits: logits, variables: problem.variables))
    }
    let zeros = [Double](repeating: 0, count: problem.width)
    #expect(moments.deviation(from: zeros) < allowedDeviation)
    #expect(moments.variances.allSatisfy { $0 > 1e-4 })
  }
}
