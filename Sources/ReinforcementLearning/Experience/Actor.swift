/// What chooses the actions of a shard's lanes, for a collector.
public protocol Actor: AnyObject {
  /// Chooses an action for each lane.
  ///
  /// - Parameters:
  ///   - rows: `[N]`, one for each lane. Their observations, and masks where there are any, are there.
  ///   - experience: receives in these rows the column `action` and what else belongs to the agent.
  /// - Throws: what it cannot act on.
  func act(on rows: Range<Int>, of experience: Experience) throws

  /// Takes note of how the step ended.
  ///
  /// - Parameter outcomes: `[N]`.
  func finishStep(_ outcomes: Span<Outcome>)

  /// Does again what acting left behind outside the experience, for rows that were read back.
  ///
  /// - Parameters:
  ///   - rows: those of whole steps.
  ///   - experience: which has all of their columns.
  func recall(_ rows: Range<Int>, of experience: Experience)
}

extension Actor {
  /// Nothing: each step is chosen by itself.
  public func finishStep(_ outcomes: Span<Outcome>) {}

  /// Nothing: all that is used later is in the experience.
  public func recall(_ rows: Range<Int>, of experience: Experience) {}
}
