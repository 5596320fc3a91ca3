import Networks

/// Sums along the episodes.
extension Experience {
  /// Computes a number of each row from that of its successor, from the last row back.
  ///
  /// - Parameters:
  ///   - result: `[R]`, receives the numbers; of as many rows as there is memory for.
  ///   - last: what stands for the successor's number where there is none.
  ///   - body: given the row and the number of its successor.
  public func scanBackward(
    into result: ExperienceColumn<Float>, startingFrom last: Float = 0,
    _ body: (_ row: Int, _ following: Float) -> Float
  ) {
    let out = result.elements(0..<count)
    let steps = steps
    for row in stride(from: out.count - 1, through: 0, by: -1) {
      let next = Int(steps[row].successor)
      out[row] = body(row, next >= 0 ? out[next] : last)
    }
  }

  /// Computes a number of each row from that of its predecessor, from the first row on.
  ///
  /// - Parameters:
  ///   - result: `[R]`, receives the numbers; of as many rows as there is memory for.
  ///   - first: the number of a row that has no predecessor.
  ///   - body: given the row and the number of its predecessor.
  public func scanForward(
    into result: ExperienceColumn<Float>, startingFrom first: Float,
    _ body: (_ row: Int, _ preceding: Float) -> Float
  ) {
    let out = result.elements(0..<count)
    let steps = steps
    for row in 0..<out.count {
      let previous = Int(steps[row].predecessor)
      out[row] = previous >= 0 ? body(row, out[previous]) : first
    }
  }

  /// Gives every row the same weight, and rows of lost episodes none.
  ///
  /// - Parameters:
  ///   - weight: one over the rows of all shards together, say, for a mean.
  ///   - weights: `[R]`, receives it.
  public func writeWeights(_ weight: Float, into weights: ExperienceColumn<Float>) {
    for (row, step) in steps.enumerated() { weights[row] = step.isLost ? 0 : weight }
  }

  /// The discounted return that followed each row.
  ///
  /// G_t = r_t + γ G_{t+1}; Sutton and Barto (2018), equation 3.9. Nothing follows the last row of an
  /// episode, or of the experience.
  ///
  /// - Parameters:
  ///   - discount: γ in [0, 1].
  ///   - returns: `[R]`, receives G_t.
  public func writeReturns(discount: Float, into returns: ExperienceColumn<Float>) {
    let rewards = rewards.elements(0..<count)
    scanBackward(into: returns) { row, following in rewards[row] + discount * following }
  }

  /// Generalized advantage estimation.
  ///
  /// δ_t = r_t + γ V(s_{t+1}) − V(s_t) and A_t = δ_t + γ λ A_{t+1}, both cut at the end of an episode;
  /// Schulman et al. (2016), equations 11 to 16. With λ = 1 it is the n-step return minus V. A
  /// terminated episode is worth nothing afterwards; a truncated one still has a future, which
  /// `nextValues` gives.
  ///
  /// - Parameters:
  ///   - values: `[R]`, V(s_t).
  ///   - nextValues: `[R]`, read where a row has no successor: V of the observation that followed, 0
  ///     after a terminated episode. What a lost episode gave is not to be used.
  ///   - discount: γ in [0, 1].
  ///   - lambda: λ in [0, 1].
  ///   - advantages: `[R]`, receives A_t.
  /// - Complexity: O(R).
  public func writeGeneralizedAdvantages(
    values: ExperienceColumn<Float>, nextValues: ExperienceColumn<Float>, discount: Float,
    lambda: Float, into advantages: ExperienceColumn<Float>
  ) {
    let (rewards, values) = (rewards.elements(0..<count), values.elements(0..<count))
    let nextValues = nextValues.elements(0..<count)
    let out = advantages.elements(0..<count)
    let steps = steps
    for row in stride(from: out.count - 1, through: 0, by: -1) {
      let next = Int(steps[row].successor)
      let nextValue = next >= 0 ? values[next] : nextValues[row]
      let following: Float = next >= 0 ? out[next] : 0
      let delta = rewards[row] + discount * nextValue - values[row]
      out[row] = delta + discount * lambda * following
    }
  }
}
