import Estimators
import Networks
import ReinforcementLearning

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
  /// Steps of each environment per update; not used with `monte-carlo` and `gae-episodes`.
  public var rolloutSteps = 5
  /// Whole episodes of each environment per update; used with `monte-carlo` and `gae-episodes`.
  public var episodesPerUpdate = 1
  /// γ.
  public var discount = 0.99
  /// λ of generalized advantage estimation.
  public var gaeLambda = 0.95
  /// Whether rows are weighted by γ^t, as the gradient of the discounted return asks.
  public var discountedWeights = false
  /// K, the actions for each observation with `rloo`, `arms`, `relax-rloo` and `linear-surrogate`: the environments are copies, K of each.
  public var samples = 4
  /// Units of the hidden layers, the same for policy, V and c; of an image, those behind the convolutions.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.tanh
  /// The standard deviation of the policy's first logits is about this: small, so that it starts
  /// close to uniform.
  public var policyOutputGain = 0.01
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
  /// Largest norm of the policy's gradient; 0 for no limit.
  public var maxGradientNorm = 0.5
  /// Weight of the policy's entropy.
  public var entropyCoefficient = 0.0
  /// Whether what follows an action includes the weighted entropies of later steps, as the gradient of
  /// the return plus the entropies asks.
  public var entropyInReturns = false
  /// Whether observations are shifted and scaled by running statistics.
  public var normalizeObservations = false
  /// Whether rewards are scaled by the running deviation of the return.
  public var normalizeRewards = false
  /// The variance of the policy's gradient takes in every so many updates.
  public var varianceInterval = 10
  /// Which network sees observations.
  public var network = NetworkSettings()
  /// V(s).
  public var value = Value()
  /// c_φ.
  public var controlVariate = ControlVariate()
  /// The policy of real actions.
  public var gaussian = Gaussian()

  /// The defaults.
  public init() {}

  /// Whether the returns that c is compared with are free of what it says of later steps.
  var reachesLaterSteps: Bool { controlVariate.reach == .trajectory }

  /// Whether what c says of actions is needed as a number, before any gradient.
  var readsControlVariate: Bool {
    reachesLaterSteps || estimator == .relaxLeaveOneOut || estimator.fitsSurrogate
  }

  /// Whether returns are needed without what is subtracted from them.
  var keepsPlainReturns: Bool { controlVariate.gate || estimator.fitsSurrogate }

  /// The estimate of one action and what followed it.
  var recipeOfOneAction: EstimatorRecipe { estimator.recipeOfOneAction(samples: samples) }

  /// λ on whole episodes.
  var episodeLambda: Double { returns == .episodeGAE ? gaeLambda : 1 }

  /// Units of the hidden layers of c.
  var controlHiddenSizes: [Int] {
    controlVariate.hiddenSizes.isEmpty ? hiddenSizes : controlVariate.hiddenSizes
  }

  /// What the networks see of a task's observations.
  ///
  /// - Parameter space: that of the observations.
  /// - Returns: numbers or images.
  /// - Throws: `ConfigurationValueError` for settings that do not fit the space.
  func observations(_ space: Space) throws(ConfigurationValueError) -> ObservationModel {
    ObservationModel(
      size: space.observationSize, hiddenSizes: hiddenSizes, activation: activation,
      images: try network.images(of: space, normalizes: normalizeObservations))
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

extension ActorCriticConfiguration {
  /// V(s), which is subtracted from what follows an action.
  public struct Value: Codable, Sendable, Hashable {
    /// Whether V(s) is subtracted; with estimators of several actions, which have a baseline of their own, there is no V.
    public var baseline = true
    /// Learning rate of V.
    public var learningRate = Schedule.constant(7e-4)
    /// Largest norm of V's gradient; 0 for no limit.
    public var maxGradientNorm = 0.5
    /// Whether V and c see which share of the step limit has passed; on whole episodes.
    public var seesTime = false
  }

  /// c_φ, the control variate that lowers the variance of the policy's gradient.
  public struct ControlVariate: Codable, Sendable, Hashable {
    /// How φ learns.
    public var objective = ControlVariateObjective.variance
    /// Whether c is subtracted from the return of its own step alone, or also from those of earlier steps.
    public var reach = ControlVariateReach.step
    /// Whether what an action says of later steps' gradients is subtracted too, as far as it is linear: by
    /// regression on earlier updates, on whole episodes.
    public var future = false
    /// Whether control variates count only as far as they have lowered the variance in earlier updates; on whole
    /// episodes, at the price of a second gradient.
    public var gate = false
    /// Draws of other actions with which the mean of c is estimated in later steps where it has no closed
    /// form.
    public var freeDraws = 8
    /// Of what gradient the variance is taken.
    public var scope = VarianceScope.parameters
    /// What c_φ(s, a) of real actions looks like.
    public var form = ControlVariateForm.network
    /// Units of the hidden layers of c; empty for those of the other networks.
    public var hiddenSizes: [Int] = []
    /// Whether c has a linear part beside its hidden layers.
    public var linear = false
    /// λ of the relaxed choices that c sees, at the start: it is a part of φ.
    public var temperature = 1.0
    /// Learning rate of φ.
    public var learningRate = Schedule.constant(7e-4)
    /// Largest norm of φ's gradient; 0 for no limit.
    public var maxGradientNorm = 0.5
  }

  /// The policy of real actions, a Gaussian.
  public struct Gaussian: Codable, Sendable, Hashable {
    /// Where the spread of real actions comes from.
    public var deviation = DeviationModel.stateIndependent
    /// log σ at the start, in units in which the bounds are ±1.
    public var initialLogDeviation = -0.5
    /// Whether tanh keeps actions within their bounds; otherwise they are clipped.
    public var squashActions = false
  }
}
