import ArgumentParser
import Runs

/// `rl-train list`.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show agents, environments and presets.")

  func run() throws {
    let catalogue = Catalogue.current
    func print(_ line: String) { StandardStreams.output(line + "\n") }
    print("Agents")
    for agent in catalogue.agents { print("  \(pad(agent.name, 26))\(agent.summary)") }
    print(
      """

      A control variate adds no bias to a policy's gradient, but most presets have it for the sake of
      faster learning; --unbiased changes that in reinforce, a2c, relax-a2c and relax-ddpg.

      Environments, with the presets that there are for them
      """)
    for entry in catalogue.environments {
      let limit = entry.spec.stepLimit.map { "\($0) steps" } ?? "no limit"
      let threshold = entry.spec.rewardThreshold.map { ", solved at \($0)" } ?? ""
      let aliases = entry.spec.aliases.filter { $0.lowercased() != entry.spec.name }
      let names = aliases.isEmpty ? "" : " (\(aliases.joined(separator: ", ")))"
      print("  \(pad(entry.spec.name, 26))\(limit)\(threshold)\(names)")
      for agent in catalogue.agents where agent.objection(entry) == nil {
        let preset = try SettingsResolution.defaults(agent, entry, seed: 0)
        let steps = NumberText.grouped(try preset.decode(RunSettings.self).steps)
        print("    \(pad(agent.name, 12))\(pad("\(steps) steps", 17))\(try agent.gradient(preset))")
      }
    }
    print(
      """

      Besides, --env gym:NAME is an environment of the Python package Gymnasium, --env atari:GAME
      a game of the Atari 2600, such as atari:pong, by the Python package ale-py, and
      --env-command 'python3 my_env.py' any program that speaks the protocol of docs/protocol.md.
      """)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
