/// What follows each action, as the estimator sees it.
public enum ReturnEstimate: String, Codable, Sendable, Hashable, CaseIterable {
  /// Rewards of the rollout, then V: biased where V is wrong.
  case nStep = "n-step"
  /// Generalized advantage estimation: biased likewise.
  case gae
  /// Whole episodes: no bias of its own. What else an unbiased gradient needs, `gradient` says.
  case monteCarlo = "monte-carlo"
  /// Whole episodes with generalized advantage estimation: the step limit is their end, and what biases is λ.
  case episodeGAE = "gae-episodes"

  /// Whether an update takes whole episodes.
  var isOfEpisodes: Bool { self == .monteCarlo || self == .episodeGAE }
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

/// Which steps' control variates the estimate of a step's gradient has.
public enum ControlVariateReach: String, Codable, Sendable, Hashable, CaseIterable {
  /// That of the step itself.
  case step
  /// Those of the later steps of the episode too, which take out what their actions add to the return:
  /// Cheng, Yan and Boots (2019), "Trajectory-wise control variates for variance reduction in policy gradient
  /// methods".
  case trajectory
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
