import BlackBoxes
import Estimators
import GSL
import Testing

@testable import BlackBoxOptimization

/// f that breaks where its first bits are 1.
private struct BrokenFunction: PseudoBooleanFunction {
  let variableCount = 6
  let result: Double

  func value(of bits: Span<Float>) -> Double { bits[0] == 1 && bits[1] == 1 ? result : 0 }

  func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double {
    for index in gradient.indices { gradient[index] = 0 }
    return 0
  }
}

@Suite struct `A training on many bits` {
  private static func shape(_ variables: Int, entropy: Double = 0.15) -> BlackBoxShape {
    BlackBoxShape(
      variables: variables, contextSize: 0, contexts: 1, samples: 4, entropyWeight: entropy)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `stops where f is not finite, and names value and result`(result: Double) throws {
    let problem = BlackBoxProblem.fixed(BrokenFunction(result: result))
    let settings = BlackBoxSettings(rate: 0.05, falls: false, second: 0.01)
    for estimator in [BlackBoxEstimator.relax, .rloo, .surrogate] {
      let training = try BlackBoxTraining(estimator, Self.shape(6))
      training.start(problem, settings, seed: 1)
      let error = #expect(throws: BlackBoxError.self) {
        for _ in 0..<100 { try training.update(settings, progress: 0) }
      }
      let found = try #require(error)
      #expect(found.value[0] == 1 && found.value[1] == 1)
      #expect(found.description.contains("must give a finite number but gave \(result)"))
    }
  }

  @Test func `stops where f is beyond single precision`() throws {
    let problem = BlackBoxProblem.fixed(BrokenFunction(result: 1e300))
    let settings = BlackBoxSettings(rate: 0.05, falls: false, second: 0.01)
    let training = try BlackBoxTraining(.rloo, Self.shape(6))
    training.start(problem, settings, seed: 1)
    let error = #expect(throws: BlackBoxError.self) {
      for _ in 0..<100 { try training.update(settings, progress: 0) }
    }
    #expect(error?.description.contains("at most 3.4e38 in size, but gave 1e+300") == true)
  }

  private struct Outcome {
    let relax, rloo: BlackBoxRun
  }

  /// Both estimators on fresh instances, at the same learning rate.
  private func outcomes(interaction: Double, seeds: Range<UInt64>) throws -> [Outcome] {
    let relax = try BlackBoxTraining(.relax, Self.shape(100))
    let rloo = try BlackBoxTraining(.rloo, Self.shape(100))
    let reference = try BlackBoxTraining(.rloo, Self.shape(100))
    return try seeds.map { seed in
      var stream = RandomStream(seed: seed, purpose: "black-box-instance")
      let problem = BlackBoxProblem.fixed(
        QuadraticPseudoBoolean(variables: 100, interaction: interaction, from: &stream))
      let judge = BlackBoxJudge(problem, entropyWeight: 0.15, contexts: 1, seed: seed)
      let settings = BlackBoxSettings(rate: 0.08, falls: false, second: 0.01)
      return Outcome(
        relax: try relax.run(
          problem, judgedBy: judge, settings, seed: seed, updates: 400, draws: 1000,
          reference: reference),
        rloo: try rloo.run(problem, judgedBy: judge, settings, seed: seed, updates: 400))
    }
  }

  /// On instances that no setting was chosen on.
  @Test func `with RELAX has far less regret and variance than with RLOO, four evaluations each`()
    throws
  {
    let outcomes = try outcomes(interaction: 0.3, seeds: 500..<506)
    for outcome in outcomes {
      #expect(outcome.relax.meanRegret < 0.8 * outcome.rloo.meanRegret)
      #expect(outcome.relax.lastRegret < 0.7 * outcome.rloo.lastRegret)
      let frozen = try #require(outcome.relax.frozen)
      #expect(frozen.variance < 0.35 * frozen.referenceVariance)
      #expect(frozen.deviation < 6.5)
    }
  }

  /// A perfect constant would leave ¾ of RLOO's variance for four evaluations: what is left is c's work.
  @Test func `with a constant in place of c saves no more than a quarter of the variance`() throws {
    var stream = RandomStream(seed: 500, purpose: "black-box-instance")
    let problem = BlackBoxProblem.fixed(
      QuadraticPseudoBoolean(variables: 100, interaction: 0.3, from: &stream))
    let judge = BlackBoxJudge(problem, entropyWeight: 0.15, contexts: 1, seed: 500)
    let training = try BlackBoxTraining(.average, Self.shape(100))
    let run = try training.run(
      problem, judgedBy: judge, BlackBoxSettings(rate: 0.08, falls: false, second: 0.9), seed: 500,
      updates: 400, draws: 2000, reference: try BlackBoxTraining(.rloo, Self.shape(100)))
    let frozen = try #require(run.frozen)
    // Of variances of 2,000 draws each, whose errors are about 3 % at most together.
    #expect(frozen.variance > 0.65 * frozen.referenceVariance)
    #expect(frozen.variance < frozen.referenceVariance)
  }
}
