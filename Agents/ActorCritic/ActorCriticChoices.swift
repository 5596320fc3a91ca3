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
