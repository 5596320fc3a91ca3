import ArgumentParser
import Environments
import Runs

/// `rl-train settings --agent a2c --env cartpole`.
struct SettingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings",
    abstract: "Show every setting of an agent, what it means and its value for a task.",
    discussion: "What it prints can be changed and read again with --config.")

  @Option(help: "The agent, such as relax-a2c.", completion: .agents)
  var agent: String

  @Option(
    help: "The environment whose preset to show; the agent's defaults if missing.",
    completion: .environments)
  var env: String?

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  func run() throws {
    try Exit.reporting {
      let entry = try Catalogue.current.agent(agent)
      StandardStreams.output(
        try env == nil && simulator.envCommand == nil
          ? defaults(of: entry)
          : preset(of: entry, for: SettingsResolution.environment(env, simulator.given)))
    }
  }

  private func defaults(of agent: AgentEntry) -> String {
    agent.blankSettings.yaml(
      comment: "The settings of \(agent.name), with values that suit no task in particular.",
      explains: true
    ) { !["env", "seed", "progress_interval", "checkpoint_interval"].contains($0) } + optional
  }

  /// What only some runs have, as comments.
  private var optional: String {
    var table = SettingsTable()
    OptionalSettings.append(allTo: &table)
    return "# Only where they are asked for, by a file, --set or an option of the same name:\n"
      + table.keys.filter {
        !$0.hasPrefix(SimulatorSection.prefix) && $0 != EnvironmentArguments.key
      }
      .map { "# \($0)" + (table.description(of: $0).map { ": \($0)" } ?? "") + "\n" }.joined()
  }

  private func preset(of agent: AgentEntry, for environment: EnvironmentEntry) throws -> String {
    if let objection = agent.objection(environment) { throw UsageError(objection) }
    var table = try SettingsResolution.defaults(agent, environment, seed: 0)
    try SettingsResolution.resolveIntervals(&table)
    let text =
      table.yaml(
        comment: "The settings of \(agent.name) for \(environment.spec.name).\n"
          + "The policy's gradient is \(try agent.gradient(table)).", explains: true
      ) { $0 != "seed" }
      + optional
    guard let parameters = environment.parameters?() else { return text }
    return text
      + parameters.keys.map { key in
        "# --env-args \(key)=\(parameters[key]?.word ?? "")"
          + (parameters.description(of: key).map { ": \($0)" } ?? "") + "\n"
      }.joined()
  }
}
