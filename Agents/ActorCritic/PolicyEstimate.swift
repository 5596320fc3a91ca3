import Differentiation
import Distributions
import Estimators
import Networks

/// A policy's actions and the estimate of its gradient, whatever it draws the actions from.
struct PolicyEstimate {
  /// What it is computed from.
  struct Inputs {
    /// `[R, D]`.
    let observations: Tensor
    /// The policy's outputs for them.
    let outputs: Tensor
    /// Variates behind the actions, and independent ones.
    let noise: Tensor
    let conditionalNoise: Tensor
    let mask: Tensor?
    /// `[R]`, the return minus V, or the return.
    let signal: Tensor
    let policy: ParameterTensors
    /// φ, where there is a control variate.
    let controlVariate: ParameterTensors?

    /// What an estimator sees: the action that was taken and what it was worth.
    fileprivate func estimatorInputs(_ distribution: any Distribution) -> EstimatorInputs {
      EstimatorInputs(
        distribution, noise: { $0 == .conditional ? conditionalNoise : noise },
        signal: { _ in signal })
    }
  }

  /// The drawn action and the most probable one: `[R]` numbers of choices, or `[R, C]` of them or of reals.
  var action: Tensor
  var likeliestAction: Tensor
  /// By the distribution's own parameters.
  var gradient: GradientEstimate
  /// `[R]`, c of what was done, to be fitted to the signal.
  var fit: Tensor?
  /// `[R]`, the policy's entropy, or an estimate of it.
  var entropy: Tensor

  init(
    _ configuration: ActorCriticConfiguration, _ networks: ActorCriticNetworks, _ inputs: Inputs
  ) {
    switch networks.kind {
    case .categorical:
      let distribution = Categorical(logits: inputs.outputs, mask: inputs.mask)
      self.init(
        distribution, configuration, networks, inputs,
        action: distribution.relaxedSample(noise: inputs.noise).argMax(),
        likeliest: distribution.logProbabilities.argMax())
    case .categoricals(let counts):
      let distribution = CategoricalProduct(
        logits: inputs.outputs, counts: counts, mask: inputs.mask)
      self.init(
        distribution, configuration, networks, inputs,
        action: distribution.classIndices(
          ofLargest: distribution.relaxedSample(noise: inputs.noise)),
        likeliest: distribution.classIndices(ofLargest: distribution.logProbabilities))
    case .bernoulli:
      let distribution = Bernoulli(logits: inputs.outputs, mask: inputs.mask)
      self.init(
        distribution, configuration, networks, inputs,
        action: distribution.sample(noise: inputs.noise), likeliest: distribution.logits.step())
    case .gaussian: self.init(gaussian: configuration, networks, inputs)
    }
  }

  /// Of choices, one or several at once.
  private init(
    _ distribution: some ConditionallyReparameterizable,
    _ configuration: ActorCriticConfiguration, _ networks: ActorCriticNetworks, _ inputs: Inputs,
    action: Tensor, likeliest: Tensor
  ) {
    self.action = action
    likeliestAction = likeliest
    var parts = inputs.estimatorInputs(distribution)
    if let network = networks.controlVariate, let phi = inputs.controlVariate {
      if configuration.estimator.recipe.control.contains(.table) {
        parts.table = [network.network(inputs.observations, parameters: phi)]
      } else {
        parts.function =
          RelaxedControlVariate(
            network.network, phi, inputs.observations, of: distribution
          ).callAsFunction
      }
    }
    let built = configuration.estimator.recipeOfOneAction.estimate(parts)
    gradient = built.gradient
    fit = built.fit
    entropy = distribution.entropy()
    add(configuration.entropyCoefficient, to: distribution)
  }

  private init(
    gaussian configuration: ActorCriticConfiguration, _ networks: ActorCriticNetworks,
    _ inputs: Inputs
  ) {
    let shape = inputs.noise.shape
    let mean: Tensor
    let logDeviation: Tensor
    switch configuration.gaussian.deviation {
    case .stateIndependent:
      mean = inputs.outputs
      logDeviation = inputs.policy["policy.log_deviation"].broadcast(to: shape)
    case .stateDependent:
      mean = inputs.outputs.slice(axis: 1, 0..<shape[1])
      logDeviation =
        inputs.outputs.slice(axis: 1, shape[1]..<2 * shape[1])
        + configuration.gaussian.initialLogDeviation
    }
    let distribution = DiagonalGaussian(mean: mean, logDeviation: logDeviation)
    func executed(_ value: Tensor) -> Tensor {
      configuration.gaussian.squashActions ? value.tanh() : value
    }
    let value = distribution.sample(noise: inputs.noise)
    action = executed(value)
    likeliestAction = executed(mean)
    var parts = inputs.estimatorInputs(distribution)
    var slope: ((Tensor) -> Tensor)?
    if let network = networks.controlVariate, let phi = inputs.controlVariate {
      let control = ActionControlVariate(
        configuration.controlVariate.form, network.network, phi, inputs.observations,
        center: mean.stopGradient(), executed: executed)
      if configuration.estimator.replacesFunction {
        parts.f = control.callAsFunction
        slope = control.callAsFunction
      } else {
        parts.function = control.callAsFunction
      }
    }
    let built = configuration.estimator.recipeOfOneAction.estimate(parts)
    gradient = built.gradient
    fit = built.fit ?? slope.map { $0(value.stopGradient()) }
    entropy =
      configuration.gaussian.squashActions
      ? SquashedGaussian(distribution).entropyEstimate(noise: inputs.noise)
      : distribution.entropy()
    add(configuration.entropyCoefficient, to: distribution)
  }

  /// Part of the same backward pass, and so of the gradient whose variance φ lowers; the paper's code
  /// leaves the entropy out of that objective.
  private mutating func add(
    _ coefficient: Double, to distribution: some Distribution
  ) {
    guard coefficient != 0 else { return }
    let slope = Differentiation.gradient(
      of: entropy.sum(), withRespectTo: distribution.parameters)
    gradient = GradientEstimate(
      parameters: gradient.parameters,
      distributionGradient: zip(gradient.distributionGradient, slope).map { $0 + coefficient * $1 })
  }
}
