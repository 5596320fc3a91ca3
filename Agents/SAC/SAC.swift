import GSL
import Networks
import ReinforcementLearning

/// Soft actor-critic: the policy is to have entropy besides rewards, as much as a target says.
///
/// Haarnoja et al. (2018a, 2018b), with two critics, of which the lower one is believed, and a temperature
/// that is learned. Differences from the paper: see `SACLearner`.
public final class SAC: OffPolicyAgent {
  /// The settings.
  public let configuration: SACConfiguration
  /// One shard with all lanes.
  public let shards: [OffPolicyShard]

  let networks: SACNetworks
  let learner: SACLearner
  private var last = UpdateMetrics(count: 7)

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the number of lanes.
  ///   - seed: of parameters and noise.
  ///   - makeEnvironment: makes the environments: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError` or what an environment throws.
  public init(
    _ configuration: SACConfiguration, seed: UInt64,
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    let environment = try makeEnvironment(configuration.envs, 0)
    let box = try BoxActions(of: environment.actionSpace, for: "sac", in: environment.name)
    let networks = try SACNetworks(
      configuration, observationSize: environment.observationSize, actionSize: box.size)
    self.networks = networks
    networks.trained.initialize(seed: seed)
    networks.targets.copy()
    learner = try SACLearner(
      networks, configuration, observationSize: environment.observationSize,
      actionSize: box.size, seed: seed)
    shards = [
      try OffPolicyShard(environment, configuration, .box(box), learner, seed: seed) {
        try SACActor(
          networks.policy, $0, learningStarts: configuration.learningStarts, seed: seed)
      }
    ]
  }

  /// Checks that losses and gradients are finite, then moves critics, actor and temperature along them
  /// and the targets after the critics.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let (loss, value) = (learner.criticLoss, learner.meanValue)
    try NonFiniteLoss.require(criticLoss: loss, meanValue: value)
    for network in networks.trained { try network.measureGradient() }
    _ = try networks.temperatureGradient.finiteNorm()
    for network in networks.critics.networks {
      try network.update(
        configuration.criticLearningRate, at: position,
        maximumNorm: configuration.maxCriticGradientNorm)
    }
    let actor = networks.policy.network
    try actor.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    try networks.temperatureOptimizer.update(
      networks.logTemperature, gradient: networks.temperatureGradient,
      learningRate: configuration.temperatureLearningRate.value(
        atStep: position.step, of: position.steps))
    networks.targets.move(by: configuration.targetRate)
    let critics = networks.critics.networks
    (last[0], last[1], last[2]) = (actor.norm, critics[0].norm, critics[1].norm)
    (last[3], last[4]) = (loss, value)
    (last[5], last[6]) = (-learner.meanLogProbability, networks.temperature)
    shard.countUpdate()
  }

  /// Of the last update: norms of the gradients, the critics' loss, mean min Q(s, a), the policy's entropy
  /// and the temperature.
  public var metrics: [(name: String, value: Double?)] {
    last.named([
      "actor_gradient_norm", "critic_gradient_norm", "second_critic_gradient_norm",
      "critic_loss", "mean_action_value", "entropy", "temperature",
    ])
  }

  /// Parameters of actor and critics, and the logarithm of the temperature.
  public var parameters: [ParameterSet<Float>] {
    networks.trained.map(\.parameters) + [networks.logTemperature]
  }

  /// Adds parameters, targets and moments.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    try save(networks.trained, networks.targets, last, to: &checkpoint)
    networks.saveTemperature(to: &checkpoint)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    last = try restore(networks.trained, networks.targets, replacing: last, from: checkpoint)
    try networks.restoreTemperature(from: checkpoint)
  }
}
