import ReinforcementLearning
import Runs
import Synchronization

/// The environments and agents that a command line knows.
struct Catalogue: Sendable {
  private(set) var environments = EnvironmentEntry.builtIn
  private(set) var agents = AgentEntry.builtIn
  /// What a program of its own wants to be told of every run.
  var callbacks: CallbackMaker = { _ in [] }

  /// The one that commands use; a program with tasks of its own adds them before it parses.
  static let shared = Mutex(Catalogue())

  static var current: Catalogue { shared.withLock { $0 } }

  /// Adds a program's own.
  ///
  /// - Throws: `UsageError` for a name or alias that two have, built-in ones among them.
  mutating func add(
    environments added: [EnvironmentEntry] = [], agents addedAgents: [AgentEntry] = []
  ) throws(UsageError) {
    for agent in addedAgents {
      if let fault = agent.fault { throw UsageError(fault) }
    }
    let environments = added + self.environments
    let agents = self.agents + addedAgents
    try Self.requireDistinct(
      "environments", environments.map { [$0.spec.name] + $0.spec.aliases },
      listing: EnvironmentEntry.builtIn.map(\.spec.name))
    try Self.requireDistinct(
      "agents", agents.map { [$0.name] }, listing: AgentEntry.builtIn.map(\.name))
    self.environments = environments
    self.agents = agents
  }

  private static func requireDistinct(
    _ kind: String, _ names: [[String]], listing builtIn: [String]
  ) throws(UsageError) {
    var taken: Set<String> = []
    for names in names {
      for name in Set(names.map { $0.lowercased() }).sorted() where !taken.insert(name).inserted {
        throw UsageError(
          "Two \(kind) are called \"\(name)\". Names and aliases must differ, in any case, also from "
            + "those of the built-in ones: \(builtIn.joined(separator: ", ")).")
      }
    }
  }

  /// The environment of a name or alias, in any case.
  func environment(_ name: String) throws(UsageError) -> EnvironmentEntry {
    let wanted = name.lowercased()
    for entry in environments {
      let names = [entry.spec.name] + entry.spec.aliases
      if names.contains(where: { $0.lowercased() == wanted }) { return entry }
    }
    throw UsageError(
      unknown: "environment", name,
      among: environments.flatMap { [$0.spec.name] + $0.spec.aliases },
      listing: environments.map(\.spec.name),
      adding: " Those of Python packages are called gym:CartPole-v1, say, and atari:pong.")
  }

  /// The agent of a name, in any case.
  func agent(_ name: String) throws(UsageError) -> AgentEntry {
    if let entry = agents.first(where: { $0.name.lowercased() == name.lowercased() }) {
      return entry
    }
    throw UsageError(
      unknown: "agent", name, among: agents.map(\.name), listing: agents.map(\.name))
  }
}
