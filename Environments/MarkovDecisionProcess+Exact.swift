import GSL

/// What a policy is exactly worth over a finite horizon.
///
/// Shapes: H horizon, S states, A actions, row-major.
public struct ExactValues: Hashable, Sendable {
  /// J = E[Σ_t γ^t r_t], the expected discounted return from the start.
  public let expectedReturn: Double
  /// `[H + 1, S]`, V_t(s): expected discounted return from state s at time t; 0 at the horizon.
  public let stateValues: [Double]
  /// `[H, S, A]`, Q_t(s, a); 0 in terminal states.
  public let actionValues: [Double]
  /// `[H, S]`, the probability of being in state s at time t with the episode under way.
  public let occupancies: [Double]
}

/// How much a policy gradient counts later steps.
public enum GradientTarget: Hashable, Sendable {
  /// Factors γ^t: the gradient of J itself.
  case discounted
  /// No factor, as most implementations have it: Σ_t E[∇ log π · Q_γ]. The gradient of J only where
  /// γ = 1.
  case undiscounted
}

extension MarkovDecisionProcess {
  /// Evaluates a policy exactly, by dynamic programming over the horizon.
  ///
  /// - Parameters:
  ///   - policy: `[S, A]`, the probability of each action in each state.
  ///   - discount: γ in [0, 1].
  ///   - horizon: H, the number of steps after which an episode ends in any case; at least 1.
  /// - Returns: values, and how likely each state is at each time.
  /// - Complexity: O(H S² A).
  public func evaluate(policy: [Double], discount: Double, horizon: Int) -> ExactValues {
    insist(
      policy.count == stateCount * actionCount,
      "A policy needs \(stateCount * actionCount) probabilities but has \(policy.count).")
    insist(
      discount >= 0 && discount <= 1, "The discount must lie in [0, 1] but is \(discount).")
    insist(horizon > 0, "The horizon must be at least 1 but is \(horizon).")
    var values = Array(repeating: 0.0, count: (horizon + 1) * stateCount)
    var actionValues = Array(repeating: 0.0, count: horizon * stateCount * actionCount)
    for time in stride(from: horizon - 1, through: 0, by: -1) {
      for state in 0..<stateCount where !isTerminal[state] {
        var value = 0.0
        for action in 0..<actionCount {
          var sum = 0.0
          for next in 0..<stateCount {
            sum +=
              probability(of: next, after: action, in: state)
              * (reward(of: next, after: action, in: state)
                + discount * values[(time + 1) * stateCount + next])
          }
          actionValues[(time * stateCount + state) * actionCount + action] = sum
          value += policy[state * actionCount + action] * sum
        }
        values[time * stateCount + state] = value
      }
    }
    var expectedReturn = 0.0
    for state in 0..<stateCount { expectedReturn += initial[state] * values[state] }
    return ExactValues(
      expectedReturn: expectedReturn, stateValues: values, actionValues: actionValues,
      occupancies: occupancies(policy: policy, horizon: horizon))
  }

  private func occupancies(policy: [Double], horizon: Int) -> [Double] {
    var occupancies = Array(repeating: 0.0, count: horizon * stateCount)
    for state in 0..<stateCount { occupancies[state] = initial[state] }
    for time in 0..<horizon - 1 {
      for state in 0..<stateCount where !isTerminal[state] {
        for action in 0..<actionCount {
          let mass =
            occupancies[time * stateCount + state] * policy[state * actionCount + action]
          for next in 0..<stateCount where !isTerminal[next] {
            occupancies[(time + 1) * stateCount + next] +=
              mass * probability(of: next, after: action, in: state)
          }
        }
      }
    }
    return occupancies
  }

  /// The exact policy gradient with respect to the action probabilities.
  ///
  /// Σ_t w_t d_t(s) Q_t(s, a), with w_t = γ^t or 1: Sutton, McAllester, Singh and Mansour (2000). The
  /// gradient with respect to the parameters of a policy follows by the chain rule, through
  /// ∂π(a|s)/∂θ; entries of one state may be shifted by a constant, as probabilities sum to 1.
  ///
  /// - Parameters:
  ///   - policy: `[S, A]`, the probability of each action in each state.
  ///   - discount: γ in [0, 1].
  ///   - horizon: H, at least 1.
  ///   - target: whether later steps count less.
  /// - Returns: `[S, A]`, each entry's derivative with the others held fixed.
  public func policyGradient(
    policy: [Double], discount: Double, horizon: Int, target: GradientTarget = .discounted
  ) -> [Double] {
    let values = evaluate(policy: policy, discount: discount, horizon: horizon)
    var gradient = Array(repeating: 0.0, count: stateCount * actionCount)
    var weight = 1.0
    for time in 0..<horizon {
      for state in 0..<stateCount {
        let occupancy = values.occupancies[time * stateCount + state]
        for action in 0..<actionCount {
          let entry = state * actionCount + action
          gradient[entry] +=
            weight * occupancy
            * values.actionValues[time * stateCount * actionCount + entry]
        }
      }
      if target == .discounted { weight *= discount }
    }
    return gradient
  }
}
