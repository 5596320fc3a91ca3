import Differentiation
import Foundation
import GSL
import Networks
import ReinforcementLearning

/// The three networks of an actor-critic, each with parameters, gradient and optimizer of its own.
///
/// φ's gradient must not rescale the policy's step, so nothing is shared.
final class ActorCriticNetworks {
  /// A network's parameters and what updates them.
  final class Trained {
    let name: String
    let network: any Network
    let parameters: ParameterSet<Float>
    let gradient: ParameterSet<Float>
    let optimizer: Optimizer<Float>
    /// The norm of the last gradient, before clipping; nil before the first.
    var norm: Double?

    /// Copies of the parameters that exist at once at most: values, gradient, optimizer and statistics
    /// in use, and what is saved of them as tensors and as the bytes of a file.
    private static let copies = 14

    init(
      _ name: String, _ network: any Network, _ layout: ParameterLayout,
      _ optimizer: OptimizerConfiguration, hiddenSizes sizes: [Int]
    ) throws(MemoryError) {
      try AvailableMemory.require(
        layout.count.multipliedReportingOverflow(by: 4 * Self.copies).overflow
          ? nil : layout.count * 4 * Self.copies,
        for:
          "Training the network \"\(name)\" of \(layout.count) parameters, hidden_sizes \(sizes),",
        remedy: "Lower hidden_sizes; most tasks here use [64, 64].")
      self.name = name
      self.network = network
      parameters = ParameterSet(layout)
      gradient = ParameterSet(layout)
      self.optimizer = Optimizer(optimizer, for: layout)
    }

    /// Moves the parameters along the gradient, whose norm is known to be finite.
    func update(
      _ rate: Schedule, at position: RunPosition, maximumNorm: Double
    ) throws {
      try optimizer.update(
        parameters, gradient: gradient,
        learningRate: rate.value(atStep: position.step, of: position.steps),
        maximumNorm: maximumNorm > 0 ? maximumNorm : nil, norm: norm)
    }
  }

  let kind: PolicyKind
  let policy: Trained
  let value: Trained?
  let controlVariate: Trained?
  private let initialLogDeviation: Float
  private let initialLogTemperature: Float

  /// - Parameters:
  ///   - configuration: the settings.
  ///   - observationSize: D.
  ///   - actionCount: A, the number of choices, or of components.
  ///   - kind: what the policy draws from.
  /// - Throws: `MemoryError` where there is not enough of it to train them.
  init(
    _ configuration: ActorCriticConfiguration, observationSize: Int, actionCount: Int,
    kind: PolicyKind = .categorical
  ) throws(MemoryError) {
    self.kind = kind
    let optimizer = configuration.optimizerConfiguration
    func make(
      _ name: String, inputs: Int, outputs: Int, gain: Double, extra: [ParameterEntry] = []
    ) throws(MemoryError) -> Trained {
      var layout = ParameterLayout()
      let isControl = name == "control_variate"
      let sizes = isControl ? configuration.controlHiddenSizes : configuration.hiddenSizes
      let perceptron = MLP(
        name,
        MLPConfiguration(
          inputSize: inputs, hiddenSizes: sizes, outputSize: outputs,
          activation: configuration.activation, outputGain: gain), in: &layout)
      let network: any Network =
        isControl && configuration.controlVariateLinear
        ? LinearSum(perceptron, "\(name).linear", in: &layout) : perceptron
      for entry in extra { layout.add(entry.name, entry.shape) }
      return try Trained(name, network, layout, optimizer, hiddenSizes: sizes)
    }
    let hasDeviation = kind == .gaussian && configuration.deviation == .stateIndependent
    let needsTwo = kind == .gaussian && configuration.deviation == .stateDependent
    initialLogDeviation = Float(configuration.initialLogDeviation)
    initialLogTemperature = Float(log(configuration.temperature))
    policy = try make(
      "policy", inputs: observationSize, outputs: needsTwo ? 2 * actionCount : actionCount,
      gain: configuration.policyOutputGain,
      extra: hasDeviation ? [ParameterEntry("policy.log_deviation", [actionCount])] : [])
    value =
      try configuration.valueBaseline && !configuration.estimator.triesSeveralActions
      ? make("value", inputs: observationSize, outputs: 1, gain: 1) : nil
    guard configuration.estimator.hasControlVariate else {
      controlVariate = nil
      return
    }
    if configuration.estimator.recipe.control.contains(.table) {
      let joint = kind.jointActions(actionCount)
      guard joint.areFew || !kind.isFactorized, let outputs = joint.count else {
        fatalError("All-action goes through \(JointActions.most) actions at most, not \(joint).")
      }
      controlVariate = try make(
        "control_variate", inputs: observationSize, outputs: outputs, gain: 1)
      return
    }
    switch kind {
    case .categorical, .categoricals, .bernoulli:
      controlVariate = try make(
        "control_variate", inputs: observationSize + actionCount, outputs: 1,
        // Of many choices at once close to 0 at first, so that the estimate starts as the score function's.
        gain: kind.isFactorized ? 0.01 : 1,
        extra: [
          ParameterEntry("control_variate.log_temperature", []),
          ParameterEntry("control_variate.scale", []),
        ])
    case .gaussian:
      // Close to 0 at first, so that the estimate starts as the score function's.
      controlVariate = try make(
        "control_variate",
        inputs: configuration.controlVariateForm == .network
          ? observationSize + actionCount : observationSize,
        outputs: ActionControlVariate.outputSize(
          configuration.controlVariateForm, components: actionCount), gain: 0.01)
    }
  }

  func initialize(seed: UInt64) {
    for (lane, network) in all.enumerated() {
      var stream = RandomStream(seed: seed, purpose: "initialization", lane: UInt64(lane))
      network.network.initialize(network.parameters, from: &stream)
    }
    if policy.parameters.layout.find("policy.log_deviation") != nil {
      policy.parameters["policy.log_deviation"] = policy.parameters["policy.log_deviation"].map {
        _ in initialLogDeviation
      }
    }
    if let controlVariate, controlVariate.parameters.layout.find("control_variate.scale") != nil {
      controlVariate.parameters["control_variate.scale"] = [1]
      controlVariate.parameters["control_variate.log_temperature"] = [initialLogTemperature]
    }
  }

  var all: [Trained] { [policy, value, controlVariate].compactMap { $0 } }
}
