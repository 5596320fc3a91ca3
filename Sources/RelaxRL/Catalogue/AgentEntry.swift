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
  private let makeSettings: @Sendable () -> SettingsTable
  /// Those that suit tasks, in files of which later ones win.
  let presets: [Presets]
  /// Whether the gradient is unbiased with some settings.
  let gradient: @Sendable (SettingsTable) throws -> GradientClaim
  /// The settings that make it so, each `key=value`, or nil where none can.
  let unbiasedSettings: [String]?
  /// Checks settings and makes an agent with fresh parameters.
  let makeLoop: @Sendable (SettingsTable, TrainingContext) throws -> any TrainingDriver
  /// Makes what acts with the parameters of a checkpoint.
  let makePolicy: @Sendable (SettingsTable, PolicyContext) throws -> any TrainedPolicy
  /// What is wrong with its settings or presets; nil if nothing is.
  private let findSettingsFault: @Sendable () -> String?
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
  ///   - presets: settings that suit tasks, as YAML in the form of `--config`: for all tasks, and below
  ///     `tasks` for those of some names.
  ///   - needs: says what it needs where it cannot act in a task, such as "one discrete action"; nil
  ///     where it can.
  ///   - gradient: whether its gradient is unbiased with some settings.
  ///   - unbiasedSettings: those that make it so, each `key=value`, for `--unbiased`.
  ///   - make: makes an agent with fresh parameters, its environments reset.
  ///   - policy: makes what acts with the parameters of a checkpoint.
  public init<Settings: AgentSettings, Learner: Agent>(
    _ name: String, _ summary: String, settings: Settings.Type, steps: Int = 100_000,
    presets: String = "",
    needs: @escaping @Sendable (AgentTask) -> String? = { _ in nil },
    gradient: @escaping @Sendable (Settings) -> GradientClaim = { _ in .unclaimed },
    unbiasedSettings: [String]? = nil,
    make: @escaping @Sendable (Settings, AgentContext) throws -> Learner,
    policy: @escaping @Sendable (Settings, PolicyContext) throws -> any TrainedPolicy
  ) {
    var (files, fault): ([Presets], String?) = ([], nil)
    do {
      files = [try Presets(presets, "The presets of \(name)")]
    } catch {
      fault = "\(error)"
    }
    self.init(
      name, summary, settings: settings, steps: steps, presets: files, fault: fault, needs: needs,
      gradient: gradient, unbiasedSettings: unbiasedSettings, make: make, policy: policy)
  }

  /// The same with presets that have been read, and without settings that mean nothing to the agent.
  init<Settings: AgentSettings, Learner: Agent>(
    _ name: String, _ summary: String, settings: Settings.Type, hiding hidden: [String] = [],
    steps: Int = 100_000, presets: [Presets], fault: String? = nil,
    needs: @escaping @Sendable (AgentTask) -> String?,
    gradient: @escaping @Sendable (Settings) -> GradientClaim, unbiasedSettings: [String]?,
    make: @escaping @Sendable (Settings, AgentContext) throws -> Learner,
    policy: @escaping @Sendable (Settings, PolicyContext) throws -> any TrainedPolicy
  ) {
    self.name = name
    self.summary = summary
    self.needs = needs
    self.presets = presets
    self.unbiasedSettings = unbiasedSettings
    self.gradient = { gradient(try $0.decode(Settings.self)) }
    let ofRun = RunSettings(
      agent: name, env: "", seed: 0, steps: steps, stopWhenSolved: true, progressInterval: 0,
      checkpointInterval: 0)
    findSettingsFault = {
      var taken = SettingsTable(ofRun)
      OptionalSettings.append(allTo: &taken)
      return SettingsTable.fault(of: Settings(), besides: taken) ?? fault
    }
    makeSettings = {
      var table = SettingsTable(ofRun)
      table.append(Settings(), hiding: hidden)
      return table
    }
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
        reduction: context.reduction, environment: context.environment)
      if case .integer(let envs)? = table["envs"], let lanes = Int(exactly: envs), lanes > 0 {
        // About as many on every rank.
        try made.requireMemory(lanes: 1 + (lanes - 1) / context.reduction.ranks.count)
      }
      let agent = try make(settings, made)
      guard agent.reduction.ranks == context.reduction.ranks else {
        throw UsageError(
          "\(name) learns in one process, because it has a single shard or knows no ranks, but there are "
            + "\(context.reduction.ranks.count) ranks. Train it without mpirun; agents like a2c, "
            + "relax-a2c, relax-ddpg and ppo can be spread.")
      }
      let own = try ThresholdSettings(in: table)
      guard own?.thresholdOf != .objective || agent.entropyTerm != nil else {
        throw UsageError(
          "threshold_of=objective is for an agent whose objective has the policy's entropy beside the "
            + "rewards, such as a2c with an entropy_coefficient above 0; with these settings that of "
            + "\(name) is of rewards alone.")
      }
      return TrainingLoop(
        agent, threads: context.threads,
        rewardThreshold: context.environment.spec.rewardThreshold,
        objectiveThreshold: own?.thresholdOf == .objective ? own?.threshold : nil)
    }
    makePolicy = { try policy(try $0.decode(Settings.self), $1) }
  }

  /// All settings of a run with this agent, with values that suit no task in particular.
  var blankSettings: SettingsTable { makeSettings() }

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
    if let settingsFault = findSettingsFault() {
      return "The settings of the agent \"\(name)\" cannot be used: \(settingsFault)"
    }
    do {
      for presets in presets { try presets.requireSettings(in: blankSettings) }
      return nil
    } catch {
      return "The presets of the agent \"\(name)\" cannot be used: \(error)"
    }
  }
}

/// What an agent is to be trained with, besides its settings.
struct TrainingContext {
  let environment: EnvironmentEntry
  let seed: UInt64
  let threads: Int
  let reduction: any Reduction
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
