import Glibc
import ReinforcementLearning

/// What is refused, what failed, and how a process is replaced.
extension SubprocessEnvironments {
  func requireNoStep() throws(EnvironmentError) {
    guard pendingEnd == nil else {
      throw .outOfTurn(
        environment: name, reason: "a step is under way; call finishStep before anything else.")
    }
  }

  func requireCount(_ received: Int, _ expected: Int, of what: String) throws(EnvironmentError) {
    guard received == expected else {
      throw .wrongShape(environment: name, what: what, expected: expected, received: received)
    }
  }

  func requireReady(actionCount: Int) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(actionCount, count * actionSize, of: "actions")
    guard hosts.allSatisfy({ $0.connection != nil }) else {
      throw .outOfTurn(environment: name, reason: "a simulator has failed; call reset first.")
    }
    guard lanes.contains(where: \.isActive) else {
      throw .noEpisode(environment: name, lane: count == 1 ? firstLane : nil)
    }
  }

  /// Throws for the first lane, among those not waiting, whose action its mask forbids.
  func refuseMasked(_ actions: Span<Int32>) throws(EnvironmentError) {
    let choices = actionSpace.choices
    for lane in lanes.indices where lanes[lane].isActive && !lanes[lane].isLost {
      var offset = lane * layout.maskSize
      for (component, choice) in choices.enumerated() {
        let action = Int(actions[lane * actionSize + component])
        guard masks[offset + action - choice.start] != 0 else {
          let allowed = (0..<choice.count).filter { masks[offset + $0] != 0 }
          throw .maskedAction(
            environment: name, lane: firstLane + lane, action: action,
            allowed: allowed.map { $0 + choice.start },
            element: actionSize > 1 ? component : nil)
        }
        offset += choice.count
      }
    }
  }

  /// An error that says what the simulator did, where, and what it last said.
  ///
  /// The environment in a violation is a row of the request; the error names the lane, the episode and
  /// the step, too.
  func failure(
    _ fault: SimulatorFault, of host: SimulatorHost, in request: String
  ) -> EnvironmentError {
    var place = "\(host.prefix), in \(request)"
    if let lane = lane(of: fault, host) {
      place =
        "lane \(firstLane + lane), episode \(lanes[lane].episode), step \(lanes[lane].step), in "
        + "the reply to \(request)"
    }
    if case .interrupted = fault {
      return .interrupted(environment: name, reason: "\(place), it \(fault.reason).")
    }
    host.connection?.drainErrors()
    let details = fault.details.map { "\n  | \($0)" }.joined()
    let words = host.connection?.quotation ?? ""
    return .simulatorFailure(
      environment: name, reason: "\(place): it \(fault.reason).\(details)\(words)")
  }

  /// The lane that a fault is about, where it is about one.
  private func lane(of fault: SimulatorFault, _ host: SimulatorHost) -> Int? {
    switch fault {
    case .violation(let violation):
      guard let row = violation.environment, host.requested.indices.contains(row) else {
        return nil
      }
      return Int(host.requested[row])
    case .crashed(_, _, let environment): return lane(environment, host)
    case .refused(let error): return lane(error.environment, host)
    case .late, .interrupted: return nil
    }
  }

  /// The lane that a process calls by this number.
  private func lane(_ environment: Int?, _ host: SimulatorHost) -> Int? {
    guard let environment, (0..<host.lanes.count).contains(environment) else { return nil }
    return host.lanes.lowerBound + environment
  }

  /// Replaces a process where that helps.
  func recover(
    _ host: SimulatorHost, from problem: HostProblem, in request: String
  ) throws(EnvironmentError) {
    switch problem {
    case .fault(let fault): try recover(host, from: fault, in: request)
    case .error(let error): throw error
    }
  }

  /// Replaces a process that crashed or hangs; its lanes lose their episodes.
  ///
  /// A program that never gets through a step has a mistake in it that another start does not mend, and so has
  /// one that fails twice in the same way at the same point: those end the run.
  ///
  /// - Throws: the fault, where a fresh process is no answer or none is left.
  func recover(
    _ host: SimulatorHost, from fault: SimulatorFault, in request: String
  ) throws(EnvironmentError) {
    var fault = fault
    var request = request
    while true {
      let error = failure(fault, of: host, in: request)
      let place = lane(of: fault, host).map { lanes[$0].step } ?? host.answers
      let isRepeated = host.repeats(
        SimulatorHost.Failure(reason: fault.reason, request: request, place: place))
      host.discard()
      guard fault.isRecoverable else { throw error }
      let settings = simulator.settings
      guard !settings.strict else { throw error.adding("With --strict it is not started again.") }
      guard host.hasStepped else {
        throw error.adding("It never completed a step, so it is not started again.")
      }
      guard !isRepeated else {
        throw error.adding(
          "That is twice in the same way at the same point, so it is not started again.")
      }
      guard simulator.activity.takeRestart(of: settings.restarts) else {
        throw error.adding(
          "The \(settings.restarts) restarts that --env-restarts allows are used up.")
      }
      for lane in host.lanes where lanes[lane].isActive { lanes[lane].isLost = true }
      let pause = host.pauseBeforeRestart()
      simulator.show?(
        "\(error.reasonAlone) It is started again"
          + (pause > 0 ? " after \(Int(pause)) s" : "") + "; its episodes do not count.")
      let stop = StopRequest.starting(simulator.stopSignal)
      guard stop.pause(seconds: pause) else {
        throw .interrupted(
          environment: name, reason: "\(host.prefix), it was to be started again in a while.")
      }
      do {
        try host.start()
        if let connection = host.connection {
          SimulatorConnection.wait(
            for: CollectionOfOne(connection), seconds: settings.startTimeout, stop: stop)
        }
        try host.finishStart()
        return
      } catch let next {
        fault = next
        request = "its start"
      }
    }
  }
}

extension EnvironmentError {
  /// The first line of a simulator's failure.
  fileprivate var reasonAlone: String {
    guard case .simulatorFailure(_, let reason) = self else { return "\(self)" }
    return String(reason.split(separator: "\n").first ?? "")
  }

  /// The failure with one more sentence, before what the simulator last said.
  fileprivate func adding(_ sentence: String) -> EnvironmentError {
    guard case .simulatorFailure(let environment, let reason) = self else { return self }
    var lines = reason.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines[0] += " \(sentence)"
    return .simulatorFailure(environment: environment, reason: lines.joined(separator: "\n"))
  }
}
