import GSL

/// Beginning episodes and taking steps, with observations as the environment gives them or as numbers.
extension EnvironmentBatch {
  /// Begins a new episode in every lane.
  public func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try begin(all: true, &observations)
  }

  /// Begins a new episode in every lane.
  public func reset(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    try begin(all: true, &observations)
  }

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try begin(all: false, &observations)
  }

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    try begin(all: false, &observations)
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try finish(&observations, &finalObservations, &rewards, &outcomes)
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<UInt8>, finalObservations: inout MutableSpan<UInt8>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try finish(&observations, &finalObservations, &rewards, &outcomes)
  }

  private func begin<Element: ObservationElement>(
    all: Bool, _ observations: inout MutableSpan<Element>
  ) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(observations.count, count * observationSize, of: "observations")
    let begins = (0..<count).map { all || !lanes.clocks[$0].isActive }
    if Element.self == E.Observation.self {
      observations.withUnsafeMutableBufferPointer { rows in
        var span = Self.native(rows).mutableSpan
        lanes.begin(all: all, observations: &span)
      }
    } else {
      guard givesBytes else { throw .noBytes(environment: name) }
      var span = native.present.mutableSpan
      lanes.begin(all: all, observations: &span)
      write(native.present, to: &observations) { begins[$0] }
    }
    lanes.fault = nil
    try requireFiniteObservations(observations.span)
  }

  private func finish<Element: ObservationElement>(
    _ observations: inout MutableSpan<Element>, _ finalObservations: inout MutableSpan<Element>,
    _ rewards: inout MutableSpan<Double>, _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard let atEnd = pendingEnd else {
      throw .outOfTurn(environment: name, reason: "finishStep needs a beginStep before it.")
    }
    try requireCount(observations.count, count * observationSize, of: "observations")
    try requireCount(finalObservations.count, count * observationSize, of: "final observations")
    try requireCount(rewards.count, count, of: "rewards")
    try requireCount(outcomes.count, count, of: "outcomes")
    if Element.self == E.Observation.self {
      pendingEnd = nil
      observations.withUnsafeMutableBufferPointer { rows in
        finalObservations.withUnsafeMutableBufferPointer { final in
          var rows = Self.native(rows).mutableSpan
          var final = Self.native(final).mutableSpan
          E.stepLanes(
            &lanes, atEnd: atEnd, observations: &rows, finalObservations: &final,
            rewards: &rewards, outcomes: &outcomes)
        }
      }
    } else {
      guard givesBytes else { throw .noBytes(environment: name) }
      pendingEnd = nil
      let wasActive = lanes.clocks.map(\.isActive)
      stepNative(atEnd, &rewards, &outcomes)
      write(native.present, to: &observations) { wasActive[$0] }
      let ended = (0..<count).map { outcomes[$0].isEnd }
      write(native.final, to: &finalObservations) { ended[$0] }
    }
    if let fault = lanes.fault { throw fault.error(environment: name, firstLane: firstLane) }
    try requireFiniteObservations(observations.span)
    try requireFiniteRewards(rewards.span)
  }

  private func stepNative(
    _ atEnd: EpisodeEnd, _ rewards: inout MutableSpan<Double>,
    _ outcomes: inout MutableSpan<Outcome>
  ) {
    // Out of the object for the time of the step: two spans of one property would overlap.
    var (present, final) = native
    native = ([], [])
    var rows = present.mutableSpan
    var finals = final.mutableSpan
    E.stepLanes(
      &lanes, atEnd: atEnd, observations: &rows, finalObservations: &finals, rewards: &rewards,
      outcomes: &outcomes)
    native = (present, final)
  }

  /// Writes rows of bytes as numbers from 0 to 255.
  private func write<Element: ObservationElement>(
    _ rows: [E.Observation], to target: inout MutableSpan<Element>, where isWritten: (Int) -> Bool
  ) {
    let width = observationSize
    for lane in 0..<count where isWritten(lane) {
      for index in lane * width..<(lane + 1) * width {
        target[index] = Element(exactly: Int(rows[index].number)) ?? 0
      }
    }
  }

  /// Memory of the environment's own type of observation under that name; the types must be the same.
  private static func native<Element>(
    _ rows: UnsafeMutableBufferPointer<Element>
  ) -> UnsafeMutableBufferPointer<E.Observation> {
    insist(Element.self == E.Observation.self, "\(Element.self) is not \(E.Observation.self).")
    // Bound to this very type already; it goes no further than the call it is made for.
    return UnsafeMutableBufferPointer(
      start: rows.baseAddress.map {
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: E.Observation.self)
      }, count: rows.count)
  }
}
