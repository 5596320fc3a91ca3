import GSL
import Networks
import ReinforcementLearning

/// Deep deterministic policy gradient: an off-policy actor-critic whose actor climbs its critic.
///
/// Lillicrap et al. (2016). The gradient of the actor is biased as far as the critic is wrong, which
/// `relax-ddpg` mends. Differences from the paper: see `DDPGLearner`.
public final class DDPG: Agent {
  /// The settings.
  public let configuration: DDPGConfiguration
  /// One shard with all lanes.
  public let shards: [DDPGShard]

  /// What it can act with: tanh keeps actions within bounds, so there must be some.
  package static let actions = "real-valued actions with finite bounds"

  private let networks: DDPGNetworks
  private let variance: GradientVariance
  private var last = Last()
  private var shard: DDPGShard { shards[0] }

  /// Floating-point operations of the matrix products of one gradient update.
  package var matrixFlopsPerUpdate: Int { shard.learner.matrixFlops }

  /// What the last update brought; a log may show it long after.
  private struct Last: Codable {
    var actorGradientNorm: Double?
    var criticGradientNorm: Double?
    var criticLoss: Double?
    var meanValue: Double?
  }

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
    guard let box = BoxActions(bounded: environment.actionSpace) else {
      throw AgentError.wrongActionSpace(
        agent: "ddpg", needs: Self.actions, environment: environment.name,
        has: environment.actionSpace)
    }
    networks = try DDPGNetworks(
      configuration, observationSize: environment.observationSize, actionSize: box.size)
    networks.initialize(seed: seed)
    variance = GradientVariance(networks.actor.parameters.layout)
    shards = [
      try DDPGShard(environment, configuration, networks, box, seed: seed)
    ]
  }

  /// As many gradients as the steps taken ask for.
  public func pass(after pass: Pass) -> Pass {
    guard shard.updatesDue > 0 else { return .collect }
    return if case .gradient(let number) = pass { .gradient(number + 1) } else { .gradient(0) }
  }

  /// True: every gradient is applied before the next is taken.
  public var savesBetweenPasses: Bool { true }

  /// Checks that losses and gradients are finite, then moves actor and critic along them and the
  /// targets after them.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let (loss, value) = (shard.learner.criticLoss, shard.learner.meanValue)
    guard loss.isFinite, value.isFinite else {
      throw NonFiniteLoss(criticLoss: loss, meanValue: value)
    }
    for network in networks.trained { try network.measureGradient() }
    last = Last(
      actorGradientNorm: networks.actor.norm, criticGradientNorm: networks.critic.norm,
      criticLoss: loss, meanValue: value)
    if shard.updatesDone % configuration.varianceInterval == 0 {
      variance.add(networks.actor.gradient, norm: networks.actor.norm)
    }
    try networks.critic.update(
      configuration.criticLearningRate, at: position,
      maximumNorm: configuration.maxCriticGradientNorm)
    try networks.actor.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    networks.moveTargets(rate: configuration.targetRate)
    shard.countUpdate()
  }

  /// Nothing is left to be done: every gradient was applied.
  public func finishUpdate(at position: RunPosition) {}

  /// Of the last update: norms of the gradients, the critic's loss and mean Q(s, μ(s)); and the
  /// logarithm of the variance of the actor's gradient.
  public var metrics: [(name: String, value: Double?)] {
    [
      ("actor_gradient_norm", last.actorGradientNorm),
      ("critic_gradient_norm", last.criticGradientNorm), ("critic_loss", last.criticLoss),
      ("mean_action_value", last.meanValue),
      ("policy_gradient_log_variance", variance.logMeanVariance),
    ]
  }

  /// Parameters of actor and critic.
  public var parameters: [ParameterSet<Float>] { networks.trained.map(\.parameters) }

  /// Adds parameters, targets and moments.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    networks.save(to: &checkpoint)
    variance.save(to: &checkpoint, name: "policy_gradient")
    checkpoint.metadata["agent"] = try encodeState(last)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    try networks.restore(from: checkpoint)
    try variance.restore(from: checkpoint, name: "policy_gradient")
    let last: Last = try decodeState(checkpoint.metadata["agent"], named: "agent")
    let numbers = [
      last.actorGradientNorm, last.criticGradientNorm, last.criticLoss, last.meanValue,
    ]
    try refuse([StateFault.finite(numbers.compactMap { $0 }, "a metric")], in: "agent")
    self.last = last
  }
}

/// A loss that is not finite; the parameters are those before the update.
struct NonFiniteLoss: NumericalError {
  let criticLoss: Double
  let meanValue: Double

  var description: String {
    "The critic's loss is \(criticLoss) and the mean of Q is \(meanValue). The parameters were not "
      + "updated; lower the learning rates, or scale the task's rewards."
  }
}
