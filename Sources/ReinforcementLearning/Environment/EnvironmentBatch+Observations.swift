/// Beginning episodes and taking steps, with observations as the environment gives them or as numbers.
extension EnvironmentBatch {
  /// Begins a new episode in every lane.
  public func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try begin(all: true, numbers: &observations)
  }

  /// Begins a new episode in every lane.
  public func reset(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    try begin(all: true, bytes: &observations)
  }

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try begin(all: false, numbers: &observations)
  }

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    try begin(all: false, bytes: &observations)
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    let atEnd = try requireStep(
      observations.count, finalObservations.count, rewards.count, outcomes.count)
    if E.Observation.self == Float.self {
      pendingEnd = nil
      observations.withUnsafeMutableBytes { rows in
        finalObservations.withUnsafeMutableBytes { finals in
          E.stepLanes(
            &lanes, atEnd: atEnd, observations: rows, finalObservations: finals,
            rewards: &rewards, outcomes: &outcomes)
        }
      }
    } else {
      try stepBytes(
        atEnd, &observations, &finalObservations, &rewards, &outcomes)
    }
    if let fault = lanes.fault { throw fault.error(environment: name, firstLane: firstLane) }
    if !observations.span.areAllFinite { try requireFiniteObservations(observations.span) }
    try requireFiniteRewards(rewards.span)
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<UInt8>, finalObservations: inout MutableSpan<UInt8>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    let atEnd = try requireStep(
      observations.count, finalObservations.count, rewards.count, outcomes.count)
    guard givesBytes else { throw .noBytes(environment: name) }
    pendingEnd = nil
    observations.withUnsafeMutableBytes { rows in
      finalObservations.withUnsafeMutableBytes { finals in
        E.stepLanes(
          &lanes, atEnd: atEnd, observations: rows, finalObservations: finals,
          rewards: &rewards, outcomes: &outcomes)
      }
    }
    if let fault = lanes.fault { throw fault.error(environment: name, firstLane: firstLane) }
    try requireFiniteRewards(rewards.span)
  }

  private func begin(
    all: Bool, numbers observations: inout MutableSpan<Float>
  ) throws(EnvironmentError) {
    try requireBeginning(observations.count)
    if E.Observation.self == Float.self {
      observations.withUnsafeMutableBytes { begin(all: all, $0) }
    } else {
      guard givesBytes else { throw .noBytes(environment: name) }
      let begins = (0..<count).map { all || !lanes.clocks[$0].isActive }
      native.present.withUnsafeMutableBytes { begin(all: all, $0) }
      write(native.present, to: &observations) { begins[$0] }
    }
    try requireFiniteObservations(observations.span)
  }

  private func begin(
    all: Bool, bytes observations: inout MutableSpan<UInt8>
  ) throws(EnvironmentError) {
    try requireBeginning(observations.count)
    guard givesBytes else { throw .noBytes(environment: name) }
    observations.withUnsafeMutableBytes { begin(all: all, $0) }
  }

  private func requireBeginning(_ observations: Int) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(observations, count * observationSize, of: "observations")
  }

  /// - Parameters:
  ///   - all: whether episodes under way are dropped.
  ///   - observations: memory of the environment's own type of observation; it goes no further.
  private func begin(all: Bool, _ observations: UnsafeMutableRawBufferPointer) {
    var rows = observations.assumingMemoryBound(to: E.Observation.self).mutableSpan
    lanes.begin(all: all, observations: &rows)
    lanes.fault = nil
  }

  /// What the step does at an episode's end, if all is as it must be.
  private func requireStep(
    _ observations: Int, _ finalObservations: Int, _ rewards: Int, _ outcomes: Int
  ) throws(EnvironmentError) -> EpisodeEnd {
    guard let atEnd = pendingEnd else {
      throw .outOfTurn(environment: name, reason: "finishStep needs a beginStep before it.")
    }
    try requireCount(observations, count * observationSize, of: "observations")
    try requireCount(finalObservations, count * observationSize, of: "final observations")
    try requireCount(rewards, count, of: "rewards")
    try requireCount(outcomes, count, of: "outcomes")
    return atEnd
  }

  /// Steps environments that give bytes for a caller who wants numbers.
  private func stepBytes(
    _ atEnd: EpisodeEnd, _ observations: inout MutableSpan<Float>,
    _ finalObservations: inout MutableSpan<Float>, _ rewards: inout MutableSpan<Double>,
    _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard givesBytes else { throw .noBytes(environment: name) }
    pendingEnd = nil
    let wasActive = lanes.clocks.map(\.isActive)
    // Out of the object for the time of the step: two accesses to one property would overlap.
    var (present, final) = native
    native = ([], [])
    present.withUnsafeMutableBytes { rows in
      final.withUnsafeMutableBytes { finals in
        E.stepLanes(
          &lanes, atEnd: atEnd, observations: rows, finalObservations: finals,
          rewards: &rewards, outcomes: &outcomes)
      }
    }
    native = (present, final)
    let ended = (0..<count).map { outcomes[$0].isEnd }
    write(present, to: &observations) { wasActive[$0] }
    write(final, to: &finalObservations) { ended[$0] }
  }

  /// Writes rows of bytes as numbers from 0 to 255.
  private func write(
    _ rows: [E.Observation], to target: inout MutableSpan<Float>, where isWritten: (Int) -> Bool
  ) {
    let width = observationSize
    for lane in 0..<count where isWritten(lane) {
      // One row at a time: a call for each element costs more than the environment.
      E.Observation.write(
        rows.span.extracting(lane * width..<(lane + 1) * width), to: &target, at: lane * width)
    }
  }
}
