import GSL
import Networks
import ReinforcementLearning

/// The policy of a trained actor-critic, with the normalization it was trained with.
public final class ActorCriticPolicy: TrainedPolicy {
  /// The rows that are acted for at once.
  public let rows: Int
  /// Whether logits, or means and deviations, of the last actions were finite numbers.
  public private(set) var hasFiniteOutputs = true
  private let greedy: ActorCriticProgram
  private let drawing: ActorCriticProgram
  private let normalizer: ObservationNormalizer?
  private let observationSize: Int
  private let maskSize: Int
  private let model: ActionModel

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
    self.model = model
    self.rows = rows
    observationSize = observationSpace.observationSize
    let actionCount = model.noiseSize
    maskSize = model.kind.maskSize(actionCount)
    // Acting needs neither a critic nor a control variate.
    var configuration = configuration
    configuration.estimator = .scoreFunction
    configuration.returns = .monteCarlo
    configuration.valueBaseline = false
    let networks = try ActorCriticNetworks(
      configuration, observationSize: observationSize, actionCount: actionCount,
      kind: model.kind)
    try networks.policy.parameters.restore(from: checkpoint)
    try networks.policy.parameters.requireFinite()
    normalizer = try ActorCritic.observationNormalizer(
      of: checkpoint,
      replacing: configuration.normalizeObservations
        ? ObservationNormalizer(size: observationSize) : nil)
    let graph = ActorCriticGraph(
      configuration, networks, rows: rows, lanes: rows, observationSize: observationSize,
      actionCount: actionCount, hasMask: model.kind.canBeMasked)
    greedy = try ActorCriticProgram(graph, networks, rows: rows, greedy: true, showsOutputs: true)
    drawing = try ActorCriticProgram(graph, networks, rows: rows, showsOutputs: true)
  }

  /// Chooses actions, see `TrainedPolicy`.
  public func act(
    observations: Span<Float>, masks: Span<Float>?, streams: inout [RandomStream]?
  ) -> ActionRows {
    insist(
      observations.count == rows * observationSize,
      "\(rows) observations have \(rows * observationSize) numbers, not \(observations.count).")
    if let masks {
      insist(
        masks.count == rows * maskSize,
        "\(rows) masks have \(rows * maskSize) numbers, not \(masks.count).")
    }
    insist(
      streams.map { $0.count == rows } ?? true,
      "\(rows) actions are drawn from as many streams, not \(streams?.count ?? 0).")
    let compiled = streams == nil ? greedy : drawing
    compiled.observations.withMutableRows(0..<rows) { target in
      for index in observations.indices { target[index] = observations[index] }
      normalizer?.normalize(&target)
    }
    if let mask = compiled.mask {
      for index in 0..<rows * maskSize {
        mask[index] = if let masks { masks[index] } else { 1 }
      }
    }
    if streams != nil, let noise = compiled.noise {
      for row in 0..<rows {
        noise.withMutableRows(row..<row + 1) { streams?[row].fill(model.kind.noise, &$0) }
      }
    }
    compiled.program.run(stage: compiled.stages.act)
    hasFiniteOutputs =
      compiled.policyOutputs.map { $0.withRows(0..<rows) { $0.areAllFinite } } ?? true
    return compiled.actions.withRows(0..<rows) { model.rows($0) }
  }
}
