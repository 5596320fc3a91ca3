import Glibc
import ReinforcementLearning

/// What a simulator has to keep besides the contract of a vector environment.
///
/// Each check returns how the rule was broken, or nil.
package enum SimulatorConformance {
  /// A request with an action outside the space must be answered with an error, and change nothing.
  ///
  /// An agent's mistakes are refused before they are sent; a simulator must not rely on that.
  package static func refusalOfActions(_ simulator: Simulator) throws -> String? {
    let layout = MessageLayout(simulator.description)
    guard layout.hasWholeActions else { return nil }
    let outsider: String =
      switch simulator.description.actionSpace {
      case .box: ""
      case .discrete(let space): "\(space.start + space.count)"
      case .multiDiscrete(let space): "[\(space.counts.map { "\($0)" }.joined(separator: ","))]"
      }
    let connection = try SimulatorConnection(
      simulator.words, prefix: "[env]", core: nil, show: { _ in })
    defer { connection.close(patience: simulator.settings.closeTimeout) }
    func ask(_ seconds: Double, _ request: () -> Void) throws(SimulatorFault) -> String {
      request()
      SimulatorConnection.wait(for: CollectionOfOne(connection), seconds: seconds)
      return try connection.takeText { text throws(SimulatorFault) in
        String(decoding: text, as: UTF8.self)
      }
    }
    let settings = simulator.settings
    do throws(SimulatorFault) {
      // In JSON, which every simulator speaks.
      let hello = Hello(encodings: [SimulatorEncoding.jsonName], envs: 1)
      connection.greet(hello)
      SimulatorConnection.wait(for: CollectionOfOne(connection), seconds: settings.startTimeout)
      _ = try connection.takeGreeting(hello)
      _ = try ask(settings.resetTimeout) {
        connection.send(json: { "{\"type\":\"reset\",\"id\":\($0),\"env_ids\":[0],\"seeds\":[1]}" })
      }
    } catch {
      return "the conversation in JSON failed: it \(error.reason)"
    }
    do throws(SimulatorFault) {
      let answer = try ask(settings.stepTimeout) {
        connection.send(json: {
          "{\"type\":\"step\",\"id\":\($0),\"env_ids\":[0],\"actions\":[\(outsider)],\"seeds\":[2]}"
        })
      }
      return "the action \(outsider) was taken: \(answer.prefix(80))"
    } catch .refused {
    } catch {
      return "after the action \(outsider) it \(error.reason)"
    }
    do throws(SimulatorFault) {
      _ = try ask(settings.resetTimeout) {
        connection.send(json: { "{\"type\":\"reset\",\"id\":\($0),\"env_ids\":[0],\"seeds\":[1]}" })
      }
      return nil
    } catch {
      return "after the refused action \(outsider) it \(error.reason)"
    }
  }

  /// A killed process must be replaceable: nothing may be left that keeps a second one from working.
  package static func replacement(_ simulator: Simulator) throws -> String? {
    let environment = try SubprocessEnvironments(simulator.silenced, count: 1, seed: 1)
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    for host in environment.hosts {
      if let connection = host.connection { kill(connection.process.identifier, SIGKILL) }
    }
    try memory.stepSomehow(environment)
    guard memory.outcomes == [.lost] else {
      return "the lost episode was reported as \(memory.outcomes)"
    }
    try memory.stepSomehow(environment)
    return nil
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
    _ environment: any VectorEnvironment
  ) throws(EnvironmentError) {
    let count = environment.count
    switch environment.actionSpace {
    case .box(let box):
      let action = zip(box.lower, box.upper).map { Float(min(max(0, $0), $1)) }
      try step(environment, actions: (0..<count).flatMap { _ in action }, atEnd: .startNext)
    case .discrete(let space):
      let actions = (0..<count).map { lane in
        let mask = masks.dropFirst(lane * space.count).prefix(space.count)
        return Int32(
          space.start + (mask.firstIndex { $0 != 0 } ?? mask.startIndex) - mask.startIndex)
      }
      try step(environment, actions: actions, atEnd: .startNext)
    case .multiDiscrete(let space):
      try step(
        environment, actions: Array(repeating: Int32(0), count: count * space.counts.count),
        atEnd: .startNext)
    }
  }
}
