import ReinforcementLearning

/// Stepping all lanes.
extension SubprocessEnvironments {
  /// Starts a step with whole-number actions.
  public func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    let start = monotonicSeconds()
    try requireReady(actionCount: actions.count)
    let isActive = { [lanes] (lane: Int) in lanes[lane].isActive }
    try actionBounds.requireInside(
      actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
      isActive: isActive)
    if layout.maskSize > 0 { try refuseMasked(actions) }
    actions.withUnsafeBytes { send($0.bindMemory(to: UInt32.self), atEnd: atEnd) }
    adapterSeconds = monotonicSeconds() - start
  }

  /// Starts a step with real actions.
  public func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    let start = monotonicSeconds()
    try requireReady(actionCount: actions.count)
    let isActive = { [lanes] (lane: Int) in lanes[lane].isActive }
    try actionBounds.requireInside(
      actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
      isActive: isActive)
    actions.withUnsafeBytes { send($0.bindMemory(to: UInt32.self), atEnd: atEnd) }
    adapterSeconds = monotonicSeconds() - start
  }

  private func send(_ actions: UnsafeBufferPointer<UInt32>, atEnd: EpisodeEnd) {
    let width = layout.actionElements
    for host in hosts {
      host.requested.removeAll(keepingCapacity: true)
      host.requestedLocally.removeAll(keepingCapacity: true)
      seeds.removeAll(keepingCapacity: true)
      packedActions.removeAll(keepingCapacity: true)
      for lane in host.lanes where lanes[lane].isActive && !lanes[lane].isLost {
        host.requested.append(Int32(lane))
        host.requestedLocally.append(Int32(lane - host.lanes.lowerBound))
        if atEnd == .startNext { seeds.append(lanes[lane].nextSeed) }
        for component in 0..<width { packedActions.append(actions[lane * width + component]) }
      }
      guard !host.requested.isEmpty, let connection = host.connection else { continue }
      host.requestID = connection.send { writer, id in
        packedActions.withUnsafeBytes {
          encoder.writeStep(
            &writer, id: id, environments: host.requestedLocally,
            seeds: atEnd == .startNext ? seeds : nil, actions: $0)
        }
      }
    }
    pendingEnd = atEnd
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard let atEnd = pendingEnd else {
      throw .outOfTurn(environment: name, reason: "finishStep needs a beginStep before it.")
    }
    let size = layout.observationSize
    try requireCount(observations.count, count * size, of: "observations")
    try requireCount(finalObservations.count, count * size, of: "final observations")
    try requireCount(rewards.count, count, of: "rewards")
    try requireCount(outcomes.count, count, of: "outcomes")
    pendingEnd = nil
    let start = monotonicSeconds()
    var waited = 0.0
    let stop = StopRequest.answering(simulator.stopSignal)
    if hosts.count == 1, let connection = hosts[0].connection, !hosts[0].requested.isEmpty {
      waited = SimulatorConnection.wait(
        for: CollectionOfOne(connection), seconds: simulator.settings.stepTimeout, stop: stop)
    } else {
      waited = SimulatorConnection.wait(
        for: hosts.filter { !$0.requested.isEmpty }.compactMap(\.connection),
        seconds: simulator.settings.stepTimeout, stop: stop)
    }
    for lane in lanes.indices {
      if !lanes[lane].isActive || lanes[lane].isLost {
        rewards[lane] = 0
        outcomes[lane] = .ongoing
      } else {
        // From here on it is the step of which errors speak.
        lanes[lane].step += 1
      }
    }
    var steps = 0
    for host in hosts where !host.requested.isEmpty {
      do throws(HostProblem) {
        try take(
          .step, from: host, observations: &observations, finalObservations: &finalObservations,
          rewards: &rewards, outcomes: &outcomes)
        try settle(
          host, atEnd, observations: &observations, finalObservations: finalObservations.span,
          rewards: rewards.span, outcomes: outcomes.span)
        steps += host.requested.count
        host.hasStepped = true
      } catch {
        try recover(host, from: error, in: "step")
      }
    }
    simulator.activity.add(
      steps: steps, adapterSeconds: adapterSeconds + monotonicSeconds() - start - waited,
      simulatorSeconds: waited)
    try replaceLostEpisodes(observations: &observations, rewards: &rewards, outcomes: &outcomes)
  }

  /// What follows from the results of a host's lanes.
  private func settle(
    _ host: SimulatorHost, _ atEnd: EpisodeEnd, observations: inout MutableSpan<Float>,
    finalObservations: Span<Float>, rewards: Span<Double>, outcomes: Span<Outcome>
  ) throws(HostProblem) {
    let size = layout.observationSize
    for requested in host.requested {
      let lane = Int(requested)
      guard rewards[lane].isFinite else {
        throw .error(
          .nonFiniteReward(
            environment: name, lane: firstLane + lane, episode: lanes[lane].episode,
            step: lanes[lane].step, value: rewards[lane]))
      }
      if outcomes[lane].isEnd {
        try requireFinite(lane, finalObservations)
        if atEnd == .startNext {
          lanes[lane].beginNext(seed: seed, lane: firstLane + lane, bits: seedBits)
        } else {
          lanes[lane].isActive = false
          for element in lane * size..<(lane + 1) * size {
            if observations[element] != finalObservations[element] { waitsElsewhere = true }
            observations[element] = finalObservations[element]
          }
        }
      } else if let stepLimit, lanes[lane].step >= stepLimit {
        throw .fault(
          .violation(
            ProtocolViolation(
              message: "step", field: "truncated",
              environment: host.requested.firstIndex(of: requested),
              expected: "true after max_episode_steps (\(stepLimit)) steps", received: "false")))
      }
      if lanes[lane].isActive {
        try requireFinite(lane, observations.span)
        try requireSomeAction(lane, .step, of: host)
      }
    }
  }

  /// Begins the episodes of lanes that lost theirs, and reports it.
  private func replaceLostEpisodes(
    observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard lanes.contains(where: \.isLost) else { return }
    // A crash in the middle of this makes further lanes lose theirs.
    while let first = lanes.firstIndex(where: \.isLost) {
      var lost: [Int] = []
      for lane in first..<count where lanes[lane].isLost {
        lanes[lane].isLost = false
        lost.append(lane)
        rewards[lane] = 0
        outcomes[lane] = .lost
      }
      simulator.activity.add(lostEpisodes: lost.count)
      try begin(lost, observations: &observations)
    }
  }
}
