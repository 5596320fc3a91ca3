/// Whether the expectation of an agent's policy gradient is the gradient of what it is to maximize, and if
/// not, why.
///
/// It is about the gradient, before an optimizer makes a step of it. What the claim holds for is the
/// task as it is trained in: an episode ends where its step limit strikes.
public struct GradientClaim: Hashable, Sendable, CustomStringConvertible {
  /// What an unbiased gradient is the gradient of.
  public let objective: String
  /// What biases it, in the order in which it does so; empty for an unbiased one.
  public let biases: [String]

  private let isClaimed: Bool

  /// A claim about a gradient.
  public init(objective: String, biases: [String]) {
    self.init(objective, biases, isClaimed: true)
  }

  private init(_ objective: String, _ biases: [String], isClaimed: Bool) {
    self.objective = objective
    self.biases = biases
    self.isClaimed = isClaimed
  }

  /// Of an agent that says nothing about its gradient.
  public static let unclaimed = GradientClaim("", [], isClaimed: false)

  /// Whether it is claimed that nothing biases it.
  public var isUnbiased: Bool { isClaimed && biases.isEmpty }

  /// For example `biased: gae with λ 0.95, γ 0.99 without weights`.
  public var description: String {
    !isClaimed
      ? "not claimed to be unbiased"
      : isUnbiased ? "unbiased for the \(objective)" : "biased: " + biases.joined(separator: ", ")
  }
}

extension ActorCriticConfiguration {
  /// What these settings make of the policy's gradient.
  ///
  /// Neither V nor a control variate is among the biases, nor is the normalization of observations: all of
  /// them are those from before the batch. The unweighted sum with γ < 1 is the gradient of nothing.
  ///
  /// A bonus for the entropy of the present step alone leaves out that an action also leads to states in which
  /// the policy has more entropy or less; with the entropies in the returns it is the objective E[Σ r + τ H],
  /// whose gradient is exact in H wherever the policy's entropy has a closed form.
  public var gradient: GradientClaim {
    var biases: [String] = []
    if let bias = estimator.bias { biases.append(bias) }
    switch returns {
    case .monteCarlo: break
    case .gae: biases.append("gae with λ \(gaeLambda.shortest)")
    case .episodeGAE where gaeLambda < 1: biases.append("gae with λ \(gaeLambda.shortest)")
    case .episodeGAE: break
    case .nStep:
      biases.append("returns of \(rolloutSteps) \(rolloutSteps == 1 ? "step" : "steps") and then V")
    }
    if discount < 1 && !discountedWeights {
      biases.append("γ \(discount.shortest) without weights")
    }
    if entropyCoefficient != 0 && !entropyInReturns {
      biases.append("entropy bonus \(entropyCoefficient.shortest)")
    }
    if normalizeRewards { biases.append("rewards scaled by running statistics and clipped") }
    if maxGradientNorm > 0 { biases.append("norm clipped to \(maxGradientNorm.shortest)") }
    if network.hasSharedTorso && network.valueWeight != 0 && value.baseline {
      biases.append("V's gradient in the shared torso")
    }
    var objective = "expected return"
    if entropyInReturns && entropyCoefficient != 0 {
      objective += " plus \(entropyCoefficient.shortest) times the policy's entropy in each step"
    }
    if discount < 1 { objective += ", discounted by γ \(discount.shortest)" }
    return GradientClaim(objective: objective, biases: biases)
  }

  /// The settings, each `key=value`, that make the gradient of any of the estimators but
  /// `reparameterization` an unbiased one.
  public static let unbiasedSettings = [
    "returns=monte-carlo", "discounted_weights=true", "entropy_coefficient=0",
    "normalize_rewards=false", "max_gradient_norm=0", "network.value_weight=0",
  ]
}

extension GradientClaim {
  /// That of a learned critic, on transitions of earlier policies: `ddpg`, `td3` and `sac`.
  package static let learnedCritic = GradientClaim(
    objective: "expected return",
    biases: ["the slope of a learned critic", "states of earlier policies"])

  /// That of an agent without a policy of its own: `dqn`.
  package static let learnedValues = GradientClaim(
    objective: "expected return",
    biases: ["greedy by learned values", "states of earlier policies"])
}

extension Double {
  /// Without a fraction where there is none.
  fileprivate var shortest: String {
    self == rounded() && magnitude < 1e15 ? String(Int(self)) : "\(self)"
  }
}
