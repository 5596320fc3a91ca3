import Differentiation
import Distributions
import GSL
import Networks
import ReinforcementLearning

/// Deep Q-learning: the value of each choice, learned from remembered transitions.
///
/// Mnih et al. (2015), with the double targets of van Hasselt et al. (2016) and returns of several steps;
/// see `DQNLearner`.
public final class DQN: OffPolicyAgent {
  /// The settings.
  public let configuration: DQNConfiguration
  /// One shard with all lanes.
  public let shards: [OffPolicyShard]

  /// What it can act with.
  package static let actions = "one discrete action"

  let networks: DQNNetworks
  let learner: DQNLearner
  private var last = UpdateMetrics(count: 3)

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the number of lanes.
  ///   - seed: of parameters and exploration.
  ///   - makeEnvironment: makes the environments: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError` or what an environment throws.
  public init(
    _ configuration: DQNConfiguration, seed: UInt64,
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    let environment = try makeEnvironment(configuration.envs, 0)
    guard case .discrete(let space) = environment.actionSpace else {
      throw AgentError.wrongActionSpace(
        agent: "dqn", needs: Self.actions, environment: environment.name,
        has: environment.actionSpace)
    }
    let observations = try configuration.observations(environment.observationSpace)
    let networks = try DQNNetworks(configuration, observations, choices: space.count)
    self.networks = networks
    [networks.value].initialize(seed: seed)
    networks.targets.copy()
    learner = try DQNLearner(
      networks, configuration, observations,
      maskSize: environment.hasActionMask ? space.count : 0)
    shards = [
      try OffPolicyShard(
        environment, configuration, .choice(space), learner, seed: seed,
        keepsBytes: observations.isBytes
      ) {
        try EpsilonGreedyActor(
          networks.value, $0, configuration, readsBytes: observations.isBytes, seed: seed)
      }
    ]
  }

  /// Checks that loss and gradient are finite, then moves Q along it and, every `target_every` updates,
  /// the target network after it.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let (loss, value) = (learner.loss, learner.meanValue)
    try NonFiniteLoss.require(criticLoss: loss, meanValue: value)
    try networks.value.measureGradient()
    try networks.value.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    (last[0], last[1], last[2]) = (networks.value.norm, loss, value)
    shard.countUpdate()
    if shard.updatesDone % configuration.targetEvery == 0 {
      networks.targets.move(by: configuration.targetRate)
    }
  }

  /// Of the last update: the gradient's norm, the loss and mean Q(s, a).
  public var metrics: [(name: String, value: Double?)] {
    last.named(["value_gradient_norm", "value_loss", "mean_action_value"])
  }

  /// Parameters of Q.
  public var parameters: [ParameterSet<Float>] { [networks.value.parameters] }

  /// Adds parameters, target and moments.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    try save([networks.value], networks.targets, last, to: &checkpoint)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    last = try restore(
      [networks.value], networks.targets, replacing: last, from: checkpoint)
  }
}

extension CompiledPolicy {
  /// The policy of a trained `dqn`: the most valuable allowed action, drawn or not.
  ///
  /// - Parameters:
  ///   - configuration: the settings it was trained with.
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: one discrete action.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public convenience init(
    _ configuration: DQNConfiguration, observationSpace: Space, actionSpace: Space,
    checkpoint: SafetensorsFile, rows: Int
  ) throws {
    try configuration.validate()
    guard case .discrete(let space) = actionSpace else {
      throw AgentError.wrongActionSpace(
        agent: "dqn", needs: DQN.actions, environment: "the environment", has: actionSpace)
    }
    let observations = try configuration.observations(observationSpace)
    let networks = try DQNNetworks(configuration, observations, choices: space.count)
    try networks.value.parameters.restore(from: checkpoint)
    try networks.value.parameters.requireFinite()
    let table = ExperienceGraph(rows: rows, lanes: rows)
    let x = table.input(.observation, width: observations.size, isBytes: observations.isBytes)
    let mask = table.input(.mask, width: space.count)
    let values = networks.value(x, parameters: table.parameters(networks.value.parameters))
    let best = DQNNetworks.best(values, allowing: mask)
    try self.init(
      table, outputs: values, likeliest: best, drawn: best, actions: .choice(space),
      noise: Categorical.noise)
  }
}
