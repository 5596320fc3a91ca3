/// Generalized advantage estimation over a rollout of T steps in N lanes.
///
/// δ_t = r_t + γ V(s_{t+1}) − V(s_t) and A_t = δ_t + γ λ A_{t+1}, both cut at the end of an episode;
/// Schulman et al. (2016), equations 11 to 16. With λ = 1 it is the n-step return minus V. A
/// terminated episode is worth nothing afterwards; a truncated one still has a future, which
/// `nextValues` gives.
///
/// - Parameters:
///   - rewards: `[T, N]`, the reward that followed each action.
///   - outcomes: `[T, N]`, how each step ended.
///   - values: `[T, N]`, V(s_t).
///   - nextValues: `[T, N]`, read where a step is truncated and in the last step: V of the
///     observation that followed.
///   - lanes: N.
///   - discount: γ in [0, 1].
///   - lambda: λ in [0, 1].
///   - advantages: `[T, N]`, receives A_t.
/// - Complexity: O(T N).
public func writeGeneralizedAdvantages(
  rewards: UnsafeBufferPointer<Float>, outcomes: UnsafeBufferPointer<Outcome>,
  values: UnsafeBufferPointer<Float>, nextValues: UnsafeBufferPointer<Float>, lanes: Int,
  discount: Float, lambda: Float, into advantages: UnsafeMutableBufferPointer<Float>
) {
  let last = rewards.count - lanes
  for start in stride(from: last, through: 0, by: -lanes) {
    for index in start..<start + lanes {
      var nextValue: Float = 0
      var nextAdvantage: Float = 0
      switch outcomes[index] {
      // What a lost episode gave is not to be used; here it only must not reach the one before.
      case .terminated, .lost: break
      case .truncated: nextValue = nextValues[index]
      case .ongoing where start == last: nextValue = nextValues[index]
      case .ongoing:
        nextValue = values[index + lanes]
        nextAdvantage = advantages[index + lanes]
      }
      let delta = rewards[index] + discount * nextValue - values[index]
      advantages[index] = delta + discount * lambda * nextAdvantage
    }
  }
}

/// The discounted return that followed each step of an episode.
///
/// G_t = r_t + γ G_{t+1}; Sutton and Barto (2018), equation 3.9.
///
/// - Parameters:
///   - rewards: `[T]`, the reward that followed each action.
///   - discount: γ in [0, 1]; 1 gives the plain sum.
///   - tailValue: value of the observation after the last step. Pass 0 when the episode terminated;
///     a truncated episode still has a future and needs the critic's estimate.
/// - Returns: `[T]`, aligned with `rewards`; empty when `rewards` is.
/// - Complexity: O(T).
public func discountedReturns(
  of rewards: [Float], discount: Float, tailValue: Float = 0
) -> [Float] {
  var returns = rewards
  var following = tailValue
  for step in rewards.indices.reversed() {
    following = rewards[step] + discount * following
    returns[step] = following
  }
  return returns
}
