import BlackBoxes
import GSL
import Testing

@testable import BlackBoxOptimization

/// The instance, the shape and a partly trained policy that gradients are drawn at.
private struct Situation: CustomStringConvertible, Sendable {
  let description: String
  let problem: BlackBoxProblem
  let contexts: Int

  static let all: [Situation] = {
    var stream = RandomStream(seed: 3, purpose: "black-box-instance")
    let quadratic = QuadraticPseudoBoolean(variables: 7, interaction: 1, from: &stream)
    let contextual = ContextualQuadratic(
      variables: 5, contextSize: 2, interaction: 0.5, from: &stream)
    let labels = MultilabelPrediction(labels: 4, contextSize: 3, from: &stream)
    return [
      Situation(description: "quadratic", problem: .fixed(quadratic), contexts: 1),
      Situation(description: "contextual", problem: .contextual(contextual), contexts: 3),
      Situation(description: "labels", problem: .contextual(labels), contexts: 2),
    ]
  }()

  func shape(samples: Int) -> BlackBoxShape {
    BlackBoxShape(
      variables: problem.variableCount, contextSize: problem.contextSize, contexts: contexts,
      samples: samples, entropyWeight: 0.1)
  }
}

private let settings = BlackBoxSettings(rate: 0.05, falls: false, second: 0.9)

@Suite struct `The gradient of a training` {
  private static let cases = BlackBoxEstimator.allCases.flatMap { estimator in
    Situation.all.filter { estimator != .value || $0.problem.contextSize > 0 }
      .map { (estimator, $0) }
  }

  private func training(
    _ estimator: BlackBoxEstimator, _ situation: Situation, samples: Int = 4
  ) throws -> BlackBoxTraining {
    let training = try BlackBoxTraining(estimator, situation.shape(samples: samples))
    training.start(
      situation.problem,
      BlackBoxSettings(
        rate: 0.05, falls: false, second: estimator.secondSetting == .controlRate ? 0.01 : 0.95),
      seed: 1)
    return training
  }

  @Test(arguments: cases)
  fileprivate func `has the exact gradient of the objective as its mean`(
    estimator: BlackBoxEstimator, situation: Situation
  ) throws {
    let training = try training(estimator, situation)
    let reference = try BlackBoxTraining(.rloo, situation.shape(samples: 4))
    let judge = BlackBoxJudge(
      situation.problem, entropyWeight: 0.1, contexts: 2, seed: 1)
    let run = try training.run(
      situation.problem, judgedBy: judge,
      BlackBoxSettings(
        rate: 0.05, falls: false, second: estimator.secondSetting == .controlRate ? 0.01 : 0.95),
      seed: 1, updates: 40, draws: 20_000, reference: reference)
    let frozen = try #require(run.frozen)
    #expect(frozen.deviation < 6.5, "\(frozen.deviation)")
    #expect(estimator == .exact ? frozen.variance < 1e-9 : frozen.variance > 1e-6)
  }

  /// What the check above would say of a gradient at another policy.
  @Test func `of another policy is found out`() throws {
    let situation = Situation.all[0]
    let training = try training(.rloo, situation)
    for step in 0..<20 { try training.update(settings, progress: Double(step) / 20) }
    training.drawContexts()
    let exact = training.exactGradient()
    var moments = [RunningMoments](repeating: RunningMoments(), count: exact.count)
    for index in 0..<exact.count { training.policy.parameters.buffer[index] += 0.5 }
    for _ in 0..<20_000 {
      for (index, element) in try training.estimate().enumerated() {
        moments[index].add(Double(element))
      }
    }
    let deviation = zip(moments, exact).map { abs($0.mean - $1) / $0.standardError }.max() ?? 0
    #expect(deviation > 10)
  }
}
