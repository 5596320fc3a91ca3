/// How a batch steps environments: what every `Environment` has, with nothing to be implemented.
///
/// It is a protocol beneath `Environment` because the batch's inner loop must be compiled for the
/// environment's own type. A requirement is compiled where an environment conforms, so that the loop is
/// as fast behind `any VectorEnvironment` as it is with the type in sight.
public protocol LaneStepping: Sendable {
  /// What an agent does in a step.
  associatedtype Action: EnvironmentAction
  /// What an observation consists of.
  associatedtype Observation: ObservationElement

  /// Steps two environments, with exactly the results of two calls of `step`.
  ///
  /// The default is those two calls. Where arithmetic takes most of a step's time, doing both in the
  /// two halves of a `SIMD2<Double>` halves it.
  static func stepPair(
    _ first: inout Self, _ second: inout Self, actions: (Action, Action),
    firstObservation: inout MutableSpan<Observation>,
    secondObservation: inout MutableSpan<Observation>
  ) -> (Transition, Transition)

  /// Steps every lane of a batch.
  ///
  /// Observations are memory of `Observation`, as whoever calls it has made sure: a type of their own would
  /// be asked for at every step.
  static func stepLanes(
    _ lanes: inout EnvironmentLanes<Self>, atEnd: EpisodeEnd,
    observations: UnsafeMutableRawBufferPointer, finalObservations: UnsafeMutableRawBufferPointer,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>)
}

extension Environment {
  /// One after the other.
  @inlinable
  @inline(__always)
  public static func stepPair(
    _ first: inout Self, _ second: inout Self, actions: (Action, Action),
    firstObservation: inout MutableSpan<Observation>,
    secondObservation: inout MutableSpan<Observation>
  ) -> (Transition, Transition) {
    let one = first.step(actions.0, observation: &firstObservation)
    let other = second.step(actions.1, observation: &secondObservation)
    return (one, other)
  }

  /// The batch's inner loop.
  @inlinable
  public static func stepLanes(
    _ lanes: inout EnvironmentLanes<Self>, atEnd: EpisodeEnd,
    observations: UnsafeMutableRawBufferPointer, finalObservations: UnsafeMutableRawBufferPointer,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) {
    // They go no further than this call.
    var rows = observations.assumingMemoryBound(to: Observation.self).mutableSpan
    var finals = finalObservations.assumingMemoryBound(to: Observation.self).mutableSpan
    lanes.step(
      atEnd: atEnd, observations: &rows, finalObservations: &finals, rewards: &rewards,
      outcomes: &outcomes)
  }
}
