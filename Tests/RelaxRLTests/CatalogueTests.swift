import Agents
import Environments
import GSL
import ReinforcementLearning
import Runs
import Testing

@testable import RelaxRL

/// Names that clash are refused before anything is parsed.
@Suite struct `The catalogue` {
  private struct Settings: AgentSettings {
    var envs = 1
  }

  private struct Clash: AgentSettings {
    var steps = 1
  }

  private enum Unmade: Error { case never }

  private func agent(
    _ name: String, settings: (some AgentSettings).Type = Settings.self, presets: String = ""
  ) -> AgentEntry {
    AgentEntry(
      name, "for tests", settings: settings, presets: presets,
      needs: { $0.hasActionMask ? nil : "masks" },
      make: { _, _ -> ActorCritic in throw Unmade.never }, policy: { _, _ in throw Unmade.never })
  }

  @Test(arguments: ["a2c", "A2C", "ddpg"])
  func `refuses an agent of a built-in one's name`(name: String) throws {
    var catalogue = Catalogue()
    let error = #expect(throws: (any Error).self) { try catalogue.add(agents: [agent(name)]) }
    let text = "\(try #require(error))"
    #expect(text.contains("Two agents are called \"\(name.lowercased())\""), "\(text)")
    #expect(text.contains("relax-a2c, relax-ddpg, a2c, reinforce, ppo, ddpg"))
    #expect(catalogue.agents.count == AgentEntry.builtIn.count)
  }

  @Test func `refuses two of one name, and keeps what it had`() throws {
    var catalogue = Catalogue()
    try catalogue.add(agents: [agent("mine")])
    #expect(throws: (any Error).self) { try catalogue.add(agents: [agent("Mine")]) }
    #expect(throws: (any Error).self) {
      try catalogue.add(agents: [agent("twin"), agent("twin")])
    }
    #expect(try catalogue.agent("MINE").name == "mine")
    #expect(catalogue.agents.count == AgentEntry.builtIn.count + 1)
  }

  @Test(arguments: ["cartpole", "CartPole-v1", "pendulum"])
  func `refuses an environment of a built-in one's name or alias`(name: String) throws {
    var catalogue = Catalogue()
    let own = EnvironmentEntry(Corridor.self, spec: EnvironmentSpec(name: name))
    let error = #expect(throws: (any Error).self) { try catalogue.add(environments: [own]) }
    #expect(
      "\(try #require(error))".contains("Two environments are called \"\(name.lowercased())\""))
  }

  @Test(arguments: ["", "my agent", "../mine", "für"])
  func `refuses a name that no folder could have`(name: String) throws {
    var catalogue = Catalogue()
    let error = #expect(throws: (any Error).self) { try catalogue.add(agents: [agent(name)]) }
    #expect("\(try #require(error))".hasSuffix("but one is \"\(name)\"."))
  }

  @Test func `refuses settings that every run has`() throws {
    var catalogue = Catalogue()
    let error = #expect(throws: (any Error).self) {
      try catalogue.add(agents: [agent("mine", settings: Clash.self)])
    }
    #expect("\(try #require(error))".contains("steps is a setting of every run already"))
  }

  @Test(arguments: [
    (
      "envs: 3\ntasks:\n  corridor:\n    envz: 2\n",
      "There is no setting \"envz\" (The presets of mine, line 4)"
    ),
    ("envs: many", "The setting \"envs\" must be a whole number"),
    ("tasks: 3", "Below \"tasks\" there must be names of tasks"),
  ])
  func `refuses presets of settings that there are not`(presets: String, message: String) throws {
    var catalogue = Catalogue()
    let error = #expect(throws: (any Error).self) {
      try catalogue.add(agents: [agent("mine", presets: presets)])
    }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test func `takes an agent's own presets, task by task`() throws {
    let own = agent("mine", presets: "envs: 3\ntasks: {corridor: {envs: 5, steps: 70}}")
    func settings(_ environment: EnvironmentEntry) throws -> SettingsTable {
      try SettingsResolution.defaults(own, environment, seed: 0)
    }
    #expect(try settings(EnvironmentEntry(Corridor.self))["envs"] == .integer(5))
    #expect(try settings(EnvironmentEntry(Corridor.self))["steps"] == .integer(70))
    #expect(try settings(EnvironmentEntry(Pendulum.self))["envs"] == .integer(3))
    #expect(try settings(EnvironmentEntry(Pendulum.self))["steps"] == .integer(100_000))
  }

  @Test func `says what an agent needs, and claims nothing for it`() throws {
    let own = agent("mine")
    let corridor = EnvironmentEntry(Corridor.self)
    #expect(own.objection(corridor) == "mine needs masks, but corridor has discrete(2).")
    let defaults = try SettingsResolution.defaults(own, corridor, seed: 0)
    #expect("\(try own.gradient(defaults))" == "not claimed to be unbiased")
    #expect(try !own.gradient(defaults).isUnbiased)
  }
}
