import Testing

@testable import Agents

@Suite struct `What settings say of their gradient` {
  private func claim(_ change: (inout ActorCriticConfiguration) -> Void) -> String {
    var configuration = ActorCriticConfiguration()
    configuration.returns = .monteCarlo
    configuration.discountedWeights = true
    configuration.maxGradientNorm = 0
    change(&configuration)
    return configuration.gradient.description
  }

  @Test func `is that it is unbiased where nothing speaks against it`() {
    #expect(claim { _ in } == "unbiased for the expected return, discounted by γ 0.99")
    #expect(
      claim {
        $0.discount = 1
        $0.discountedWeights = false
      } == "unbiased for the expected return")
    // What is learned from earlier batches adds variance at most.
    for estimator in [PolicyGradientEstimator.relax, .allAction, .lax, .scoreFunction] {
      #expect(
        claim {
          $0.estimator = estimator
          $0.normalizeObservations = true
          $0.controlVariate.objective = .fit
        }.hasPrefix("unbiased"))
    }
  }

  @Test func `is that entropies in the returns are part of what it is the gradient of`() {
    func entropic(_ change: (inout ActorCriticConfiguration) -> Void) -> String {
      claim {
        $0.entropyCoefficient = 0.15
        $0.entropyInReturns = true
        change(&$0)
      }
    }
    #expect(
      entropic { $0.discount = 1 }
        == "unbiased for the expected return plus 0.15 times the policy's entropy in each step")
    #expect(entropic { _ in }.hasSuffix("entropy in each step, discounted by γ 0.99"))
    #expect(
      entropic { $0.entropyCoefficient = 0 }.hasSuffix("expected return, discounted by γ 0.99"))
  }

  @Test func `is every reason against it`() {
    #expect(claim { $0.discountedWeights = false } == "biased: γ 0.99 without weights")
    #expect(claim { $0.entropyCoefficient = 0.01 } == "biased: entropy bonus 0.01")
    #expect(claim { $0.maxGradientNorm = 0.5 } == "biased: norm clipped to 0.5")
    #expect(
      claim { $0.normalizeRewards = true }
        == "biased: rewards scaled by running statistics and clipped")
    #expect(
      claim {
        $0.returns = .gae
        $0.discountedWeights = false
      } == "biased: gae with λ 0.95, γ 0.99 without weights")
    #expect(
      claim {
        $0.returns = .nStep
        $0.discount = 1
        $0.discountedWeights = false
      } == "biased: returns of 5 steps and then V")
    #expect(
      claim { $0.estimator = .reparameterization }
        == "biased: the slope of c in place of the reward's")
    #expect(!GradientClaim.learnedCritic.isUnbiased)
  }
}
