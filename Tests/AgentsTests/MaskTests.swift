import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Actions that a mask forbids are never taken and their logits never move.
struct MaskTests {
  @Test(
    arguments: PolicyGradientEstimator.ofChoices, [ReturnEstimate.nStep, .monteCarlo])
  func `a forbidden action is never taken and its logit's gradient is exactly zero`(
    estimator: PolicyGradientEstimator, returns: ReturnEstimate
  ) throws {
    let training = Training("masks", .maskedWalk) {
      $0.estimator = estimator
      $0.returns = returns
      $0.entropyCoefficient = 0.01
      $0.hiddenSizes = [6]
      // The random play that gives the first statistics respects masks too.
      $0.normalizeRewards = true
    }
    let loop = try training.loop(threads: 2)
    let policy = loop.agent.parameters[0]
    // The policy wants nothing but what is forbidden.
    policy["policy.1.bias"] = [3, 0, 0, 50]
    let gradient = ParameterSet<Float>(policy.layout)
    var largest: Float = 0
    for _ in 0..<150 {
      // The environment refuses a forbidden action by an error.
      try loop.update(of: 20_000)
      gradient.copy(from: loop.agent.shards[0].gradients(of: 0)[0])
      #expect(gradient["policy.1.bias"][3] == 0)
      for unit in 0..<6 { #expect(gradient["policy.1.weight"][unit * 4 + 3] == 0) }
      largest = max(largest, gradient["policy.1.bias"].map { abs($0) }.max() ?? 0)
    }
    #expect(largest > 1e-3)
    #expect(policy["policy.1.bias"][3] == 50)
  }
}
