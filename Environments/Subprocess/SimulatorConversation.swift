import ReinforcementLearning

/// A process of a simulator that is spoken to request by request, in its own encoding.
///
/// Shapes: N environments, D numbers of an observation, C components of an action, A choices of a mask.
final class SimulatorConversation {
  private let simulator: Simulator
  private let connection: SimulatorConnection
  private let layout: MessageLayout
  private let encoder: RequestEncoder
  private let decoder: ReplyDecoder
  /// `[N, D]`, `[N, D]`, `[N, A]`, `[N]` and `[N]`: what the last reply about each environment had.
  private var observations: [Float]
  private var finalObservations: [Float]
  private var masks: [Float]
  private var rewards: [Double]
  private var outcomes: [Outcome]

  /// Starts a process and greets it.
  init(_ simulator: Simulator, count: Int) throws {
    self.simulator = simulator
    let description = simulator.description
    layout = MessageLayout(description)
    encoder = RequestEncoder(layout: layout, isBinary: description.isBinary)
    decoder = ReplyDecoder(layout)
    observations = Array(repeating: 0, count: count * layout.observationSize)
    finalObservations = observations
    masks = Array(repeating: 1, count: max(1, count * layout.maskSize))
    rewards = Array(repeating: 0, count: count)
    outcomes = Array(repeating: .ongoing, count: count)
    connection = try SimulatorConnection(
      simulator.words, prefix: "[env]", core: nil, variables: simulator.variables, show: nil)
    let encoding =
      description.isBinary ? SimulatorEncoding.binaryName : SimulatorEncoding.jsonName
    let hello = Hello(encodings: [encoding], envs: count)
    connection.greet(hello)
    wait(simulator.settings.startTimeout)
    do throws(SimulatorFault) {
      _ = try connection.takeGreeting(hello)
    } catch {
      throw EnvironmentError.simulatorFailure(
        environment: description.name, reason: "in answer to hello, it \(error.reason).")
    }
  }

  deinit { connection.close(patience: simulator.settings.closeTimeout) }

  private func wait(_ seconds: Double) {
    SimulatorConnection.wait(
      for: CollectionOfOne(connection), seconds: seconds,
      stop: .answering(simulator.stopSignal))
  }

  /// Begins episodes.
  func reset(_ environments: [Int32], seeds: [UInt64]) throws(SimulatorFault) {
    let id = connection.send { writer, id in
      encoder.writeReset(&writer, id: id, environments: environments, seeds: seeds)
    }
    wait(simulator.settings.resetTimeout)
    try take(.reset, environments, id)
  }

  /// Takes a step with actions, `[k, C]` as they travel.
  func step(
    _ environments: [Int32], actions: [UInt32], seeds: [UInt64]?
  ) throws(SimulatorFault) {
    let id = connection.send { writer, id in
      actions.withUnsafeBytes {
        encoder.writeStep(&writer, id: id, environments: environments, seeds: seeds, actions: $0)
      }
    }
    wait(simulator.settings.stepTimeout)
    try take(.step, environments, id)
  }

  private func take(_ kind: RequestKind, _ environments: [Int32], _ id: UInt32)
    throws(SimulatorFault)
  {
    let isBinary = connection.isBinary
    try connection.takeReply { bytes throws(SimulatorFault) in
      let problem = decode(bytes, kind, environments, id, isBinary: isBinary)
      if let problem { throw SimulatorFault(problem) }
    }
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, _ kind: RequestKind, _ environments: [Int32], _ id: UInt32,
    isBinary: Bool
  ) -> ReplyProblem? {
    environments.withUnsafeBufferPointer { lanes in
      observations.withUnsafeMutableBufferPointer { observations in
        finalObservations.withUnsafeMutableBufferPointer { finals in
          masks.withUnsafeMutableBufferPointer { masks in
            rewards.withUnsafeMutableBufferPointer { rewards in
              outcomes.withUnsafeMutableBufferPointer { outcomes -> ReplyProblem? in
                guard let observations = observations.baseAddress, let finals = finals.baseAddress,
                  let masks = masks.baseAddress, let rewards = rewards.baseAddress,
                  let outcomes = outcomes.baseAddress
                else { return nil }
                let destination = ReplyDestination(
                  lanes: lanes, observations: observations, masks: masks,
                  step: kind == .reset
                    ? nil
                    : ReplyDestination.Step(
                      finalObservations: finals, rewards: rewards, outcomes: outcomes))
                do throws(ReplyProblem) {
                  if isBinary {
                    try decoder.decode(frame: bytes, kind: kind, id: id, into: destination)
                  } else {
                    try decoder.decode(json: bytes, kind: kind, id: id, into: destination)
                  }
                  return nil
                } catch {
                  return error
                }
              }
            }
          }
        }
      }
    }
  }

  /// An allowed action of an environment, another one for another number where there are several.
  func someAction(_ environment: Int, _ number: Int) -> [UInt32] {
    switch simulator.description.actionSpace {
    case .box(let box):
      return zip(box.lower, box.upper).map { lower, upper in
        let (low, high) = (max(lower, -1), min(upper, 1))
        let value =
          low <= high ? low + (high - low) * Double(number % 4) / 4 : max(lower, min(0, upper))
        let whole = box.elementType.isWholeNumber ? value.rounded() : value
        return min(max(Float(whole), Float(lower)), Float(upper)).bitPattern
      }
    case .discrete, .multiDiscrete, .multiBinary:
      var offset = 0
      return simulator.description.actionSpace.choices.map { each in
        defer { offset += each.count }
        return UInt32(
          bitPattern: Int32(each.start + choice(environment, offset, each.count, number)))
      }
    }
  }

  private func choice(_ environment: Int, _ offset: Int, _ count: Int, _ number: Int) -> Int {
    guard layout.maskSize > 0 else { return number % count }
    let start = environment * layout.maskSize + offset
    let allowed = (0..<count).filter { masks[start + $0] != 0 }
    return allowed.isEmpty ? 0 : allowed[number % allowed.count]
  }

  /// How the last replies differ from those of another process, or nil.
  func difference(from other: SimulatorConversation) -> String? {
    for (index, value) in observations.enumerated() where value != other.observations[index] {
      return "environment \(index / layout.observationSize) shows \(value) in one case and "
        + "\(other.observations[index]) in the other"
    }
    for (index, value) in rewards.enumerated() where value != other.rewards[index] {
      return
        "environment \(index) gives the reward \(value) in one case and \(other.rewards[index]) in the other"
    }
    for (index, value) in outcomes.enumerated() where value != other.outcomes[index] {
      return
        "environment \(index) is \(value) in one case and \(other.outcomes[index]) in the other"
    }
    return masks == other.masks ? nil : "the masks differ"
  }
}
