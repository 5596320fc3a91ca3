import Agents
import ReinforcementLearning
import Runs

/// An agent that can be named on the command line, built in or a user's own.
///
/// ```swift
/// let mine = AgentEntry(
///   "mine", "what it is", settings: MySettings.self,
///   make: { try MyAgent($0, $1) }, policy: { try MyPolicy($0, $1) })
/// RelaxRL.main(agents: [mine])
/// ```
public struct AgentEntry: Sendable {
  /// What it is called: letters, digits, `-`, `_` and points.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  /// Says what kind of task it needs instead of the given one; nil if it can act there.
  let needs: @Sendable (AgentTask) -> String?
  /// The settings that there are, with values that suit no task in particular.
  let settings: any Codable & Sendable
  /// The settings for a task.
  let preset: @Sendable (EnvironmentEntry) -> Preset
  /// Whether the gradient is unbiased with some settings.
  let gradient: @Sendable (SettingsTable) throws -> GradientClaim
  /// The settings that make it so, each `key=value`, or nil where none can.
  let unbiasedSettings: [String]?
  /// Checks settings and makes an agent with fresh parameters.
  let makeLoop: @Sendable (SettingsTable, TrainingContext) throws -> any TrainingDriver
  /// Makes what acts with the parameters of a checkpoint.
  let makePolicy: @Sendable (SettingsTable, PolicyContext) throws -> any TrainedPolicy
  /// What the user should know of the memory that a run of so many steps will take.
  var memoryWarning: @Sendable (SettingsTable, EnvironmentEntry, _ steps: Int) throws -> String? = {
    _, _, _ in nil
  }

  /// An agent.
  ///
  /// - Parameters:
  ///   - name: letters, digits, `-`, `_` and points; of no other agent.
  ///   - summary: what it is, in a line.
  ///   - settings: what can be set. A property `envs` is what `--envs` sets.
  ///   - steps: environment steps at most, where none are asked for.
  ///   - needs: says what it needs where it cannot act in a task, such as "one discrete action"; nil
  ///     where it can.
  ///   - gradient: whether its gradient is unbiased with some settings.
  ///   - unbiasedSettings: those that make it so, each `key=value`, for `--unbiased`.
  ///   - make: makes an agent with fresh parameters, its environments reset.
  ///   - policy: makes what acts with the parameters of a checkpoint.
  public init<Settings: AgentSettings, Learner: Agent>(
    _ name: String, _ summary: String, settings: Settings.Type, steps: Int = 100_000,
    needs: @escaping @Sendable (AgentTask) -> String? = { _ in nil },
    gradient: @escaping @Sendable (Settings) -> GradientClaim = { _ in .unclaimed },
    unbiasedSettings: [String]? = nil,
    make: @escaping @Sendable (Settings, AgentContext) throws -> Learner,
    policy: @escaping @Sendable (Settings, PolicyContext) throws -> any TrainedPolicy
  ) {
    self.init(
      name, summary, settings: settings,
      preset: { _ in Preset(steps: steps, settings: Settings()) }, needs: needs,
      gradient: gradient, unbiasedSettings: unbiasedSettings, make: make, policy: policy)
  }

  /// The same, with a preset for each task.
  init<Settings: AgentSettings, Learner: Agent>(
    _ name: String, _ summary: String, settings: Settings.Type,
    preset: @escaping @Sendable (EnvironmentEntry) -> Preset,
    needs: @escaping @Sendable (AgentTask) -> String?,
    gradient: @escaping @Sendable (Settings) -> GradientClaim, unbiasedSettings: [String]?,
    make: @escaping @Sendable (Settings, AgentContext) throws -> Learner,
    policy: @escaping @Sendable (Settings, PolicyContext) throws -> any TrainedPolicy
  ) {
    self.name = name
    self.summary = summary
    self.needs = needs
    self.settings = Settings()
    self.preset = preset
    self.unbiasedSettings = unbiasedSettings
    self.gradient = { gradient(try $0.decode(Settings.self)) }
    makeLoop = { table, context in
      let settings = try table.decode(Settings.self)
      do {
        try settings.validate()
      } catch let error as ConfigurationValueError {
        throw error
      } catch {
        throw UsageError("\(error)")
      }
      let made = AgentContext(
        seed: context.seed, steps: try table.decode(RunSettings.self).steps,
        environment: context.environment)
      if case .integer(let envs)? = table["envs"], let lanes = Int(exactly: envs), lanes > 0 {
        try made.requireMemory(lanes: lanes)
      }
      return TrainingLoop(
        try make(settings, made), threads: context.threads,
        rewardThreshold: context.environment.spec.rewardThreshold)
    }
    makePolicy = { try policy(try $0.decode(Settings.self), $1) }
  }

  /// Says why the agent cannot act in an environment; nil if it can.
  func objection(_ environment: EnvironmentEntry) -> String? {
    needs(environment.task).map {
      "\(name) needs \($0), but \(environment.spec.name) has \(environment.actionSpace)."
    }
  }

  /// Says what is wrong with the entry itself; nil if nothing is.
  var fault: String? {
    guard name.isPlainName else {
      return "An agent's name has letters, digits, \"-\", \"_\" and points, but one is \"\(name)\"."
    }
    var taken = SettingsTable(
      RunSettings(
        agent: name, env: "", seed: 0, steps: 1, stopWhenSolved: true, progressInterval: 1,
        checkpointInterval: 1))
    taken.append(SimulatorSection())
    taken.append(EvaluationSettings())
    return SettingsTable.fault(of: settings, besides: taken).map {
      "The settings of the agent \"\(name)\" cannot be used: \($0)"
    }
  }
}

/// What an agent is to be trained with, besides its settings.
struct TrainingContext {
  let environment: EnvironmentEntry
  let seed: UInt64
  let threads: Int
}

extension String {
  /// Whether it has letters, digits, `-`, `_` and points of ASCII alone, and at least one of them.
  var isPlainName: Bool {
    !isEmpty
      && utf8.allSatisfy { byte in
        let character = Character(Unicode.Scalar(byte))
        return byte < 128 && (character.isLetter || character.isNumber || "-_.".contains(character))
      }
  }
}
