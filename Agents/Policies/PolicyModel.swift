import Differentiation
import GSL
import Networks
import ReinforcementLearning

/// A policy for any action space: what it draws from, and the network that says how.
///
/// Real actions have one log σ for each component, whatever the observation.
struct PolicyModel {
  /// D.
  let observationSize: Int
  /// How the environment takes what is drawn.
  let actions: ActionModel
  /// Whether tanh keeps real actions within their bounds.
  let isSquashed: Bool
  /// Whether real actions have a deviation; a policy that never draws needs none.
  var hasDeviation = true
  /// Units of the hidden layers.
  let hiddenSizes: [Int]
  let activation: Activation
  /// How observations are images; nil where they are rows of numbers.
  var images: ImageModel?

  private static let logDeviation = "policy.log_deviation"

  /// What the networks see.
  var observations: ObservationModel {
    ObservationModel(
      size: observationSize, hiddenSizes: hiddenSizes, activation: activation, images: images)
  }

  /// What is drawn from.
  var kind: PolicyKind { actions.kind }

  /// The network `policy` with fresh parameters.
  ///
  /// - Parameters:
  ///   - outputGain: of the last layer's weights.
  ///   - initialLogDeviation: log σ of real actions at the start.
  ///   - optimizer: what moves the parameters.
  ///   - seed: the run's.
  /// - Returns: the network.
  /// - Throws: `MemoryError` where there is not enough of it to train it.
  func network(
    outputGain: Double = 0.01, initialLogDeviation: Double = 0,
    optimizer: OptimizerConfiguration = .adam(), seed: UInt64 = 0
  ) throws(MemoryError) -> TrainedNetwork {
    var layout = ParameterLayout()
    let function = observations.network(
      "policy", outputs: actions.noiseSize, gain: outputGain, in: &layout)
    if kind == .gaussian && hasDeviation {
      layout.add(Self.logDeviation, [actions.noiseSize])
    }
    let network = try TrainedNetwork(
      "policy", function, layout, optimizer, hiddenSizes: hiddenSizes)
    var stream = RandomStream(seed: seed, purpose: "initialization", lane: 0)
    function.initialize(network.parameters, from: &stream)
    if kind == .gaussian && hasDeviation {
      network.parameters[Self.logDeviation] = Array(
        repeating: Float(initialLogDeviation), count: actions.noiseSize)
    }
    return network
  }

  /// The network `value`, V, with fresh parameters and hidden layers like the policy's.
  ///
  /// - Parameters:
  ///   - optimizer: what moves the parameters.
  ///   - seed: the run's.
  /// - Returns: the network.
  /// - Throws: `MemoryError` where there is not enough of it to train it.
  func valueNetwork(
    optimizer: OptimizerConfiguration, seed: UInt64
  ) throws(MemoryError) -> TrainedNetwork {
    var layout = ParameterLayout()
    let function = observations.network("value", outputs: 1, in: &layout)
    let network = try TrainedNetwork(
      "value", function, layout, optimizer, hiddenSizes: hiddenSizes)
    var stream = RandomStream(seed: seed, purpose: "initialization", lane: 1)
    function.initialize(network.parameters, from: &stream)
    return network
  }

  /// The network `torso` that policy and V share, with fresh parameters; nil where they share none.
  ///
  /// - Parameters:
  ///   - optimizer: what moves the parameters.
  ///   - seed: the run's.
  /// - Returns: from images to features.
  /// - Throws: `MemoryError` where there is not enough of it to train it.
  func torso(
    optimizer: OptimizerConfiguration = .adam(), seed: UInt64 = 0
  ) throws(MemoryError) -> TrainedNetwork? {
    guard let network = try observations.torso(optimizer) else { return nil }
    var stream = RandomStream(seed: seed, purpose: "initialization", lane: 2)
    network.network.initialize(network.parameters, from: &stream)
    return network
  }

  /// What a network draws from for some rows.
  ///
  /// - Parameters:
  ///   - outputs: the network's, `[R, A]`.
  ///   - parameters: of the network.
  ///   - mask: of allowed choices, or nil.
  /// - Returns: one distribution for each row.
  func distribution(
    outputs: Tensor, parameters: ParameterTensors, mask: Tensor?
  ) -> ActionDistribution {
    ActionDistribution(
      kind, outputs: outputs, mask: mask,
      logDeviation: kind == .gaussian
        ? hasDeviation ? parameters[Self.logDeviation] : outputs.graph.constant(0) : nil,
      isSquashed: isSquashed)
  }

  /// The flags of a mask, or nil where none is needed.
  func maskSize(hasMask: Bool) -> Int? {
    hasMask && kind.canBeMasked ? kind.maskSize(actions.noiseSize) : nil
  }

  /// A trained policy of this model.
  ///
  /// - Parameters:
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  ///   - isStochastic: whether actions can be drawn too; otherwise the likeliest is all there is.
  ///   - normalizer: with which observations were seen in training, where they were normalized.
  /// - Returns: what acts.
  /// - Throws: what is missing in the checkpoint, or a parameter that is not finite.
  func policy(
    of checkpoint: SafetensorsFile, rows: Int, isStochastic: Bool,
    normalizer: ObservationNormalizer?
  ) throws -> CompiledPolicy {
    let network = try network()
    try network.parameters.restore(from: checkpoint)
    try network.parameters.requireFinite()
    let torso = try torso()
    try torso?.parameters.restore(from: checkpoint)
    try torso?.parameters.requireFinite()
    let table = ExperienceGraph(rows: rows, lanes: rows)
    let x = table.input(.observation, width: observationSize, isBytes: observations.isBytes)
    let seen = torso.map { $0(x, parameters: table.parameters($0.parameters)) } ?? x
    let mask = maskSize(hasMask: true).map { table.input(.mask, width: $0) }
    let noise = table.input(.noise, width: actions.noiseSize)
    let parameters = table.parameters(network.parameters)
    let outputs = network(seen, parameters: parameters)
    let distribution = distribution(outputs: outputs, parameters: parameters, mask: mask)
    let likeliest = distribution.likeliestAction
    return try CompiledPolicy(
      table, outputs: outputs, likeliest: likeliest,
      drawn: isStochastic
        ? distribution.action(ofDrawn: distribution.drawn(noise: noise)) : likeliest,
      actions: actions, noise: kind.noise, normalizer: normalizer)
  }
}
