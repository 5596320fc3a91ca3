import Differentiation
import Distributions
import Estimators
import Networks

/// A policy's actions and the estimate of its gradient, whatever it draws the actions from.
struct PolicyEstimate {
  /// What it is computed from.
  struct Inputs {
    /// `[R, D]`, as c sees them.
    let observations: Tensor
    /// The policy's outputs for them.
    let outputs: Tensor
    /// Variates behind the actions, and independent ones.
    let noise: Tensor
    let conditionalNoise: Tensor
    /// `[R, M·A]`, variates of M other actions.
    let freeNoise: Tensor
    let mask: Tensor?
    /// `[R]`, the return minus V, or the return.
    let signal: Tensor
    /// `[R]`, the same where no control variate has been subtracted in later steps.
    let plainSignal: Tensor
    let policy: ParameterTensors
    /// φ, where there is a control variate.
    let controlVariate: ParameterTensors?
    /// W of `SurrogateFit`, where there is one.
    let surrogate: Tensor?

    /// The variates of other actions, one after the other.
    fileprivate var freeDraws: [Tensor] {
      let width = noise.shape[1]
      return stride(from: 0, to: freeNoise.shape[1], by: width).map {
        freeNoise.slice(axis: 1, $0..<$0 + width)
      }
    }

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
  /// What c says that the action adds to the return, `[R]`.
  ///
  /// It is c of what was done less its mean over all actions, or over a few draws, or c itself where it is about other
  /// actions for the same observation; nil where only the action's own step is to know of c.
  var advantage: Tensor?
  /// The estimate without a control variate, where a gate compares both.
  var plain: GradientEstimate?
  /// `[R, A]`, ∇ log π of what was done by what it was drawn from, where `FutureControl` needs it.
  var score: Tensor?
  /// `[R, F]`, what `SurrogateFit` learns from.
  var surrogateFeatures: Tensor?

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
      let action =
        configuration.estimator.isAntithetic
        ? ARMS().value(distribution, noise: inputs.noise)
        : distribution.sample(noise: inputs.noise)
      self.init(
        distribution, configuration, networks, inputs, action: action,
        likeliest: distribution.logits.step())
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
        var table = network.network(inputs.observations, parameters: phi)
        if configuration.reachesLaterSteps { table = Self.centered(table, under: distribution) }
        parts.table = [table]
      } else {
        parts.function =
          RelaxedControlVariate(
            network.network, phi, inputs.observations, of: distribution
          ).callAsFunction
      }
    }
    let built = configuration.recipeOfOneAction.estimate(parts)
    gradient = built.gradient
    fit = built.fit
    if configuration.reachesLaterSteps, let c = built.fit {
      // Of a table the mean has been subtracted already.
      advantage = c
      if let function = parts.function {
        // z' is distributed as z is, given the state: c(z) less the mean of c(z') has mean 0.
        let others = Tensor.concatenate(
          inputs.freeDraws.map { distribution.relaxedSample(noise: $0) }, axis: 0)
        advantage = Self.difference(c, function(others))
      }
    }
    if configuration.estimator == .relaxLeaveOneOut { advantage = built.fit }
    if let coefficients = inputs.surrogate {
      let surrogate = Surrogate(coefficients, inputs.observations, of: distribution)
      let value = distribution.sample(noise: inputs.noise)
      let c = surrogate(value)
      advantage = c
      surrogateFeatures = surrogate.features(value)
      gradient = ClosedFormControlVariate().estimate(
        distribution, value: value, signal: inputs.signal, controlVariate: c,
        expectation: surrogate(distribution.mean))
    }
    entropy = distribution.entropy()
    addPlain(configuration, distribution.sample(noise: inputs.noise), of: distribution, inputs)
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
    var expected: Tensor?
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
      if configuration.reachesLaterSteps { expected = control.expectation(under: distribution) }
    }
    let built = configuration.recipeOfOneAction.estimate(parts)
    gradient = built.gradient
    fit = built.fit ?? slope.map { $0(value.stopGradient()) }
    if configuration.reachesLaterSteps, let c = fit, let function = parts.function {
      if let expected {
        advantage = c - expected
        gradient = ClosedFormControlVariate().estimate(
          distribution, value: value, signal: inputs.signal, controlVariate: c,
          expectation: expected)
      } else {
        let others = inputs.freeDraws.map { function(distribution.sample(noise: $0)) }
        advantage = Self.difference(c, Tensor.concatenate(others, axis: 0))
      }
    }
    entropy =
      configuration.gaussian.squashActions
      ? SquashedGaussian(distribution).entropyEstimate(noise: inputs.noise)
      : distribution.entropy()
    addPlain(configuration, value, of: distribution, inputs)
    add(configuration.entropyCoefficient, to: distribution)
  }

  /// What is needed beside the estimate: that without a control variate, and the score itself.
  private mutating func addPlain(
    _ configuration: ActorCriticConfiguration, _ value: Tensor, of distribution: some Distribution,
    _ inputs: Inputs
  ) {
    func estimate(_ signal: Tensor) -> GradientEstimate {
      ScoreFunction().estimate(distribution, value: value, signal: signal)
    }
    if configuration.controlVariate.gate { plain = estimate(inputs.plainSignal) }
    guard configuration.controlVariate.future else { return }
    let ones = inputs.signal.graph.constant(1, shape: inputs.signal.shape)
    score = Tensor.concatenate(estimate(ones).distributionGradient, axis: 1)
  }

  /// A table of c less its mean under the policy, which V stands for: `[R, S]`.
  private static func centered(_ table: Tensor, under distribution: some Distribution) -> Tensor {
    guard let enumerable = distribution as? any Enumerable else {
      fatalError("A table of c is of actions that can be listed.")
    }
    let probabilities = enumerable.supportLogProbabilities().exp().stopGradient()
    return table - (probabilities * table).sum(axis: 1, keepingAxis: true)
  }

  /// c `[R]` less the mean of c of other actions, `[M·R]`, M of them for each row.
  private static func difference(_ c: Tensor, _ others: Tensor) -> Tensor {
    let rows = c.shape.count
    return c - others.reshaped([others.shape.count / rows, rows]).mean(axis: 0)
  }

  /// Part of the same backward pass, and so of the gradient whose variance φ lowers; the paper's code
  /// leaves the entropy out of that objective.
  private mutating func add(
    _ coefficient: Double, to distribution: some Distribution
  ) {
    guard coefficient != 0 else { return }
    let slope = Differentiation.gradient(
      of: entropy.sum(), withRespectTo: distribution.parameters)
    func added(_ estimate: GradientEstimate) -> GradientEstimate {
      GradientEstimate(
        parameters: estimate.parameters,
        distributionGradient: zip(estimate.distributionGradient, slope).map {
          $0 + coefficient * $1
        })
    }
    gradient = added(gradient)
    plain = plain.map(added)
  }
}
