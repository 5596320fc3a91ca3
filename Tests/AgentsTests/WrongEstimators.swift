import Differentiation
import Distributions
import Estimators
import Networks

@testable import Agents

/// What can be wrong with RELAX although everything runs.
enum Alteration: String, EstimatorAlteration, Sendable {
  /// Nothing: what the others are compared with.
  case none = "no mistake"
  /// z̃_b = log θ_b − log E_b, as in the code that was released with the paper.
  case conditionalSampler = "log π on the chosen arm of z̃"
  /// No derivative through z.
  case detachedRelaxation = "z detached"
  /// No derivative through z̃.
  case detachedConditional = "z̃ detached"
  /// z and b from noise drawn at the time of the update; the return belongs to the old action.
  case redrawnNoise = "redrawn noise"
  /// z alone from new noise, b as it was: more variance, but no bias, as z enters by its marginal.
  case independentRelaxation = "independent z"

  var isBiased: Bool { self != .none && self != .independentRelaxation }
}

/// A categorical distribution with a mistake.
struct AlteredCategorical: AlteredDistribution {
  let base: Categorical
  let alteration: Alteration
  /// b where it is not to be read off z.
  let executed: Tensor

  func value(ofRelaxed sample: Tensor) -> Tensor {
    alteration == .independentRelaxation ? executed : base.value(ofRelaxed: sample)
  }

  func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor {
    let right = base.conditionalRelaxedSample(given: value, noise: noise)
    switch alteration {
    case .conditionalSampler:
      return value.select(base.logProbabilities - noise.log(), otherwise: right)
    case .detachedConditional: return right.stopGradient()
    default: return right
    }
  }
}

extension GradientGraph {
  /// RELAX on a categorical policy with an alteration, without V.
  init(
    _ alteration: Alteration, _ networks: ActorCriticNetworks, rows: Int, observationSize: Int,
    actionCount: Int
  ) {
    let graph = Graph()
    observations = graph.input("observations", shape: [rows, observationSize])
    noise = graph.input("noise", shape: [rows, actionCount])
    let fresh = graph.input("fresh noise", shape: [rows, actionCount])
    conditionalNoise = graph.input("conditional noise", shape: [rows, actionCount])
    signal = graph.input("signal", shape: [rows])
    weight = graph.input("weight", shape: [rows])
    freshNoise = fresh
    let policy = ParameterTensors(networks.policy.parameters.layout, inputsOf: graph)
    parameters = [policy]
    guard let network = networks.controlVariate else {
      preconditionFailure("RELAX has a control variate.")
    }
    let phi = ParameterTensors(network.parameters.layout, inputsOf: graph)
    parameters.append(phi)
    let base = Categorical(logits: networks.policy.network(observations, parameters: policy))
    let isFresh = alteration == .redrawnNoise || alteration == .independentRelaxation
    var relaxed = base.relaxedSample(noise: isFresh ? fresh : noise)
    if alteration == .detachedRelaxation { relaxed = relaxed.stopGradient() }
    let distribution = AlteredCategorical(
      base: base, alteration: alteration,
      executed: base.value(ofRelaxed: base.relaxedSample(noise: noise)))
    let control = RelaxedControlVariate(network.network, phi, observations, of: base)
    policyGradient = RELAX().estimate(
      distribution, relaxed: relaxed, conditionalNoise: conditionalNoise, signal: signal,
      controlVariate: control.callAsFunction
    ).pulledBack(to: policy.tensors, weights: -weight)
  }
}
