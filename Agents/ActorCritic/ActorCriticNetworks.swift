import Differentiation
import GSL
import Networks

/// The three networks of an actor-critic, each with parameters, gradient and optimizer of its own.
///
/// φ's gradient must not rescale the policy's step, so nothing is shared.
final class ActorCriticNetworks {
  /// A network's parameters and what updates them.
  final class Trained {
    let name: String
    let mlp: MLP
    let parameters: ParameterSet<Float>
    let gradient: ParameterSet<Float>
    let optimizer: Optimizer<Float>
    /// The norm of the last gradient, before clipping; nil before the first.
    var norm: Double?

    init(_ name: String, _ mlp: MLP, _ layout: ParameterLayout, _ optimizer: OptimizerConfiguration)
    {
      self.name = name
      self.mlp = mlp
      parameters = ParameterSet(layout)
      gradient = ParameterSet(layout)
      self.optimizer = Optimizer(optimizer, for: layout)
    }

    /// Moves the parameters along the gradient, whose norm is known to be finite.
    func update(
      _ rate: Schedule, at progress: (step: Int, steps: Int), maximumNorm: Double
    ) throws {
      try optimizer.update(
        parameters, gradient: gradient,
        learningRate: rate.value(atStep: progress.step, of: progress.steps),
        maximumNorm: maximumNorm > 0 ? maximumNorm : nil, norm: norm)
    }

    var buffer: UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: gradient.pointer, count: gradient.count)
    }
  }

  let policy: Trained
  let value: Trained?
  let controlVariate: Trained?

  init(_ configuration: ActorCriticConfiguration, observationSize: Int, actionCount: Int) {
    let optimizer = configuration.optimizerConfiguration
    func make(_ name: String, inputs: Int, outputs: Int, gain: Double, extra: [ParameterEntry] = [])
      -> Trained
    {
      var layout = ParameterLayout()
      let mlp = MLP(
        name,
        MLPConfiguration(
          inputSize: inputs, hiddenSizes: configuration.hiddenSizes, outputSize: outputs,
          activation: configuration.activation, outputGain: gain), in: &layout)
      for entry in extra { layout.add(entry.name, entry.shape) }
      return Trained(name, mlp, layout, optimizer)
    }
    policy = make(
      "policy", inputs: observationSize, outputs: actionCount, gain: configuration.policyOutputGain)
    value =
      configuration.valueBaseline
      ? make("value", inputs: observationSize, outputs: 1, gain: 1) : nil
    controlVariate =
      switch configuration.estimator {
      case .scoreFunction: nil
      case .relax:
        make(
          "control_variate", inputs: observationSize + actionCount, outputs: 1, gain: 1,
          extra: [
            ParameterEntry("control_variate.log_temperature", []),
            ParameterEntry("control_variate.scale", []),
          ])
      case .allAction:
        make("control_variate", inputs: observationSize, outputs: actionCount, gain: 1)
      }
  }

  func initialize(seed: UInt64) {
    for (lane, network) in all.enumerated() {
      var stream = RandomStream(seed: seed, purpose: "initialization", lane: UInt64(lane))
      network.mlp.initialize(network.parameters, from: &stream)
    }
    if let controlVariate, controlVariate.parameters.layout.find("control_variate.scale") != nil {
      controlVariate.parameters["control_variate.scale"] = [1]
    }
  }

  var all: [Trained] { [policy, value, controlVariate].compactMap { $0 } }
}
