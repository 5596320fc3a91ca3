import Differentiation
import Distributions
import Estimators
import Networks
import Testing

@testable import Agents

/// What can be wrong with RELAX of several choices although everything runs.
enum ChoiceAlteration: String, CaseIterable, Sendable {
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
private struct AlteredProduct<Base: ConditionallyReparameterizable>: ConditionallyReparameterizable
{
  let base: Base
  let alteration: ChoiceAlteration
  /// b where it is not to be read off z.
  let executed: Tensor
  /// From the columns of each choice to those of another.
  let rotated: (Tensor) -> Tensor

  static var noise: NoiseKind { Base.noise }
  var parameters: [Tensor] { base.parameters }
  var mean: Tensor { base.mean }
  func logProbability(of value: Tensor) -> Tensor { base.logProbability(of: value) }
  func entropy() -> Tensor { base.entropy() }
  func klDivergence(to other: Self) -> Tensor { base.klDivergence(to: other.base) }
  func coupledNoise(ofRelaxed sample: Tensor) -> Tensor { base.coupledNoise(ofRelaxed: sample) }

  func value(ofRelaxed sample: Tensor) -> Tensor {
    alteration == .ignoredMask ? executed : base.value(ofRelaxed: sample)
  }

  func relaxedSample(noise: Tensor) -> Tensor {
    base.relaxedSample(noise: alteration == .otherNoise ? rotated(noise) : noise)
  }

  func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor {
    base.concreteValue(ofRelaxed: sample, temperature: temperature)
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
      ? estimate { $0.map { Bernoulli(logits: outputs, mask: $0) } ?? Bernoulli(logits: outputs) }
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
    // The mistakes bias by the slope of c: a steep one stands out from the rewards' noise.
    let phi = networks.controlVariate
    phi["control_variate.0.weight"] = phi["control_variate.0.weight"].map { 3 * $0 }
    phi["control_variate.scale"] = [3]
    phi["control_variate.log_temperature"] = [-1]
    let policy = try scenario.policy(networks)
    let own = try scenario.program(configuration, networks)
    let programs = try ChoiceAlteration.allCases.map {
      try GradientProgram(GradientGraph($0, networks.networks, scenario), networks)
    }
    var means = programs.map { _ in VectorMean() }
    var largestDifference = 0.0
    scenario.sample(batches: 400, of: 500, policy: policy, purpose: "choice-controls") { samples in
      let returns = samples.returns(discount: 1)
      let weights = samples.weights(configuration)
      for (index, program) in programs.enumerated() {
        let gradient = program.policyGradient(samples, returns: returns, weights: weights)
        means[index].add(gradient)
        if ChoiceAlteration.allCases[index] == .none, means[index].count <= 5 {
          let agents = own.policyGradient(samples, returns: returns, weights: weights)
          largestDifference = zip(gradient, agents).map { abs($0 - $1) }
            .reduce(largestDifference, max)
        }
      }
    }
    // What the mistakes are made in is the agent's own estimate.
    #expect(largestDifference < 1e-12)
    let exact = policy.exactGradient(discount: 1, target: .discounted)
    for (alteration, mean) in zip(ChoiceAlteration.allCases, means) {
      let deviation = mean.largestDeviation(from: exact)
      report("\(scenario.testDescription), \(alteration.rawValue)", deviation)
      if alteration.isBiased {
        #expect(deviation > Significance.detected, "\(alteration.rawValue)")
      } else {
        #expect(deviation <= Significance.unbiased, "\(alteration.rawValue)")
      }
    }
  }
}
