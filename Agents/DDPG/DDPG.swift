import GSL
import Networks
import ReinforcementLearning

/// Deep deterministic policy gradient: an off-policy actor-critic whose actor climbs its critic.
///
/// Lillicrap et al. (2016). The gradient of the actor is biased as far as the critic is wrong, which
/// `relax-ddpg` mends. Differences from the paper: see `DDPGLearner`.
public final class DDPG: OffPolicyAgent {
  /// The settings.
  public let configuration: DDPGConfiguration
  /// One shard with all lanes.
  public let shards: [OffPolicyShard]

  private let networks: DDPGNetworks
  private let variance: GradientVariance
  /// What the last update brought; a log may show it long after.
  private var last = UpdateMetrics(count: 4)
  private let learner: DDPGLearner

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the number of lanes.
  ///   - seed: of parameters and noise.
  ///   - makeEnvironment: makes the environments: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError` or what an environment throws.
  public init(
    _ configuration: DDPGConfiguration, seed: UInt64,
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    let environment = try makeEnvironment(configuration.envs, 0)
    let box = try BoxActions(
      of: environment.actionSpace, for: "ddpg", in: environment.name)
    let networks = try DDPGNetworks(
      configuration, observationSize: environment.observationSize, actionSize: box.size)
    self.networks = networks
    networks.initialize(seed: seed)
    variance = GradientVariance(networks.actor.parameters.layout)
    learner = try DDPGLearner(
      networks, batchSize: configuration.batchSize, discount: configuration.discount)
    shards = [
      try OffPolicyShard(environment, configuration, .box(box), learner, seed: seed) {
        try ExploringActor(networks.actor, $0, configuration, seed: seed)
      }
    ]
  }

  /// Checks that losses and gradients are finite, then moves actor and critic along them and the
  /// targets after them.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let (loss, value) = (learner.criticLoss, learner.meanValue)
    try NonFiniteLoss.require(criticLoss: loss, meanValue: value)
    for network in networks.trained { try network.measureGradient() }
    (last[0], last[1], last[2], last[3]) = (
      networks.actor.norm, networks.critic.norm, loss, value
    )
    if shard.updatesDone % configuration.varianceInterval == 0 {
      variance.add(networks.actor.gradient, norm: networks.actor.norm)
    }
    try networks.critic.update(
      configuration.criticLearningRate, at: position,
      maximumNorm: configuration.maxCriticGradientNorm)
    try networks.actor.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    networks.targets.move(by: configuration.targetRate)
    shard.countUpdate()
  }

  /// Of the last update: norms of the gradients, the critic's loss and mean Q(s, μ(s)); and the
  /// logarithm of the variance of the actor's gradient.
  public var metrics: [(name: String, value: Double?)] {
    last.named(["actor_gradient_norm", "critic_gradient_norm", "critic_loss", "mean_action_value"])
      + [("policy_gradient_log_variance", variance.logMeanVariance)]
  }

  /// Parameters of actor and critic.
  public var parameters: [ParameterSet<Float>] { networks.trained.map(\.parameters) }

  /// Adds parameters, targets and moments.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    try save(networks.trained, networks.targets, last, to: &checkpoint)
    variance.save(to: &checkpoint, name: "policy_gradient")
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    last = try restore(networks.trained, networks.targets, replacing: last, from: checkpoint)
    try variance.restore(from: checkpoint, name: "policy_gradient")
  }
}
