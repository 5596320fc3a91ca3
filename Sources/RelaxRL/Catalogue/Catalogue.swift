import ReinforcementLearning
import Runs
import Synchronization

/// The environments and agents that a command line knows.
struct Catalogue: Sendable {
  private(set) var environments = EnvironmentEntry.builtIn
  let agents = AgentEntry.all

  /// The one that commands use; a program with tasks of its own adds them before it parses.
  static let shared = Mutex(Catalogue())

  static var current: Catalogue { shared.withLock { $0 } }

  mutating func add(_ entries: [EnvironmentEntry]) { environments = entries + environments }

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
      listing: environments.map(\.spec.name))
  }

  /// The agent of a name, in any case.
  func agent(_ name: String) throws(UsageError) -> AgentEntry {
    if let entry = agents.first(where: { $0.name == name.lowercased() }) { return entry }
    throw UsageError(
      unknown: "agent", name, among: agents.map(\.name), listing: agents.map(\.name))
  }
}
