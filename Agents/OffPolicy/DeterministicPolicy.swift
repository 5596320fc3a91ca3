import GSL
import Networks
import ReinforcementLearning

/// The actor of a trained `ddpg` or `td3`, without exploration.
public final class DeterministicPolicy: TrainedPolicy {
  /// The rows that are acted for at once.
  public var rows: Int { actor.rows }
  /// Whether the last actions were finite numbers.
  public var hasFiniteOutputs: Bool { actor.outputs.withRows(0..<rows) { $0.areAllFinite } }
  private let actor: CompiledNetwork
  private let box: BoxActions

  /// The policy of a checkpoint.
  ///
  /// - Parameters:
  ///   - configuration: the settings it was trained with.
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: a box with finite bounds.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public init(
    _ configuration: some OffPolicySettings, observationSpace: Space, actionSpace: Space,
    checkpoint: SafetensorsFile, rows: Int
  ) throws {
    try configuration.validateCommon()
    let box = try BoxActions(of: actionSpace, for: "a deterministic policy")
    let network = try configuration.network(
      "actor", inputs: observationSpace.observationSize, outputs: box.size)
    try network.parameters.restore(from: checkpoint)
    try network.parameters.requireFinite()
    actor = try CompiledNetwork(network.network, network.parameters, rows: rows) { $0.tanh() }
    self.box = box
  }

  /// Chooses actions, see `TrainedPolicy`; the policy is deterministic, so streams are not drawn from.
  public func act(
    observations: Span<Float>, masks: Span<Float>?, streams: inout [RandomStream]?
  ) -> ActionRows {
    let size = actor.inputs.width
    insist(
      observations.count == rows * size,
      "\(rows) observations have \(rows * size) numbers, not \(observations.count).")
    actor.inputs.write(observations)
    actor.run()
    return actor.outputs.withRows(0..<rows) { ActionModel.box(box).rows($0) }
  }
}
