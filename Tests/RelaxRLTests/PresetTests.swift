import Environments
import ReinforcementLearning
import Runs
import TestSupport
import Testing

@testable import RelaxRL

/// Settings that suit tasks, and where they come from.
@Suite struct `Settings that suit tasks` {
  private static let agents = AgentEntry.builtIn.map(\.name)

  private func settings(_ agent: String, _ environment: EnvironmentEntry) throws -> SettingsTable {
    try SettingsResolution.defaults(
      Catalogue().agent(agent), environment, seed: 0)
  }

  /// A task that nobody knows, with some actions.
  private func unknown(
    _ actions: Space, knownAs names: [String] = [], showing observations: Space = .discrete(2)
  ) -> EnvironmentEntry {
    EnvironmentEntry(
      spec: EnvironmentSpec(name: "mine"), observationSpace: observations, actionSpace: actions,
      hasActionMask: false, presetNames: names, named: { _ in fatalError("not asked for") },
      make: { _, _, _ in fatalError("not asked for") })
  }

  @Test(arguments: agents) func `are settings of the agent, for every task in which it can act`(
    agent: String
  ) throws {
    let catalogue = Catalogue()
    let entry = try catalogue.agent(agent)
    #expect(!entry.presets.isEmpty)
    var tasks = catalogue.environments
    let real = Space.box(lower: [0], upper: [1])
    for actions in [.discrete(3), .multiBinary(3), real] { tasks.append(unknown(actions)) }
    // Those of Gymnasium with blocks of their own and real actions, or any.
    for name in entry.presets.flatMap(\.tasks) where name.hasPrefix("gym:") {
      tasks.append(unknown(real, knownAs: [name]))
    }
    for task in tasks where entry.objection(task) == nil {
      #expect(throws: Never.self) { try settings(agent, task) }
    }
  }

  @Test(arguments: agents) func `name tasks that there are`(agent: String) throws {
    let catalogue = Catalogue()
    for presets in try catalogue.agent(agent).presets {
      for name in presets.tasks where !name.contains(" ") && !name.hasPrefix("gym:") {
        #expect(throws: Never.self) { try catalogue.environment(name) }
      }
    }
  }

  @Test(arguments: [
    ("a2c", "cartpole", "discount", "0.98"), ("a2c", "cartpole", "steps", "500000"),
    ("a2c", "cartpole-v0", "steps", "250000"), ("a2c", "corridor", "steps", "20000"),
    ("a2c", "corridor", "normalize_rewards", "false"),
    ("a2c", "quadratic", "value.baseline", "true"),
    ("relax-a2c", "quadratic", "value.baseline", "false"),
    ("relax-a2c", "orchard", "control_variate.temperature", "0.1"),
    ("relax-a2c", "mountaincar", "estimator", "relax"),
    ("relax-ddpg", "pendulum", "control_variate.learning_rate", "linear:0.0015:0.0"),
    ("relax-ddpg", "pendulum", "gaussian.squash_actions", "true"),
    ("reinforce", "cartpole", "envs", "1"), ("reinforce", "mountaincar", "envs", "16"),
    ("reinforce", "pendulum", "learning_rate", "linear:0.001:0.0"),
    ("ddpg", "mountaincar-continuous", "noise", "ornstein-uhlenbeck"),
    ("ddpg", "pendulum", "steps", "60000"), ("td3", "pendulum", "target_rate", "0.01"),
    ("sac", "pendulum", "steps", "20000"), ("dqn", "mountaincar", "return_steps", "5"),
    ("ppo", "cartpole", "clip_range", "linear:0.2:0.0"),
    ("ppo", "minatar-breakout", "normalize_rewards", "false"),
    ("es", "cartpole", "steps", "1000000"),
  ])
  func `of later files and blocks win`(agent: String, task: String, key: String, value: String)
    throws
  {
    let table = try settings(agent, Catalogue().environment(task))
    #expect(table[key]?.word == value)
  }

  @Test func `are of the kind of action where nobody knows the task`() throws {
    for actions in [Space.discrete(3), .multiBinary(3), .box(lower: [0], upper: [1])] {
      let table = try settings("a2c", unknown(actions))
      #expect(table["normalize_observations"] == .flag(true))
      #expect(table["normalize_rewards"] == .flag(true))
    }
    func word(_ key: String, _ actions: Space) throws -> String? {
      try settings("a2c", unknown(actions))[key]?.word
    }
    #expect(try word("optimizer", .multiBinary(3)) == "adam")
    #expect(try word("optimizer", .discrete(3)) == "rmsprop")
    #expect(try word("steps", .box(lower: [0], upper: [1])) == "1000000")
    #expect(try word("gaussian.squash_actions", .box(lower: [0], upper: [1])) == "true")
    let unbounded = Space.box(lower: [-.infinity], upper: [.infinity])
    #expect(try word("gaussian.squash_actions", unbounded) == "false")
  }

  @Test(arguments: ["a2c", "relax-a2c", "reinforce", "ppo", "dqn"])
  func `are those for images where observations are bytes with three axes`(agent: String) throws {
    func sizes(_ shape: [Int], _ element: BoxSpace.ElementType) throws -> String? {
      let box = BoxSpace(shape: shape, bounds: 0...1, elementType: element)
      return try settings(agent, unknown(.discrete(3), showing: .box(box)))["hidden_sizes"]?.word
    }
    #expect(try sizes([10, 10, 4], .uint8) == "[128]")
    #expect(try sizes([10, 10, 4], .float32) != "[128]")
    #expect(try sizes([400], .uint8) != "[128]")
    #expect(try sizes([36, 36, 4], .uint8) == "[512]")
  }

  @Test func `for large images win over those for small ones`() throws {
    func table(side: Int) throws -> SettingsTable {
      let box = BoxSpace(shape: [side, side, 4], bounds: 0...255, elementType: .uint8)
      return try settings("ppo", unknown(.discrete(6), showing: .box(box)))
    }
    #expect(try table(side: 10)["envs"]?.word == "64")
    // Nobody knows the scale of their rewards.
    #expect(try table(side: 10)["normalize_rewards"] == .flag(true))
    let table = try table(side: 84)
    #expect(table["envs"]?.word == "8")
    #expect(table["rollout_steps"]?.word == "128")
    #expect(table["normalize_rewards"] == .flag(true))
    #expect(table["learning_rate"]?.word == "linear:0.00025:0.00018")
  }

  @Test func `of the library are not for another program's task of the same name`() throws {
    let file = "tasks:\n  cartpole:\n    envs: 7\n"
    let known = EnvironmentEntry(CartPole.self)
    let other = EnvironmentEntry(
      spec: known.spec, observationSpace: known.observationSpace, actionSpace: known.actionSpace,
      hasActionMask: false, presetNames: [], named: { _ in fatalError("not asked for") },
      make: { _, _, _ in fatalError("not asked for") })
    let library = Presets(embedded: Array(file.utf8), "library")
    let own = try Presets(file, "own")
    #expect(library.settings(for: known).keys == ["envs"])
    #expect(library.settings(for: other).keys == [])
    #expect(own.settings(for: other).keys == ["envs"])
  }

  @Test func `can be a file for several tasks`() throws {
    let folder = try TemporaryFolder()
    let file = """
      agent: a2c
      steps: 100
      tasks:
        discrete actions: {rollout_steps: 7, envs: 2}
        CartPole-v1, acrobot: {envs: 4}
        other tasks: {discount: 0.5}

      """
    try folder.write(Array(file.utf8), to: "mine.yaml")
    func run(_ environment: String) throws -> (EndedProgram, String) {
      let ended = try CommandLineProgram.run(
        ["--config", "mine.yaml", "--env", environment, "--run-dir", environment], in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
      return (
        ended, String(decoding: try folder.bytes("\(environment)/config.yaml"), as: UTF8.self)
      )
    }
    let (_, cartPole) = try run("cartpole")
    #expect(cartPole.contains("rollout_steps: 7\n") && cartPole.contains("envs: 4\n"))
    #expect(cartPole.contains("discount: 0.98\n"))
    let (_, corridor) = try run("corridor")
    #expect(corridor.contains("envs: 2\n") && corridor.contains("discount: 0.5\n"))
  }

  @Test(arguments: [
    (
      "tasks:\n  acrobot:\n    rolout_steps: 3\n",
      "There is no setting \"rolout_steps\" (mine.yaml, line 3)"
    ),
    ("tasks:\n  acrobot: 3\n", "Below \"acrobot\" there must be settings"),
    ("tasks: [a, b]\n", "Below \"tasks\" there must be names of tasks"),
    ("tasks:\n  acrobot:\n    envs: 3\n    envs: 4\n", "duplicated key(s): 'envs'"),
  ])
  func `of a file are refused with their line, also where they are for another task`(
    text: String, message: String
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(text.utf8), to: "mine.yaml")
    let refused = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "cartpole", "--config", "mine.yaml"], in: folder)
    #expect(refused.status == 64 && refused.errors.contains(message), "\(refused.errors)")
  }

  @Test func `of a file that has none for the task are noticed`() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("tasks:\n  cartpol: {envs: 3}\n".utf8), to: "mine.yaml")
    let ended = try CommandLineProgram.run(
      [
        "--agent", "a2c", "--env", "cartpole", "--config", "mine.yaml", "--steps", "10",
        "--run-dir", "run",
      ], in: folder)
    #expect(ended.status == 0)
    #expect(
      ended.errors.contains("mine.yaml has nothing for cartpole below tasks, but for cartpol."))
  }
}

@Suite struct `The settings command` {
  @Test(arguments: AgentEntry.builtIn.map(\.name)) func `says what every setting means`(
    agent: String
  ) throws {
    let settings = try Catalogue().agent(agent).blankSettings
    for key in settings.keys {
      let description = settings.description(of: key)
      #expect(description?.isEmpty == false, "\(key)")
    }
  }

  @Test(arguments: [
    ("a2c", ["samples", "control_variate.form", "control_variate.temperature"]),
    ("reinforce", ["control_variate.objective", "control_variate.learning_rate"]),
    ("relax-a2c", ["gaussian.squash_actions", "control_variate.form"]),
    ("relax-ddpg", ["control_variate.temperature"]),
    ("dqn", ["network.shared_torso", "network.value_weight"]),
  ])
  func `leaves out what means nothing to an agent`(agent: String, keys: [String]) throws {
    let folder = try TemporaryFolder()
    let shown = try CommandLineProgram.run(["settings", "--agent", agent], in: folder)
    #expect(shown.status == 0 && shown.output.contains("\ndiscount: 0.99\n"))
    let table = try Catalogue().agent(agent).blankSettings
    for key in keys {
      #expect(!table.keys.contains(key))
      let refused = try CommandLineProgram.run(
        ["--agent", agent, "--env", "cartpole", "--set", "\(key)=1"], in: folder)
      #expect(refused.status == 64 && !refused.errors.isEmpty)
    }
  }

  @Test(arguments: ["a2c", "relax-a2c"])
  func `prints a file that gives the same run`(agent: String) throws {
    let folder = try TemporaryFolder()
    let shown = try CommandLineProgram.run(
      ["settings", "--agent", agent, "--env", "cartpole"], in: folder)
    #expect(shown.output.contains("# γ.\ndiscount: 0.98\n"), "\(shown.output)")
    try folder.write(Array(shown.output.utf8), to: "shown.yaml")
    let short = ["--seed", "3", "--steps", "2000", "--quiet", "--set", "checkpoint_interval=1000"]
    let plain = try CommandLineProgram.run(
      ["--agent", agent, "--env", "cartpole", "--run-dir", "a"] + short, in: folder)
    let read = try CommandLineProgram.run(
      ["--config", "shown.yaml", "--run-dir", "b"] + short, in: folder)
    #expect(plain.status == 0 && read.status == 0, "\(plain.errors)\(read.errors)")
    let (a, b) = (try folder.bytes("a/config.yaml"), try folder.bytes("b/config.yaml"))
    func settings(_ bytes: [UInt8]) -> [Substring] {
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
        !$0.hasPrefix("progress_interval") && !$0.hasPrefix("#")
      }
    }
    #expect(settings(a) == settings(b))
  }
}
