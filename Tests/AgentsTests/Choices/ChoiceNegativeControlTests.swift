import Differentiation
import Distributions
import Estimators
import Networks
import Testing

@testable import Agents

/// What can be wrong with RELAX of several choices although everything runs.
enum ChoiceAlteration: String, EstimatorAlteration, Sendable {
  /// Nothing: what the others are compared with.
  case none = "no mistake"
  /// z̃ is drawn like z, whatever b: more variance, but no bias, as then it has nothing to do with b.
  case redrawnConditional = "z̃ redrawn"
  /// z̃ is drawn given b, and differentiated as one that was drawn anew.
  case redrawnDerivative = "derivative of a redrawn z̃"
  /// z̃ of a choice is drawn given the value of another.
  case otherValue = "z̃ given another choice's value"
  /// z and b of a choice are made of the noise of another one: the return belongs to another action.
  case otherNoise = "noise of another choice"
  /// The first choice is scored as if nothing were forbidden.
  case ignoredMask = "a mask ignored"

  var isBiased: Bool { self != .none && self != .redrawnConditional }
}

/// A product with a mistake.
private struct AlteredProduct<Base: ConditionallyReparameterizable>: AlteredDistribution {
  let base: Base
  let alteration: ChoiceAlteration
  /// b where it is not to be read off z.
  let executed: Tensor
  /// From the columns of each choice to those of another.
  let rotated: (Tensor) -> Tensor

  func value(ofRelaxed sample: Tensor) -> Tensor {
    alteration == .ignoredMask ? executed : base.value(ofRelaxed: sample)
  }

  func relaxedSample(noise: Tensor) -> Tensor {
    base.relaxedSample(noise: alteration == .otherNoise ? rotated(noise) : noise)
  }

  func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor {
    switch alteration {
    case .redrawnConditional: return base.relaxedSample(noise: noise)
    case .redrawnDerivative:
      let redrawn = base.relaxedSample(noise: noise)
      return base.conditionalRelaxedSample(given: value, noise: noise).stopGradient() + redrawn
        - redrawn.stopGradient()
    case .otherValue: return base.conditionalRelaxedSample(given: rotated(value), noise: noise)
    default: return base.conditionalRelaxedSample(given: value, noise: noise)
    }
  }
}

extension GradientGraph {
  /// RELAX on a policy of several choices of as many values each, with an alteration and without V.
  fileprivate init(
    _ alteration: ChoiceAlteration, _ networks: ActorCriticNetworks, _ scenario: ChoiceScenario
  ) {
    let graph = Graph()
    let (rows, width) = (GradientProgram.rows, scenario.noiseSize)
    let observations = graph.input("observations", shape: [rows, ChoiceScenario.states])
    let noise = graph.input("noise", shape: [rows, width])
    let conditionalNoise = graph.input("conditional noise", shape: [rows, width])
    let signal = graph.input("signal", shape: [rows])
    weight = graph.input("weight", shape: [rows])
    let maskSize = scenario.kind.maskSize(width)
    let mask = scenario.masks.isEmpty ? nil : graph.input("mask", shape: [rows, maskSize])
    let policy = ParameterTensors(networks.policy.parameters.layout, inputsOf: graph)
    guard let network = networks.controlVariate else {
      preconditionFailure("RELAX has a control variate.")
    }
    let phi = ParameterTensors(network.parameters.layout, inputsOf: graph)
    parameters = [policy, phi]
    let outputs = networks.policy.network(observations, parameters: policy)
    var seen = mask
    if alteration == .ignoredMask, let mask {
      let count = scenario.counts[0]
      seen = Tensor.concatenate(
        [graph.constant(1, shape: [rows, count]), mask.slice(axis: 1, count..<maskSize)], axis: 1)
    }
    let size = scenario.kind == .bernoulli ? 1 : scenario.counts[0]
    func rotated(_ tensor: Tensor) -> Tensor {
      Tensor.concatenate(
        [tensor.slice(axis: 1, size..<width), tensor.slice(axis: 1, 0..<size)], axis: 1)
    }
    (self.observations, self.noise, self.signal) = (observations, noise, signal)
    (self.conditionalNoise, self.mask) = (conditionalNoise, mask)
    func estimate<Base: ConditionallyReparameterizable>(
      _ make: (Tensor?) -> Base
    ) -> GradientEstimate {
      let base = make(seen)
      let distribution = AlteredProduct(
        base: base, alteration: alteration, executed: make(mask).sample(noise: noise),
        rotated: rotated)
      return RELAX().estimate(
        distribution, relaxed: distribution.relaxedSample(noise: noise),
        conditionalNoise: conditionalNoise, signal: signal,
        controlVariate: RelaxedControlVariate(
          network.network, phi, observations, of: base
        ).callAsFunction)
    }
    let built =
      scenario.kind == .bernoulli
      ? estimate { Bernoulli(logits: outputs, mask: $0) }
      : estimate { CategoricalProduct(logits: outputs, counts: scenario.counts, mask: $0) }
    policyGradient = built.pulledBack(to: policy.tensors, weights: -weight)
  }
}

struct ChoiceNegativeControlTests {
  static let scenarios = [
    ChoiceScenario("3 bits, masks", .bernoulli, [2, 2, 2], horizon: 3, isMasked: true),
    ChoiceScenario(
      "3 and 3 values, masks", .categoricals([3, 3]), [3, 3], horizon: 3, isMasked: true),
  ]

  @Test(arguments: scenarios)
  func `every wrong form of RELAX is more than 10 standard errors from the gradient`(
    scenario: ChoiceScenario
  ) throws {
    let configuration = Scenario.configuration(.relax)
    let networks = try scenario.networks(configuration)
    networks.makeControlVariateSteep()
    let policy = try scenario.policy(networks)
    try expectDetection(
      of: ChoiceAlteration.self, in: scenario.testDescription, configuration, policy,
      own: try scenario.program(configuration, networks),
      program: {
        try GradientProgram(GradientGraph($0, networks.networks, scenario), networks)
      },
      sample: {
        scenario.sample(batches: 400, of: 500, policy: policy, purpose: "choice-controls", $0)
      })
  }
}
