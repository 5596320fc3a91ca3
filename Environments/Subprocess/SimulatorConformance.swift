import Glibc
import ReinforcementLearning

/// What a simulator has to keep besides the contract of a vector environment, tried message by message.
///
/// Each check returns what it found.
package enum SimulatorConformance {
  /// What became of a rule.
  package enum Finding: Hashable {
    case kept
    case broken(String)
    /// Not tried, or seen and allowed.
    case note(String)
  }

  /// Whether the simulator refuses an action outside the space, as it may: the trainer sends none.
  package static func refusalOfActions(_ simulator: Simulator) throws -> Finding {
    guard let outsider = outsider(of: simulator.description.actionSpace) else {
      return .note("not tried: every number is an action")
    }
    let conversation = try SimulatorConversation(simulator, count: 1)
    do throws(SimulatorFault) {
      try conversation.reset([0], seeds: [1])
    } catch {
      return .broken("a reset failed: it \(error.reason)")
    }
    do throws(SimulatorFault) {
      try conversation.step([0], actions: outsider.numbers, seeds: [2])
      return .note(
        "the action \(outsider.shown) was taken, as it may be: the trainer never sends it")
    } catch {
      guard case .refused = error else {
        return .note(
          "after the action \(outsider.shown), which the trainer never sends, it \(error.reason)")
      }
    }
    do throws(SimulatorFault) {
      try conversation.reset([0], seeds: [1])
      return .kept
    } catch {
      return .broken("after the refused action \(outsider.shown) it \(error.reason)")
    }
  }

  /// An action outside the space, as it travels.
  private static func outsider(of space: Space) -> (numbers: [UInt32], shown: String)? {
    switch space {
    case .box(let box):
      guard let element = box.upper.firstIndex(where: { $0 < 1e30 }) else { return nil }
      var action = zip(box.lower, box.upper).map { Float(min(max(0, $0), $1)) }
      action[element] = Float(box.upper[element]) + max(1, abs(Float(box.upper[element])))
      return (action.map(\.bitPattern), "\(action[element])")
    case .discrete, .multiDiscrete, .multiBinary:
      var action = space.choices.map { Int32($0.start) }
      action[0] = Int32(clamping: space.choices[0].start + space.choices[0].count)
      return (action.map { UInt32(bitPattern: $0) }, "\(action[0])")
    }
  }

  /// Rows of a message belong to the environments that `env_ids` names, in any order and number.
  package static func rowsByNumber(_ simulator: Simulator) throws -> Finding {
    if let most = simulator.description.maximumEnvironments, most < 2 {
      return .note("not tried: a process hosts one environment")
    }
    let together = try SimulatorConversation(simulator, count: 2)
    let apart = try SimulatorConversation(simulator, count: 2)
    do throws(SimulatorFault) {
      try together.reset([0, 1], seeds: [11, 12])
      try apart.reset([1, 0], seeds: [12, 11])
      if let difference = together.difference(from: apart) {
        return .broken("after a reset of [0,1] or of [1,0], \(difference)")
      }
      for step in 0..<8 {
        // Two environments that do the same could be taken for each other.
        let actions = [together.someAction(0, step), together.someAction(1, step + 1)]
        try together.step([0, 1], actions: actions[0] + actions[1], seeds: [21, 22])
        if step % 2 == 0 {
          try apart.step([1], actions: actions[1], seeds: [22])
          try apart.step([0], actions: actions[0], seeds: [21])
        } else {
          try apart.step([1, 0], actions: actions[1] + actions[0], seeds: [22, 21])
        }
        if let difference = together.difference(from: apart) {
          let other = step % 2 == 0 ? "[1] and then [0]" : "[1,0]"
          return .broken("after a step of [0,1] or of \(other), \(difference)")
        }
      }
      return .kept
    } catch {
      return .broken("it \(error.reason)")
    }
  }

  /// Without seeds an environment whose episode has ended waits, and shows what it ended with.
  package static func waiting(_ simulator: Simulator) throws -> Finding {
    let environment = try SubprocessEnvironments(simulator.silenced, count: 1, seed: 1)
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    let most = min(environment.stepLimit.map { $0 + 1 } ?? 5000, 20_000)
    for _ in 0..<most where !environment.isWaiting(0) {
      try memory.stepSomehow(environment, atEnd: .wait)
    }
    guard environment.isWaiting(0) else { return .note("no episode ended within \(most) steps") }
    return environment.waitsElsewhere
      ? .broken(
        "obs does not repeat final_obs where an episode ended in a step without seeds: the environment "
          + "must wait for a reset") : .kept
  }

  /// A killed process must be replaceable: nothing may be left that keeps a second one from working.
  package static func replacement(_ simulator: Simulator) throws -> Finding {
    let environment = try SubprocessEnvironments(simulator.silenced, count: 1, seed: 1)
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    try memory.stepSomehow(environment)
    for host in environment.hosts {
      if let connection = host.connection { kill(connection.process.identifier, SIGKILL) }
    }
    try memory.stepSomehow(environment)
    guard memory.outcomes == [.lost] else {
      return .broken("the lost episode was reported as \(memory.outcomes)")
    }
    try memory.stepSomehow(environment)
    return .kept
  }

  /// Steps per second of one process, one environment and then 16 at a time.
  package static func speed(_ simulator: Simulator) throws -> [(environments: Int, rate: Double)] {
    try [1, 16].map { count in
      let environment = try SubprocessEnvironments(simulator, count: count, seed: 1)
      var memory = EnvironmentMemory(for: environment)
      try memory.reset(environment)
      let start = monotonicSeconds()
      var steps = 0
      while monotonicSeconds() - start < 0.5 {
        try memory.stepSomehow(environment)
        steps += count
      }
      return (count, Double(steps) / (monotonicSeconds() - start))
    }
  }
}

extension EnvironmentMemory {
  /// A step with the first allowed choice, or with 0 as far as the bounds allow it.
  fileprivate mutating func stepSomehow(
    _ environment: any VectorEnvironment, atEnd: EpisodeEnd = .startNext
  ) throws(EnvironmentError) {
    let count = environment.count
    switch environment.actionSpace {
    case .box(let box):
      let action = zip(box.lower, box.upper).map { Float(min(max(0, $0), $1)) }
      try step(environment, actions: (0..<count).flatMap { _ in action }, atEnd: atEnd)
    case .discrete, .multiDiscrete, .multiBinary:
      let choices = environment.actionSpace.choices
      try step(
        environment, actions: (0..<count).flatMap { firstAllowed(choices, lane: $0) }, atEnd: atEnd)
    }
  }

  /// The first allowed value of each component.
  private func firstAllowed(_ choices: [Space.Choice], lane: Int) -> [Int32] {
    var start = lane * choices.reduce(0) { $0 + $1.count }
    return choices.map { choice in
      defer { start += choice.count }
      guard !masks.isEmpty else { return Int32(choice.start) }
      let flags = masks[start..<start + choice.count]
      return Int32(choice.start + (flags.firstIndex { $0 != 0 }.map { $0 - start } ?? 0))
    }
  }
}
