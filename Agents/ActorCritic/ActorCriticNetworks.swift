import Differentiation
import Foundation
import Networks
import ReinforcementLearning

/// The networks of an actor-critic, each with parameters, gradient and optimizer of its own.
///
/// φ's gradient must not rescale the policy's step, so nothing is shared but, where that is asked for, the
/// torso that finds features in images. φ does not move it: to c its features are numbers.
final class ActorCriticNetworks {
  let kind: PolicyKind
  /// What the networks see.
  let observations: ObservationModel
  /// That makes features of observations for all three; nil where each sees the observations.
  let torso: TrainedNetwork?
  let policy: TrainedNetwork
  let value: TrainedNetwork?
  let controlVariate: TrainedNetwork?
  let future: FutureControl?
  let surrogate: SurrogateFit?
  /// The policy's gradient without a control variate, where a gate compares both.
  let plainGradient: ParameterSet<Float>?
  private let initialLogDeviation: Float
  private let initialLogTemperature: Float

  /// Networks that see rows of numbers.
  ///
  /// - Parameters:
  ///   - configuration: the settings.
  ///   - observationSize: D.
  ///   - actionCount: A, the number of choices, or of components.
  ///   - kind: what the policy draws from.
  /// - Throws: `MemoryError` where there is not enough of it to train them.
  convenience init(
    _ configuration: ActorCriticConfiguration, observationSize: Int, actionCount: Int,
    kind: PolicyKind = .categorical
  ) throws(MemoryError) {
    try self.init(
      configuration,
      ObservationModel(
        size: observationSize, hiddenSizes: configuration.hiddenSizes,
        activation: configuration.activation), actionCount: actionCount, kind: kind)
  }

  /// - Parameters:
  ///   - configuration: the settings.
  ///   - observations: what the networks see.
  ///   - actionCount: A, the number of choices, or of components.
  ///   - kind: what the policy draws from.
  /// - Throws: `MemoryError` where there is not enough of it to train them.
  init(
    _ configuration: ActorCriticConfiguration, _ observations: ObservationModel, actionCount: Int,
    kind: PolicyKind
  ) throws(MemoryError) {
    self.kind = kind
    self.observations = observations
    // What V and c see besides them.
    let time = configuration.value.seesTime ? 1 : 0
    let optimizer = configuration.optimizerConfiguration
    torso = try observations.torso(optimizer)
    func make(
      _ name: String, besides others: Int = 0, outputs: Int, gain: Double,
      extra: [ParameterEntry] = []
    ) throws(MemoryError) -> TrainedNetwork {
      var layout = ParameterLayout()
      let isControl = name == "control_variate"
      let sizes = isControl ? configuration.controlHiddenSizes : configuration.hiddenSizes
      var seen = observations
      // Of an image the same features for all, and c's own layers behind them.
      if seen.images == nil { seen.hiddenSizes = sizes }
      let network = seen.network(
        name, besides: others, outputs: outputs, gain: gain, headSizes: isControl ? sizes : [],
        in: &layout
      ) { perceptron, layout in
        guard isControl, configuration.controlVariate.linear else { return perceptron }
        return LinearSum(perceptron, "\(name).linear", in: &layout)
      }
      for entry in extra { layout.add(entry.name, entry.shape) }
      return try TrainedNetwork(name, network, layout, optimizer, hiddenSizes: sizes)
    }
    let hasDeviation = kind == .gaussian && configuration.gaussian.deviation == .stateIndependent
    let needsTwo = kind == .gaussian && configuration.gaussian.deviation == .stateDependent
    initialLogDeviation = Float(configuration.gaussian.initialLogDeviation)
    initialLogTemperature = Float(log(configuration.controlVariate.temperature))
    policy = try make(
      "policy", outputs: needsTwo ? 2 * actionCount : actionCount,
      gain: configuration.policyOutputGain,
      extra: hasDeviation ? [ParameterEntry("policy.log_deviation", [actionCount])] : [])
    plainGradient =
      configuration.controlVariate.gate ? ParameterSet(policy.parameters.layout) : nil
    future =
      configuration.controlVariate.future
      ? FutureControl(
        observationSize: observations.size,
        outputs: kind == .gaussian ? 2 * actionCount : actionCount,
        parameters: policy.parameters.count) : nil
    surrogate =
      configuration.estimator.fitsSurrogate
      ? SurrogateFit(
        observationSize: observations.size + time, actionSize: actionCount,
        rowWeight: 1 / Double(configuration.envs * configuration.episodesPerUpdate)) : nil
    value =
      try configuration.value.baseline && !configuration.estimator.triesSeveralActions
      ? make("value", besides: time, outputs: 1, gain: 1) : nil
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
        "control_variate", besides: time, outputs: outputs,
        // Subtracted in later steps too it is 0 at first, so that the estimate starts as the score function's.
        gain: configuration.reachesLaterSteps ? 0.01 : 1)
      return
    }
    switch kind {
    case .categorical, .categoricals, .bernoulli:
      controlVariate = try make(
        "control_variate", besides: time + actionCount, outputs: 1,
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
        besides: time + (configuration.controlVariate.form == .network ? actionCount : 0),
        outputs: ActionControlVariate.outputSize(
          configuration.controlVariate.form, components: actionCount), gain: 0.01)
    }
  }

  func initialize(seed: UInt64) {
    all.initialize(seed: seed)
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

  var all: [TrainedNetwork] { [policy, value, controlVariate, torso].compactMap { $0 } }
}
