/// Why a rollout stopped between two steps of its environments, before its end.
///
/// A shard that throws it keeps what it has, and goes on from there when it is told to act again. So does
/// a loop whose update threw it: it can be saved as it stands, and the next update is the rest of this
/// one, with the same result as if nothing had happened.
public enum RolloutPause: Error, Hashable, CustomStringConvertible {
  /// ``InterruptFlag`` was raised.
  case interrupted
  /// The rollout has taken as many steps as it may, without coming to an end by itself.
  case stepsReached

  /// Stops a rollout where it has to; to be called between two steps.
  ///
  /// - Parameters:
  ///   - steps: that every lane has taken in this rollout.
  ///   - lanes: of all shards together.
  ///   - limit: as `AgentShard.rolloutLimit` has it.
  /// - Throws: the reason.
  @inlinable
  public static func ifAsked(
    after steps: Int, of lanes: Int, limit: Int?
  ) throws(RolloutPause) {
    if InterruptFlag.asksToPause { throw .interrupted }
    if let limit, steps >= max(1, limit / lanes) { throw .stepsReached }
  }

  /// What happened.
  public var description: String {
    switch self {
    case .interrupted: "The update under way was interrupted."
    case .stepsReached: "The episodes under way have not ended within the steps they had."
    }
  }
}
