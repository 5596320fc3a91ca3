import ReinforcementLearning

/// From the replies of processes to the caller's memory.
extension SubprocessEnvironments {
  func take(
    _ kind: RequestKind, from host: SimulatorHost, observations: inout MutableSpan<Float>
  ) throws(HostProblem) {
    try observations.withUnsafeMutableBufferPointer { observations throws(HostProblem) in
      guard let observations = observations.baseAddress else { return }
      try take(kind, from: host, observations: observations, step: nil)
    }
  }

  func take(
    _ kind: RequestKind, from host: SimulatorHost, observations: inout MutableSpan<Float>,
    finalObservations: inout MutableSpan<Float>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) throws(HostProblem) {
    // The pointers stay inside these closures. `finishStep` has checked the sizes, and the decoder
    // writes rows of requested lanes alone.
    try observations.withUnsafeMutableBufferPointer { observations throws(HostProblem) in
      try finalObservations.withUnsafeMutableBufferPointer { finals throws(HostProblem) in
        try rewards.withUnsafeMutableBufferPointer { rewards throws(HostProblem) in
          try outcomes.withUnsafeMutableBufferPointer { outcomes throws(HostProblem) in
            guard let observations = observations.baseAddress, let finals = finals.baseAddress,
              let rewards = rewards.baseAddress, let outcomes = outcomes.baseAddress
            else { return }
            try take(
              kind, from: host, observations: observations,
              step: ReplyDestination.Step(
                finalObservations: finals, rewards: rewards, outcomes: outcomes))
          }
        }
      }
    }
  }

  func take(
    _ kind: RequestKind, from host: SimulatorHost, observations: UnsafeMutablePointer<Float>,
    step: ReplyDestination.Step?
  ) throws(HostProblem) {
    guard let connection = host.connection, let masks = masks.baseAddress else { return }
    do throws(SimulatorFault) {
      try connection.takeReply { bytes throws(SimulatorFault) in
        do throws(ReplyProblem) {
          try host.requested.withUnsafeBufferPointer { lanes throws(ReplyProblem) in
            let destination = ReplyDestination(
              lanes: lanes, observations: observations, masks: masks, step: step)
            if connection.isBinary {
              try decoder.decode(frame: bytes, kind: kind, id: host.requestID, into: destination)
            } else {
              try decoder.decode(json: bytes, kind: kind, id: host.requestID, into: destination)
            }
          }
        } catch {
          throw SimulatorFault(error)
        }
      }
    } catch {
      throw .fault(error)
    }
    host.countAnswer()
  }

  /// Throws unless a lane's mask allows something in every choice.
  func requireSomeAction(_ lane: Int, _ kind: RequestKind, of host: SimulatorHost)
    throws(HostProblem)
  {
    guard layout.maskSize > 0 else { return }
    var start = lane * layout.maskSize
    for (element, count) in layout.maskCounts.enumerated() {
      guard masks[start..<start + count].contains(where: { $0 != 0 }) else {
        throw .fault(
          .violation(
            ProtocolViolation(
              message: kind.name, field: "mask",
              environment: host.requested.firstIndex(of: Int32(lane)),
              expected: "a list with a 1 for at least one action of each choice",
              received: layout.maskCounts.count == 1
                ? "one that allows no action"
                : "one that allows no value of element \(element) of the action")))
      }
      start += count
    }
  }

  func requireFinite(_ lane: Int, _ rows: Span<Float>) throws(HostProblem) {
    let size = layout.observationSize
    let row = rows.extracting(lane * size..<(lane + 1) * size)
    guard !row.areAllFinite, let element = row.indices.first(where: { !row[$0].isFinite }) else {
      return
    }
    throw .error(
      .nonFiniteObservation(
        environment: name, lane: firstLane + lane, episode: lanes[lane].episode,
        step: lanes[lane].step, element: element, value: Double(row[element])))
  }

  /// Says which actions the current observations allow.
  public func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    guard let width = actionSpace.maskSize else {
      throw .wrongActionKind(
        environment: name, actionSpace: actionSpace, received: "a question for action masks")
    }
    try requireCount(masks.count, count * width, of: "action masks")
    for index in masks.indices { masks[index] = layout.maskSize > 0 ? self.masks[index] : 1 }
  }
}
