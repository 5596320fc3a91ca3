import GSL
import Networks
import ReinforcementLearning

/// Twin delayed deep deterministic policy gradient: `ddpg` with two critics, of which the lower one is
/// believed, targets at smoothed actions, and an actor that waits for its critics.
///
/// Fujimoto, van Hoof and Meger (2018). Differences from the paper: see `TD3Learner`.
public final class TD3: OffPolicyAgent {
  /// The settings.
  public let configuration: TD3Configuration
  /// One shard with all lanes.
  public let shards: [OffPolicyShard]

  let networks: TD3Networks
  let learner: TD3Learner
  private var last = UpdateMetrics(count: 5)

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the number of lanes.
  ///   - seed: of parameters and noise.
  ///   - makeEnvironment: makes the environments: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError` or what an environment throws.
  public init(
    _ configuration: TD3Configuration, seed: UInt64,
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    let environment = try makeEnvironment(configuration.envs, 0)
    let box = try BoxActions(of: environment.actionSpace, for: "td3", in: environment.name)
    let networks = try TD3Networks(
      configuration, observationSize: environment.observationSize, actionSize: box.size)
    self.networks = networks
    networks.trained.initialize(seed: seed)
    networks.targets.copy()
    learner = try TD3Learner(
      networks, configuration, observationSize: environment.observationSize,
      actionSize: box.size, seed: seed)
    shards = [
      try OffPolicyShard(environment, configuration, .box(box), learner, seed: seed) {
        try ExploringActor(networks.actor, $0, configuration, seed: seed)
      }
    ]
  }

  /// Checks that losses and gradients are finite, then moves the critics along them and, every
  /// `policy_delay` updates, the actor and all targets.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let movesActor = learner.movesActor(inUpdate: shard.updatesDone)
    let (loss, value) = (learner.criticLoss, movesActor ? learner.meanValue : 0)
    try NonFiniteLoss.require(criticLoss: loss, meanValue: value)
    for network in movesActor ? networks.trained : networks.critics.networks {
      try network.measureGradient()
    }
    for network in networks.critics.networks {
      try network.update(
        configuration.criticLearningRate, at: position,
        maximumNorm: configuration.maxCriticGradientNorm)
    }
    let critics = networks.critics.networks
    (last[1], last[2], last[3]) = (critics[0].norm, critics[1].norm, loss)
    if movesActor {
      try networks.actor.update(
        configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
      networks.targets.move(by: configuration.targetRate)
      (last[0], last[4]) = (networks.actor.norm, value)
    }
    shard.countUpdate()
  }

  /// Of the last update: norms of the gradients, the critics' loss and mean Q₁(s, μ(s)).
  public var metrics: [(name: String, value: Double?)] {
    last.named([
      "actor_gradient_norm", "critic_gradient_norm", "second_critic_gradient_norm",
      "critic_loss", "mean_action_value",
    ])
  }

  /// Parameters of actor and critics.
  public var parameters: [ParameterSet<Float>] { networks.trained.map(\.parameters) }

  /// Adds parameters, targets and moments.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    try save(networks.trained, networks.targets, last, to: &checkpoint)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    last = try restore(networks.trained, networks.targets, replacing: last, from: checkpoint)
  }
}
