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

@Suite struct `Against enumeration` {
  @Test(
    arguments: Method.allCases.filter { !Method.biased.contains($0) }.flatMap { method in
      Problem.all.filter { method.applies(to: $0) }.map { (method, $0) }
    })
  func `an unbiased estimator has the exact mean`(method: Method, problem: Problem) throws {
    let exact = try problem.exactGradient()
    let moments = try sample { method.estimate(problem, $0).distributionGradient }
    let deviation = moments.deviation(from: exact)
    #expect(deviation < allowedDeviation, "\(moments.means) instead of \(exact)")
  }

  @Test(
    arguments: Method.biased.sorted { $0.rawValue < $1.rawValue }.flatMap { method in
      Problem.all.filter { method.applies(to: $0) }.map { (method, $0) }
    })
  func `a biased estimator is found out`(method: Method, problem: Problem) throws {
    let exact = try problem.exactGradient()
    let moments = try sample { method.estimate(problem, $0).distributionGradient }
    #expect(moments.deviation(from: exact) > 10, "\(moments.means) against \(exact)")
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
