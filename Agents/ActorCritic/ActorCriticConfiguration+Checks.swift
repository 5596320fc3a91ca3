import Networks
import ReinforcementLearning

extension ActorCriticConfiguration {
  /// Steps of all environments together in one update, at most.
  private static let maximumRows = 1 << 21

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
        returns == .monteCarlo, "returns", returns.rawValue,
        "monte-carlo with the estimator \(estimator.rawValue)")
      try require(
        envs.isMultiple(of: samples), "envs", envs, "a multiple of samples, which is \(samples)")
      try require(
        envsPerShard.isMultiple(of: samples), "envs_per_shard", envsPerShard,
        "a multiple of samples, which is \(samples)")
    }
    try require((0...1).contains(discount), "discount", discount, "in [0, 1]; most tasks use 0.99")
    try require((0...1).contains(gaeLambda), "gae_lambda", gaeLambda, "in [0, 1]")
    try requireHiddenSizes(hiddenSizes)
    try network.validate()
    try require(
      controlVariate.hiddenSizes.count <= 64
        && controlVariate.hiddenSizes.allSatisfy { (1...8192).contains($0) },
      "control_variate.hidden_sizes", controlVariate.hiddenSizes,
      "at most 64 sizes from 1 to 8192, such as [16], or [] for those of hidden_sizes")
    try require(
      controlVariate.temperature.isFinite && (1e-3...1e3).contains(controlVariate.temperature),
      "control_variate.temperature", controlVariate.temperature,
      "from 0.001 to 1000; 0.1 to 1 is usual")
    try requireOutputGain(policyOutputGain)
    try require(
      gaussian.initialLogDeviation.isFinite && abs(gaussian.initialLogDeviation) <= 10,
      "gaussian.initial_log_deviation",
      gaussian.initialLogDeviation, "from -10 to 10; -2 to 0 is usual")
    try require(
      !estimator.replacesFunction || controlVariate.objective == .fit,
      "control_variate.objective", controlVariate.objective.rawValue,
      "fit with the estimator \(estimator.rawValue), whose variance is least where c is constant")
    try validateReach()
    try require((0..<1).contains(rmspropDecay), "rmsprop_decay", rmspropDecay, "in [0, 1)")
    try require(
      rmspropEpsilon > 0 && rmspropEpsilon.isFinite, "rmsprop_epsilon", rmspropEpsilon,
      "above 0; 1e-5 is usual")
    try require((0..<1).contains(adamBeta2), "adam_beta2", adamBeta2, "in [0, 1)")
    try requireRates([
      ("learning_rate", learningRate), ("value.learning_rate", value.learningRate),
      ("control_variate.learning_rate", controlVariate.learningRate),
    ])
    try requireNorms([
      ("max_gradient_norm", maxGradientNorm), ("value.max_gradient_norm", value.maxGradientNorm),
      ("control_variate.max_gradient_norm", controlVariate.maxGradientNorm),
    ])
    try require(
      entropyCoefficient.isFinite && entropyCoefficient >= 0, "entropy_coefficient",
      entropyCoefficient, "finite and not negative; 0 to 0.01 is usual")
    try require(
      !entropyInReturns || returns == .monteCarlo, "entropy_in_returns", entropyInReturns,
      "false unless returns is monte-carlo: the others do not see the rest of the episode")
    try require(varianceInterval >= 1, "variance_interval", varianceInterval, "at least 1")
    try require(
      !discountedWeights || returns.isOfEpisodes, "discounted_weights", discountedWeights,
      "false unless returns is monte-carlo or gae-episodes: the others do not know how old an "
        + "episode is")
    try require(
      !value.seesTime || returns.isOfEpisodes, "value.sees_time", value.seesTime,
      "false unless returns is monte-carlo or gae-episodes: the others do not know how old an "
        + "episode is")
    try require(
      value.baseline || returns == .monteCarlo, "value.baseline", value.baseline,
      "true unless returns is monte-carlo: the others continue with V")
  }

  private func validateReach() throws(ConfigurationValueError) {
    let control = controlVariate
    try require(
      (1...1024).contains(control.freeDraws), "control_variate.free_draws", control.freeDraws,
      "from 1 to 1024; 8 is usual")
    try require(
      !control.future || returns.isOfEpisodes, "control_variate.future", control.future,
      "false unless returns is monte-carlo or gae-episodes: an episode's gradient is what it is "
        + "about")
    try require(
      !control.gate || returns.isOfEpisodes && control.objective == .fit, "control_variate.gate",
      control.gate,
      "false unless returns is monte-carlo or gae-episodes and control_variate.objective is fit")
    guard control.reach == .trajectory else { return }
    try require(
      estimator.hasControlVariate && !estimator.replacesFunction && !estimator.triesSeveralActions,
      "control_variate.reach", control.reach.rawValue,
      "step with the estimator \(estimator.rawValue), which has no control variate of later steps")
    try require(
      returns.isOfEpisodes, "control_variate.reach", control.reach.rawValue,
      "step unless returns is monte-carlo or gae-episodes: the others do not see the rest of the "
        + "episode")
    try require(
      control.objective == .fit, "control_variate.objective", control.objective.rawValue,
      "fit with control_variate.reach trajectory: a step's variance is not all that c changes")
  }

  /// Checks what depends on the task.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right, and what
  ///   ``ActionModel/init(_:of:)`` refuses.
  package func validate(for task: any VectorEnvironment) throws {
    try require(
      !estimator.isOfOneStep || task.stepLimit == 1, "estimator", estimator.rawValue,
      "another one for \(task.name), whose episodes "
        + (task.stepLimit.map { "have up to \($0) steps" } ?? "have no step limit")
        + ": \(estimator.rawValue) is for tasks of one")
    try require(
      !value.seesTime || task.stepLimit != nil, "value.sees_time", value.seesTime,
      "false for \(task.name), whose episodes have no step limit")
    let actions = try ActionModel(task.actionSpace, of: task.name)
    try validate(for: actions)
    if try observations(task.observationSpace).images != nil { try validateForImages(task) }
    let features = FutureControl.featureCount(task.observationSize) * actions.noiseSize
    try require(
      !controlVariate.future || features <= FutureControl.mostFeatures,
      "control_variate.future", controlVariate.future,
      "false for \(task.name): a regression on \(features) features is too large, "
        + "\(FutureControl.mostFeatures) are possible")
    let products = SurrogateFit.featureCount(task.observationSize, actions.noiseSize)
    try require(
      !estimator.fitsSurrogate || products <= SurrogateFit.mostFeatures,
      "estimator", estimator.rawValue,
      "another one for \(task.name): a regression on \(products) features is too large, "
        + "\(SurrogateFit.mostFeatures) are possible")
  }

  /// Refuses what sees observations as a row of numbers.
  private func validateForImages(_ task: any VectorEnvironment) throws(ConfigurationValueError) {
    for (name, setting, isOn, instead) in [
      ("value.sees_time", "true", value.seesTime, "false"),
      ("control_variate.future", "true", controlVariate.future, "false"),
      ("control_variate.gate", "true", controlVariate.gate, "false"),
      ("estimator", estimator.rawValue, estimator.fitsSurrogate, "another one"),
    ] {
      try require(
        !isOn, name, setting, "\(instead) for \(task.name), whose observations are images")
    }
  }

  /// Checks what depends on the action space.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  private func validate(for actions: ActionModel) throws(ConfigurationValueError) {
    guard estimator != .leaveOneOut else { return }
    let suitable: [PolicyGradientEstimator] =
      switch actions.kind {
      case .gaussian: PolicyGradientEstimator.ofRealActions
      case .bernoulli:
        PolicyGradientEstimator.ofChoices + [.relaxLeaveOneOut, .linearSurrogate, .arms]
      case .categorical, .categoricals:
        PolicyGradientEstimator.ofChoices + [.relaxLeaveOneOut, .linearSurrogate]
      }
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
        !gaussian.squashActions || box.isBounded, "gaussian.squash_actions", gaussian.squashActions,
        "false where an action has no bounds to keep within")
    }
  }
}
