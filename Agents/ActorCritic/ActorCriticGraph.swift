import Differentiation
import Distributions
import Estimators
import Networks

/// What an actor-critic computes for R rows of experience, as a graph.
///
/// Shapes: R rows, D observation, A actions, N lanes.
struct ActorCriticGraph {
  let graph = Graph()
  /// `[R, D]`.
  let observations: Tensor
  /// `[R, A]` exponential variates behind the actions.
  let noise: Tensor
  /// `[R, A]`, or nil when every action is always allowed.
  let mask: Tensor?
  /// `[R]`, the action drawn with the noise, as a number.
  let action: Tensor
  /// `[R]`, the most probable action.
  let likeliestAction: Tensor
  /// `[R, A]` exponential variates for z̃.
  let conditionalNoise: Tensor
  /// `[R]`, the return minus V, or the return.
  let signal: Tensor
  /// `[R]`, what V is to become.
  let valueTarget: Tensor
  /// `[R]`, each row's weight in the sum; 0 for padding.
  let weight: Tensor
  /// `[R]`, V of the observations.
  let value: Tensor?
  /// `[N, D]` and `[N]`, V of observations that end a rollout.
  let bootstrapObservations: Tensor
  let bootstrapValue: Tensor?
  /// Loss gradients in the order of the parameters.
  let policyGradient: [Tensor]
  let valueGradient: [Tensor]
  /// φ's gradient if it needs no reduction over shards first.
  let controlVariateGradient: [Tensor]
  /// φ's gradient given w, the gradient of the policy summed over all shards.
  let coupledGradient: [Tensor]
  /// w, in the order of the policy's parameters.
  let direction: ParameterTensors?
  /// The inputs that are parameters.
  let parameters: [(tensors: ParameterTensors, values: ParameterSet<Float>)]

  init(
    _ configuration: ActorCriticConfiguration, _ networks: ActorCriticNetworks, rows: Int,
    lanes: Int, observationSize: Int, actionCount: Int, hasMask: Bool
  ) {
    let graph = graph
    func input(_ name: String, _ shape: Shape) -> Tensor { graph.input(name, shape: shape) }
    observations = input("observations", [rows, observationSize])
    noise = input("noise", [rows, actionCount])
    mask = hasMask ? input("mask", [rows, actionCount]) : nil
    conditionalNoise = input("conditional noise", [rows, actionCount])
    signal = input("signal", [rows])
    valueTarget = input("value target", [rows])
    weight = input("weight", [rows])
    bootstrapObservations = input("bootstrap observations", [lanes, observationSize])

    let policy = ParameterTensors(networks.policy.parameters.layout, inputsOf: graph)
    var parameters = [(tensors: policy, values: networks.policy.parameters)]
    let logits = networks.policy.mlp(observations, parameters: policy).named("logits")
    let distribution = Categorical(logits: logits, mask: mask)
    let relaxed = distribution.relaxedSample(noise: noise)
    action = relaxed.argMax()
    likeliestAction = distribution.logProbabilities.argMax()

    if let network = networks.value {
      let tensors = ParameterTensors(network.parameters.layout, inputsOf: graph)
      parameters.append((tensors, network.parameters))
      let value = network.mlp(observations, parameters: tensors).reshaped([rows]).named("V")
      let loss = 0.5 * (weight * (value - valueTarget).squared()).sum()
      valueGradient = gradient(of: loss, withRespectTo: tensors.tensors)
      bootstrapValue = network.mlp(bootstrapObservations, parameters: tensors).reshaped([lanes])
      self.value = value
    } else {
      valueGradient = []
      bootstrapValue = nil
      value = nil
    }

    let oneHot = action.oneHot(depth: actionCount)
    var estimate: GradientEstimate
    var fit: Tensor?
    var phi: ParameterTensors?
    switch configuration.estimator {
    case .scoreFunction:
      estimate = ScoreFunction().estimate(distribution, value: oneHot, signal: signal)
    case .relax, .allAction:
      guard let network = networks.controlVariate else {
        preconditionFailure("The estimator \(configuration.estimator) has a control variate.")
      }
      let tensors = ParameterTensors(network.parameters.layout, inputsOf: graph)
      parameters.append((tensors, network.parameters))
      phi = tensors
      if configuration.estimator == .allAction {
        let c = network.mlp(observations, parameters: tensors)
        estimate = AllAction().estimate(
          distribution, value: oneHot, signal: signal, controlVariate: c)
        fit = (oneHot * c).sum(axis: 1)
      } else {
        let control = RelaxedControlVariate(network.mlp, tensors, observations)
        estimate = RELAX().estimate(
          distribution, relaxed: relaxed, conditionalNoise: conditionalNoise, signal: signal,
          controlVariate: control.callAsFunction)
        fit = control(relaxed.stopGradient())
      }
    }
    if configuration.entropyCoefficient != 0 {
      // Part of the same backward pass, and so of the gradient whose variance φ lowers; the paper's
      // code leaves the entropy out of that objective.
      let slope = gradient(of: distribution.entropy().sum(), withRespectTo: distribution.parameters)
      estimate = GradientEstimate(
        parameters: estimate.parameters,
        distributionGradient: zip(estimate.distributionGradient, slope).map {
          $0 + configuration.entropyCoefficient * $1
        })
    }
    // Minus: the optimizer minimizes, the return is to grow.
    policyGradient = estimate.pulledBack(to: policy.tensors, weights: -weight)

    guard let phi, let fit else {
      controlVariateGradient = []
      coupledGradient = []
      direction = nil
      self.parameters = parameters
      return
    }
    switch (configuration.controlVariateObjective, configuration.controlVariateScope) {
    case (.fit, _):
      let loss = 0.5 * (weight * (fit - signal).squared()).sum()
      controlVariateGradient = gradient(of: loss, withRespectTo: phi.tensors)
      coupledGradient = []
      direction = nil
    case (.variance, .logits):
      let objective = estimate.squaredNorm(weights: weight)
      controlVariateGradient = gradient(of: objective, withRespectTo: phi.tensors)
      coupledGradient = []
      direction = nil
    case (.variance, .parameters):
      let w = ParameterTensors(
        policy.layout,
        tensors: policy.tensors.map { graph.input("direction", shape: $0.shape) })
      let objective = estimate.innerProduct(
        along: zip(policy.tensors, w.tensors).map { (input: $0, tangent: $1) }, weights: -weight)
      controlVariateGradient = []
      coupledGradient = gradient(of: 2 * objective, withRespectTo: phi.tensors)
      direction = w
    }
    self.parameters = parameters
  }
}

/// c_φ(s, z) = scale · MLP([s, softmax(z / τ)]), τ and the scale being part of φ.
///
/// Grathwohl et al. (2018) feed the relaxed action so; both scalars are from their code.
struct RelaxedControlVariate {
  private let mlp: MLP
  private let parameters: ParameterTensors
  private let observations: Tensor
  private let inverseTemperature: Tensor

  init(_ mlp: MLP, _ parameters: ParameterTensors, _ observations: Tensor) {
    self.mlp = mlp
    self.parameters = parameters
    self.observations = observations
    inverseTemperature = (-parameters["control_variate.log_temperature"]).exp()
  }

  /// c of relaxed actions `[K·R, A]` in the R observed states, K times over: `[K·R]`.
  func callAsFunction(_ relaxed: Tensor) -> Tensor {
    let copies = relaxed.shape[0] / observations.shape[0]
    let states = Tensor.concatenate(
      [Tensor](repeating: observations, count: copies), axis: 0)
    let action = (relaxed * inverseTemperature).softmax()
    let output = mlp(Tensor.concatenate([states, action], axis: 1), parameters: parameters)
    return (output * parameters["control_variate.scale"]).reshaped([relaxed.shape[0]])
  }
}
