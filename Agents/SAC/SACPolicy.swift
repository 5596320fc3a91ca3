import Differentiation
import Distributions
import Networks
import ReinforcementLearning

/// A squashed normal distribution of actions, from a network that gives means and deviations.
///
/// Shapes: B rows, D observation, C components of an action.
struct SACPolicy {
  /// From an observation to C means and as many logarithms of deviations.
  let network: TrainedNetwork
  private let actionSize: Int

  /// Between these the logarithm of a deviation is kept, those of Haarnoja et al.'s own program: e^−20
  /// is certainty, and e² spreads actions over both ends of their range.
  static let logDeviations = -20.0...2.0

  init(
    _ configuration: SACConfiguration, observationSize: Int, actionSize: Int
  ) throws(MemoryError) {
    self.actionSize = actionSize
    network = try configuration.network(
      "actor", inputs: observationSize, outputs: 2 * actionSize,
      gain: configuration.policyOutputGain)
  }

  /// The distribution at some observations, `[B, D]`.
  func callAsFunction(_ observations: Tensor, _ parameters: ParameterTensors) -> SquashedGaussian {
    let outputs = network(observations, parameters: parameters)
    let graph = observations.graph
    let deviation = outputs.slice(axis: 1, actionSize..<2 * actionSize)
    let bounded = Tensor.minimum(
      Tensor.maximum(deviation, graph.constant(Self.logDeviations.lowerBound)),
      graph.constant(Self.logDeviations.upperBound))
    return SquashedGaussian(
      DiagonalGaussian(
        mean: outputs.slice(axis: 1, 0..<actionSize), logDeviation: bounded))
  }
}

extension CompiledPolicy {
  /// The policy of a trained `sac`: the most probable u through tanh, or one that is drawn.
  ///
  /// - Parameters:
  ///   - configuration: the settings it was trained with.
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: a box with finite bounds.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public convenience init(
    _ configuration: SACConfiguration, observationSpace: Space, actionSpace: Space,
    checkpoint: SafetensorsFile, rows: Int
  ) throws {
    try configuration.validate()
    let box = try BoxActions(of: actionSpace, for: "sac")
    let policy = try SACPolicy(
      configuration, observationSize: observationSpace.observationSize, actionSize: box.size)
    try policy.network.parameters.restore(from: checkpoint)
    try policy.network.parameters.requireFinite()
    let table = ExperienceGraph(rows: rows, lanes: rows)
    let x = table.input(.observation, width: observationSpace.observationSize)
    let noise = table.input(.noise, width: box.size)
    let distribution = policy(x, table.parameters(policy.network.parameters))
    let mean = distribution.base.mean
    try self.init(
      table, outputs: Tensor.concatenate([mean, distribution.base.logDeviation], axis: 1),
      likeliest: distribution.value(ofUnsquashed: mean),
      drawn: distribution.value(ofUnsquashed: distribution.base.sample(noise: noise)),
      actions: .box(box), noise: .normal)
  }
}
