import Networks
import ReinforcementLearning

/// What follows each action, as the estimator sees it.
public enum ReturnEstimate: String, Codable, Sendable, Hashable, CaseIterable {
  /// Rewards of the rollout, then V: biased where V is wrong.
  case nStep = "n-step"
  /// Generalized advantage estimation: biased likewise.
  case gae
  /// Whole episodes: no bias of its own. What else an unbiased gradient needs, `gradient` says.
  case monteCarlo = "monte-carlo"
}

/// Where the spread of real actions comes from.
public enum DeviationModel: String, Codable, Sendable, Hashable, CaseIterable {
  /// One log σ per component, whatever the observation.
  case stateIndependent = "state-independent"
  /// log σ is an output of the policy's network.
  case stateDependent = "state-dependent"
}

/// What c_φ(s, a) of real actions looks like.
public enum ControlVariateForm: String, Codable, Sendable, Hashable, CaseIterable {
  /// A network of observation and action.
  case network
  /// A quadratic in the action's distance from its mean, with coefficients from a network.
  case quadratic
}

/// How the control variate learns.
public enum ControlVariateObjective: String, Codable, Sendable, Hashable, CaseIterable {
  /// By the variance of the policy gradient, Grathwohl et al. (2018), equation 6.
  case variance
  /// By least squares to the return: cheaper, and not the same thing.
  case fit
}

/// Of what the variance is taken.
public enum VarianceScope: String, Codable, Sendable, Hashable, CaseIterable {
  /// The whole gradient, summed over all rows and shards.
  case parameters
  /// Each row's gradient by the logits: cheaper, ignores how rows share parameters.
  case logits
}

/// The optimizers to choose from.
public enum OptimizerChoice: String, Codable, Sendable, Hashable, CaseIterable {
  /// Gradient descent with momentum.
  case sgd
  /// RMSProp.
  case rmsprop
  /// Adam.
  case adam
}

/// The settings of `reinforce`, `a2c`, `relax-a2c` and `relax-ddpg`.
///
/// Defaults are those of A2C in Stable-Baselines3 where it has them.
public struct ActorCriticConfiguration: Codable, Sendable, Hashable {
  /// The estimator of the policy gradient.
  public var estimator = PolicyGradientEstimator.scoreFunction
  /// Environments stepped side by side.
  public var envs = 8
  /// Environments per shard; results depend on it, and never on the number of threads.
  public var envsPerShard = 64
  /// What follows each action.
  public var returns = ReturnEstimate.nStep
  /// Steps of each environment per update; not used with `monte-carlo`.
  public var rolloutSteps = 5
  /// Whole episodes of each environment per update; used with `monte-carlo`.
  public var episodesPerUpdate = 1
  /// γ.
  public var discount = 0.99
  /// λ of generalized advantage estimation.
  public var gaeLambda = 0.95
  /// Whether rows are weighted by γ^t, as the gradient of the discounted return asks.
  public var discountedWeights = false
  /// K, the actions for each observation with `rloo`: the environments are copies, K of each.
  public var samples = 4
  /// Whether V(s) is subtracted from the return; with `rloo`, which has a baseline of its own, there is no V.
  public var valueBaseline = true
  /// Units of the hidden layers, the same for policy, V and c.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.tanh
  /// The standard deviation of the policy's first logits is about this: small, so that it starts
  /// close to uniform.
  public var policyOutputGain = 0.01
  /// Where the spread of real actions comes from.
  public var deviation = DeviationModel.stateIndependent
  /// log σ of real actions at the start, in units in which the bounds are ±1.
  public var initialLogDeviation = -0.5
  /// Whether tanh keeps real actions within their bounds; otherwise they are clipped.
  public var squashActions = false
  /// What c_φ(s, a) of real actions looks like.
  public var controlVariateForm = ControlVariateForm.network
  /// Units of the hidden layers of c; empty for those of the other networks.
  public var controlVariateHiddenSizes: [Int] = []
  /// Whether c has a linear part beside its hidden layers.
  public var controlVariateLinear = false
  /// λ of the relaxed choices that c sees, at the start: it is a part of φ.
  public var temperature = 1.0
  /// The optimizer of all three networks.
  public var optimizer = OptimizerChoice.rmsprop
  /// Share of the past in RMSProp's average.
  public var rmspropDecay = 0.99
  /// RMSProp's ε; Stable-Baselines3's value for A2C.
  public var rmspropEpsilon = 1e-5
  /// Adam's second decay.
  public var adamBeta2 = 0.999
  /// Learning rate of the policy.
  public var learningRate = Schedule.constant(7e-4)
  /// Learning rate of V.
  public var valueLearningRate = Schedule.constant(7e-4)
  /// Learning rate of φ.
  public var controlVariateLearningRate = Schedule.constant(7e-4)
  /// Largest norm of the policy's gradient; 0 for no limit.
  public var maxGradientNorm = 0.5
  /// Largest norm of V's gradient; 0 for no limit.
  public var maxValueGradientNorm = 0.5
  /// Largest norm of φ's gradient; 0 for no limit.
  public var maxControlVariateGradientNorm = 0.5
  /// Weight of the policy's entropy.
  public var entropyCoefficient = 0.0
  /// Whether what follows an action includes the weighted entropies of later steps, as the gradient of
  /// the return plus the entropies asks.
  public var entropyInReturns = false
  /// How φ learns.
  public var controlVariateObjective = ControlVariateObjective.variance
  /// Of what gradient the variance is taken.
  public var controlVariateScope = VarianceScope.parameters
  /// Whether observations are shifted and scaled by running statistics.
  public var normalizeObservations = false
  /// Whether rewards are scaled by the running deviation of the return.
  public var normalizeRewards = false
  /// The variance of the policy's gradient takes in every so many updates.
  public var varianceInterval = 10

  /// Steps of all environments together in one update, at most.
  private static let maximumRows = 1 << 21

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    // Upper bounds are far above what is of use, and below what would exhaust a machine's memory.
    try require((1...65_536).contains(envs), "envs", envs, "from 1 to 65536")
    try require(envsPerShard >= 1, "envs_per_shard", envsPerShard, "at least 1")
    let longest = Self.maximumRows / envs
    try require(
      (1...longest).contains(rolloutSteps), "rollout_steps", rolloutSteps,
      "from 1 to \(longest) with \(envs) environments")
    try require(
      (1...longest).contains(episodesPerUpdate), "episodes_per_update", episodesPerUpdate,
      "from 1 to \(longest) with \(envs) environments")
    try require(
      (2...65_536).contains(samples), "samples", samples,
      "at least 2: one is compared with the others")
    if estimator.triesSeveralActions {
      try require(
        returns == .monteCarlo, "returns", returns.rawValue, "monte-carlo with the estimator rloo")
      try require(
        envs.isMultiple(of: samples), "envs", envs, "a multiple of samples, which is \(samples)")
      try require(
        envsPerShard.isMultiple(of: samples), "envs_per_shard", envsPerShard,
        "a multiple of samples, which is \(samples)")
    }
    try require((0...1).contains(discount), "discount", discount, "in [0, 1]; most tasks use 0.99")
    try require((0...1).contains(gaeLambda), "gae_lambda", gaeLambda, "in [0, 1]")
    try require(
      (1...64).contains(hiddenSizes.count) && hiddenSizes.allSatisfy { (1...8192).contains($0) },
      "hidden_sizes", hiddenSizes, "one to 64 sizes from 1 to 8192, such as [64, 64]")
    try require(
      controlVariateHiddenSizes.count <= 64
        && controlVariateHiddenSizes.allSatisfy { (1...8192).contains($0) },
      "control_variate_hidden_sizes", controlVariateHiddenSizes,
      "at most 64 sizes from 1 to 8192, such as [16], or [] for those of hidden_sizes")
    try require(
      temperature.isFinite && (1e-3...1e3).contains(temperature), "temperature", temperature,
      "from 0.001 to 1000; 0.1 to 1 is usual")
    try require(
      policyOutputGain.isFinite && policyOutputGain >= 0, "policy_output_gain", policyOutputGain,
      "finite and not negative")
    try require(
      initialLogDeviation.isFinite && abs(initialLogDeviation) <= 10, "initial_log_deviation",
      initialLogDeviation, "from -10 to 10; -2 to 0 is usual")
    try require(
      !estimator.replacesFunction || controlVariateObjective == .fit,
      "control_variate_objective", controlVariateObjective.rawValue,
      "fit with the estimator \(estimator.rawValue), whose variance is least where c is constant")
    try require((0..<1).contains(rmspropDecay), "rmsprop_decay", rmspropDecay, "in [0, 1)")
    try require(
      rmspropEpsilon > 0 && rmspropEpsilon.isFinite, "rmsprop_epsilon", rmspropEpsilon,
      "above 0; 1e-5 is usual")
    try require((0..<1).contains(adamBeta2), "adam_beta2", adamBeta2, "in [0, 1)")
    for (name, schedule) in [
      ("learning_rate", learningRate), ("value_learning_rate", valueLearningRate),
      ("control_variate_learning_rate", controlVariateLearningRate),
    ] {
      try require(schedule.isRate, name, schedule, "finite and not negative")
    }
    for (name, norm) in [
      ("max_gradient_norm", maxGradientNorm), ("max_value_gradient_norm", maxValueGradientNorm),
      ("max_control_variate_gradient_norm", maxControlVariateGradientNorm),
    ] {
      try require(norm.isFinite && norm >= 0, name, norm, "0 for no limit, or above")
    }
    try require(
      entropyCoefficient.isFinite && entropyCoefficient >= 0, "entropy_coefficient",
      entropyCoefficient, "finite and not negative; 0 to 0.01 is usual")
    try require(
      !entropyInReturns || returns == .monteCarlo, "entropy_in_returns", entropyInReturns,
      "false unless returns is monte-carlo: the others do not see the rest of the episode")
    try require(varianceInterval >= 1, "variance_interval", varianceInterval, "at least 1")
    try require(
      !discountedWeights || returns == .monteCarlo, "discounted_weights", discountedWeights,
      "false unless returns is monte-carlo: the others do not know how old an episode is")
    try require(
      valueBaseline || returns == .monteCarlo, "value_baseline", valueBaseline,
      "true unless returns is monte-carlo: n-step and gae continue with V")
  }

  /// Checks what depends on the action space.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  package func validate(for actions: ActionModel) throws(ConfigurationValueError) {
    guard !estimator.triesSeveralActions else { return }
    let suitable =
      actions.kind == .gaussian
      ? PolicyGradientEstimator.ofRealActions : PolicyGradientEstimator.ofChoices
    let names = suitable.map(\.rawValue).joined(separator: " or ")
    try require(
      suitable.contains(estimator), "estimator", estimator.rawValue,
      "\(names) with this task's actions")
    if estimator == .allAction, actions.kind.isFactorized {
      let joint = JointActions(actions.choiceCounts)
      try require(
        joint.areFew, "estimator", estimator.rawValue,
        "another with this task's actions: there are \(joint) of them, and all-action goes through "
          + "\(JointActions.most) at most")
    }
    if case .box(let box) = actions {
      try require(
        !squashActions || box.isBounded, "squash_actions", squashActions,
        "false where an action has no bounds to keep within")
    }
  }

  /// Units of the hidden layers of c.
  var controlHiddenSizes: [Int] {
    controlVariateHiddenSizes.isEmpty ? hiddenSizes : controlVariateHiddenSizes
  }

  /// The chosen optimizer with its settings.
  var optimizerConfiguration: OptimizerConfiguration {
    switch optimizer {
    case .sgd: .sgd()
    case .rmsprop: .rmsProp(decay: rmspropDecay, epsilon: rmspropEpsilon)
    case .adam: .adam(beta2: adamBeta2)
    }
  }
}
