import Differentiation
import Estimators
import Networks

/// What an actor-critic computes for R rows of experience, as a graph.
///
/// Shapes: R rows, D observation, A choices or components of an action.
struct ActorCriticGraph {
  let graph = Graph()
  /// `[R, D]`.
  let observations: Tensor
  /// `[R, A]` variates behind the actions.
  let noise: Tensor
  /// `[R, A]`, or `[R, 2·A]` for bits; nil when every action is always allowed.
  let mask: Tensor?
  /// The action drawn with the noise: `[R]` or `[R, C]` numbers of choices, or `[R, A]` real ones.
  let action: Tensor
  /// The most probable action, alike.
  let likeliestAction: Tensor
  /// What the policy's network gives for the observations.
  let policyOutputs: Tensor
  /// `[R]`, the policy's entropy.
  let entropy: Tensor
  /// `[R, A]` variates for z̃.
  let conditionalNoise: Tensor
  /// `[R, M·A]` variates of M other actions.
  let freeNoise: Tensor
  /// `[R]`, the share of the step limit that has passed.
  let elapsed: Tensor
  /// `[R]`, the return minus V, or the return.
  let signal: Tensor
  /// `[R]`, the same without control variates of later steps, where both are needed.
  let plainSignal: Tensor
  /// `[R]`, what V is to become.
  let valueTarget: Tensor
  /// `[R]`, each row's weight in the sum; 0 for padding.
  let weight: Tensor
  /// `[R]`, V of the observations.
  let value: Tensor?
  /// `[R]`, what c says that an action adds to the return, where the returns of earlier steps are freed of it.
  let advantage: Tensor?
  /// Loss gradients in the order of the parameters.
  let policyGradient: [Tensor]
  /// The policy's without a control variate, where a gate compares both.
  let plainGradient: [Tensor]
  let valueGradient: [Tensor]
  /// That of policy and V together, where they share a torso.
  let torsoGradient: [Tensor]
  /// `[F, A]`, z of `FutureControl`.
  let futureSum: Tensor?
  /// `[F, F]` and `[F, 1]`, the sums of `SurrogateFit`; empty without one.
  let surrogateSums: [Tensor]
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
    observationSize: Int, actionCount: Int, hasMask: Bool
  ) {
    let graph = graph
    func input(_ name: String, _ shape: Shape) -> Tensor { graph.input(name, shape: shape) }
    observations =
      networks.observations.isBytes
      ? graph.byteInput("observations", shape: [rows, observationSize])
      : input("observations", [rows, observationSize])
    noise = input("noise", [rows, actionCount])
    mask = hasMask ? input("mask", [rows, networks.kind.maskSize(actionCount)]) : nil
    conditionalNoise = input("conditional noise", [rows, actionCount])
    let freeDraws = configuration.reachesLaterSteps ? configuration.controlVariate.freeDraws : 1
    freeNoise = input("free noise", [rows, freeDraws * actionCount])
    elapsed = input("elapsed", [rows])
    signal = input("signal", [rows])
    plainSignal = input("plain signal", [rows])
    valueTarget = input("value target", [rows])
    weight = input("weight", [rows])

    let policy = ParameterTensors(networks.policy.parameters.layout, inputsOf: graph)
    var parameters = [(tensors: policy, values: networks.policy.parameters)]
    var (features, torso): (Tensor, ParameterTensors?) = (observations, nil)
    if let network = networks.torso {
      let tensors = ParameterTensors(network.parameters.layout, inputsOf: graph)
      parameters.append((tensors, network.parameters))
      features = network(observations, parameters: tensors).named("features")
      torso = tensors
    }
    // What V and c see.
    let seen =
      configuration.value.seesTime
      ? Tensor.concatenate([features, elapsed.reshaped([rows, 1])], axis: 1) : features
    var valueLoss: Tensor?
    if let network = networks.value {
      let tensors = ParameterTensors(network.parameters.layout, inputsOf: graph)
      parameters.append((tensors, network.parameters))
      let value = network.network(seen, parameters: tensors).reshaped([rows]).named("V")
      let loss = 0.5 * (weight * (value - valueTarget).squared()).sum()
      valueGradient = gradient(of: loss, withRespectTo: tensors.tensors)
      valueLoss = loss
      self.value = value
    } else {
      valueGradient = []
      value = nil
    }

    var phi: ParameterTensors?
    if let network = networks.controlVariate {
      let tensors = ParameterTensors(network.parameters.layout, inputsOf: graph)
      parameters.append((tensors, network.parameters))
      phi = tensors
    }
    var surrogate: ParameterTensors?
    if let fit = networks.surrogate {
      let tensors = ParameterTensors(fit.coefficients.layout, inputsOf: graph)
      parameters.append((tensors, fit.coefficients))
      surrogate = tensors
    }
    let outputs = networks.policy.network(features, parameters: policy).named("policy output")
    policyOutputs = outputs
    let drawn = PolicyEstimate(
      configuration, networks,
      PolicyEstimate.Inputs(
        observations: seen, outputs: outputs, noise: noise,
        conditionalNoise: conditionalNoise, freeNoise: freeNoise, mask: mask, signal: signal,
        plainSignal: plainSignal, policy: policy, controlVariate: phi,
        surrogate: surrogate?.tensors[0]))
    let estimate = drawn.gradient
    action = drawn.action
    likeliestAction = drawn.likeliestAction
    entropy = drawn.entropy
    advantage = drawn.advantage
    futureSum = drawn.score.map { [observations, elapsed, weight] score in
      FutureControl.sum(of: score, observations, elapsed: elapsed, weight: weight)
    }
    surrogateSums =
      drawn.surrogateFeatures.map { [weight, plainSignal] features in
        let weighted = weight.reshaped([rows, 1]) * features
        return [features, plainSignal.reshaped([rows, 1])].map {
          weighted.matrixProduct($0, transposingSelf: true)
        }
      } ?? []
    // Minus: the optimizer minimizes, the return is to grow.
    policyGradient = estimate.pulledBack(to: policy.tensors, weights: -weight)
    if let torso {
      var cotangent = estimate.pulledBack(to: [features], weights: -weight)[0]
      if let valueLoss {
        cotangent =
          cotangent
          + configuration.network.valueWeight
          * gradient(of: valueLoss, withRespectTo: [features])[0]
      }
      torsoGradient = pullback(of: [(features, cotangent: cotangent)], to: torso.tensors)
    } else {
      torsoGradient = []
    }
    plainGradient =
      drawn.plain.map { [weight] in $0.pulledBack(to: policy.tensors, weights: -weight) } ?? []

    guard let phi else {
      controlVariateGradient = []
      coupledGradient = []
      direction = nil
      self.parameters = parameters
      return
    }
    switch (configuration.controlVariate.objective, configuration.controlVariate.scope) {
    case (.fit, _):
      guard let fit = drawn.fit else {
        fatalError("\(configuration.estimator) has no c that could be fitted to the return.")
      }
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
        along: policy.directions(w), weights: -weight)
      controlVariateGradient = []
      coupledGradient = gradient(of: 2 * objective, withRespectTo: phi.tensors)
      direction = w
    }
    self.parameters = parameters
  }
}
