import GSL
import Networks
import ReinforcementLearning

/// The policy of a trained actor-critic, with the normalization it was trained with.
public final class ActorCriticPolicy: GraphPolicy {
  /// The rows that are acted for at once.
  public var rows: Int { policy.rows }
  /// Whether logits, or means and deviations, of the last actions were finite numbers.
  public var hasFiniteOutputs: Bool { policy.hasFiniteOutputs }
  /// What it computes where it acts as seems best to it.
  public var function: PolicyFunction { policy.function }
  private let policy: CompiledPolicy

  /// The policy of a checkpoint.
  ///
  /// - Parameters:
  ///   - configuration: the settings it was trained with.
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: that of the environment.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public init(
    _ configuration: ActorCriticConfiguration, observationSpace: Space, actionSpace: Space,
    checkpoint: SafetensorsFile, rows: Int
  ) throws {
    try configuration.validate()
    let model = try ActionModel(actionSpace, of: "the environment")
    let (size, count) = (observationSpace.observationSize, model.noiseSize)
    // Acting needs neither a critic nor a control variate.
    var configuration = configuration
    configuration.estimator = .scoreFunction
    configuration.returns = .monteCarlo
    configuration.value.baseline = false
    let networks = try ActorCriticNetworks(
      configuration, try configuration.observations(observationSpace), actionCount: count,
      kind: model.kind)
    for network in networks.all {
      try network.parameters.restore(from: checkpoint)
      try network.parameters.requireFinite()
    }
    let normalizer = try ActorCritic.observationNormalizer(
      of: checkpoint,
      replacing: configuration.normalizeObservations
        ? ObservationNormalizer(size: size) : nil)
    let graph = ActorCriticGraph(
      configuration, networks, rows: rows, observationSize: size, actionCount: count,
      hasMask: model.kind.canBeMasked)
    policy = try CompiledPolicy(
      graph.table(rows: rows, lanes: rows), outputs: graph.policyOutputs,
      likeliest: graph.likeliestAction,
      drawn: graph.action, actions: model, noise: model.kind.noise, normalizer: normalizer)
  }

  /// Chooses actions, see `TrainedPolicy`.
  public func act(
    observations: Span<Float>, masks: Span<Float>?, streams: inout [RandomStream]?
  ) -> ActionRows {
    policy.act(observations: observations, masks: masks, streams: &streams)
  }
}
