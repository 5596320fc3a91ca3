import Agents
import Formats
import Networks
import ReinforcementLearning
import Runs

/// The policies of one training run at several of its points, for studies of gradients.
package struct FrozenPolicies {
  /// A policy, and how good it was.
  package struct Point {
    /// Environment steps.
    package let step: Int
    /// Mean return of the last 100 training episodes, or nil before the first.
    package let meanReturn: Double?
    private let checkpoint: SafetensorsFile

    fileprivate init(_ driver: any TrainingDriver) throws {
      step = driver.progress.steps
      meanReturn = driver.log.meanReturn
      var file = SafetensorsFile()
      try driver.save(to: &file)
      checkpoint = file
    }

    func freeze(_ agent: ActorCritic) throws {
      try agent.freezePolicy(of: checkpoint)
    }
  }

  /// The settings of the run.
  package let configuration: ActorCriticConfiguration
  /// The points in the order of their steps.
  package private(set) var points: [Point] = []
  /// Whether actions are choices instead of real numbers.
  package let hasChoices: Bool
  let environment: EnvironmentEntry
  private let seed: UInt64
  private let driver: any TrainingDriver
  private let steps: Int

  /// Trains an agent with its preset, whether or not it solves the task on the way.
  ///
  /// - Parameters:
  ///   - agent: its name.
  ///   - environment: its name.
  ///   - seed: of everything.
  ///   - steps: environment steps, or nil for the preset's.
  ///   - assignments: changes of settings, each `key=value`.
  ///   - shares: the points, as shares of the steps in increasing order.
  /// - Throws: one line about what was mistyped, or what went wrong.
  package init(
    agent: String, environment: String, seed: Int, steps: Int?, assignments: [String],
    at shares: [Double]
  ) throws {
    try self.init(agent, environment, seed, steps, assignments)
    for share in shares {
      while Double(driver.progress.steps) < share * Double(self.steps) {
        _ = try driver.update(of: self.steps)
      }
      points.append(try Point(driver))
    }
  }

  /// Trains an agent with its preset until its policy is as good as wanted.
  ///
  /// - Parameters:
  ///   - agent: its name.
  ///   - environment: its name.
  ///   - seed: of everything.
  ///   - steps: environment steps at most, or nil for the preset's.
  ///   - assignments: changes of settings, each `key=value`.
  ///   - range: in which the mean return of 100 fresh episodes is to lie; it is looked at every so many steps.
  ///   - interval: those steps.
  /// - Throws: one line about what was mistyped, or that no such policy was met.
  package init(
    agent: String, environment: String, seed: Int, steps: Int?, assignments: [String],
    untilReturn range: ClosedRange<Double>, every interval: Int
  ) throws {
    try self.init(agent, environment, seed, steps, assignments)
    var seen: [String] = []
    while driver.progress.steps < self.steps {
      let next = driver.progress.steps + interval
      while driver.progress.steps < next { _ = try driver.update(of: self.steps) }
      let point = try Point(driver)
      let mean = try meanReturn(at: point)
      if range.contains(mean) {
        points = [point]
        return
      }
      seen.append("\(mean.rounded())")
    }
    throw UsageError(
      "No policy of \(agent) on \(environment), seed \(seed), has a mean return from "
        + "\(range.lowerBound) to \(range.upperBound); looked at every \(interval) steps it was "
        + "\(seen.joined(separator: ", ")).")
  }

  private init(
    _ agent: String, _ environment: String, _ seed: Int, _ steps: Int?, _ assignments: [String]
  ) throws {
    let table = try SettingsResolution.resolve(
      TypedSettings(
        agent: agent, environment: environment, seed: "\(seed)", steps: steps.map { "\($0)" },
        assignments: assignments))
    let settings = try table.decode(RunSettings.self)
    let driver = try TrainingSession.makeDriver(settings, table, threads: 1)
    guard driver is TrainingLoop<ActorCritic> else {
      throw UsageError(
        "\(settings.agent) has no policy gradient by an estimator of choice; "
          + "reinforce, a2c, relax-a2c and relax-ddpg have.")
    }
    configuration = try table.decode(ActorCriticConfiguration.self)
    self.environment = try Catalogue.current.environment(of: table)
    self.seed = settings.seed
    hasChoices =
      if case .box = self.environment.actionSpace { false } else { true }
    self.driver = driver
    self.steps = settings.steps
  }

  /// Whether settings suit the task: there may be too many actions to go through all of them, say.
  ///
  /// - Throws: what an environment has to say that cannot be made.
  package func suits(_ configuration: ActorCriticConfiguration) throws -> Bool {
    do {
      try configuration.validate()
      try configuration.validate(for: try environment.make(1, seed, 0))
      return true
    } catch is ConfigurationValueError { return false }
  }

  /// Independent gradients at a frozen policy.
  ///
  /// - Parameters:
  ///   - configuration: with another estimator, say; its policy must be that of the run, its policy
  ///     learning rate 0, and the other rates must have come to 0 when training ends.
  ///   - point: which policy.
  ///   - training: updates in which V and control variate learn before the first gradient.
  ///   - count: how many gradients.
  /// - Returns: `[count]` gradients of the expected return by the policy's parameters.
  /// - Throws: what an environment or a gradient that is not finite has to say.
  package func gradients(
    _ configuration: ActorCriticConfiguration, at point: Point, afterTraining training: Int,
    count: Int
  ) throws -> [[Float]] {
    let agent = try ActorCritic(configuration, seed: seed) {
      try environment.make($0, seed, $1)
    }
    try point.freeze(agent)
    let loop = TrainingLoop(agent)
    // Episodes have lengths of their own, so the whole is estimated from what was done.
    for update in 0..<training {
      let steps = loop.progress.steps
      try loop.update(of: update == 0 ? .max : max(steps + 1, steps / update * training))
    }
    return try (0..<count).map { _ in
      // With 1 step in all, schedules are at their end.
      try loop.update(of: 1)
      // The agent's own is that of a loss and has the other sign.
      return agent.shards[0].gradients(of: 0)[0].values.map { -$0 }
    }
  }
}
