import Differentiation
import Distributions
import Testing

@testable import Agents

/// What can be wrong with an estimator although everything runs.
protocol EstimatorAlteration: CaseIterable, Equatable, RawRepresentable<String> {
  /// Nothing: what the others are compared with.
  static var none: Self { get }
  /// Whether the comparison with the exact gradient must notice it.
  var isBiased: Bool { get }
}

/// A distribution that is another one but for a mistake.
protocol AlteredDistribution: ConditionallyReparameterizable {
  associatedtype Base: ConditionallyReparameterizable
  var base: Base { get }
}

extension AlteredDistribution {
  static var noise: NoiseKind { Base.noise }
  var parameters: [Tensor] { base.parameters }
  var mean: Tensor { base.mean }
  func logProbability(of value: Tensor) -> Tensor { base.logProbability(of: value) }
  func entropy() -> Tensor { base.entropy() }
  func klDivergence(to other: Self) -> Tensor { base.klDivergence(to: other.base) }
  func relaxedSample(noise: Tensor) -> Tensor { base.relaxedSample(noise: noise) }
  func coupledNoise(ofRelaxed sample: Tensor) -> Tensor { base.coupledNoise(ofRelaxed: sample) }

  func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor {
    base.concreteValue(ofRelaxed: sample, temperature: temperature)
  }
}

extension DoubleNetworks {
  /// Makes c steep: mistakes bias by its slope, which then stands out from the rewards' noise.
  func makeControlVariateSteep() {
    let phi = controlVariate
    phi["control_variate.0.weight"] = phi["control_variate.0.weight"].map { 3 * $0 }
    phi["control_variate.scale"] = [3]
    phi["control_variate.log_temperature"] = [-1]
  }
}

/// Expects that every biased form of an estimator is far from the exact gradient, and no other is.
///
/// - Parameters:
///   - mistakes: which, none among them.
///   - task: for messages.
///   - configuration: the agent's.
///   - policy: whose gradient it is.
///   - own: the agent's estimate, which the one without a mistake must equal.
///   - program: the estimate with a mistake.
///   - sample: plays episodes and hands them over in batches.
/// - Throws: what a program cannot be compiled for.
func expectDetection<Form: EstimatorAlteration>(
  of mistakes: Form.Type, in task: String, _ configuration: ActorCriticConfiguration,
  _ policy: TabularPolicy, own: GradientProgram, program: (Form) throws -> GradientProgram,
  sample: ((EpisodeSamples) -> Void) -> Void
) throws {
  let forms = Array(Form.allCases)
  let programs = try forms.map(program)
  var means = programs.map { _ in VectorMean() }
  var largestDifference = 0.0
  sample { samples in
    let returns = samples.returns(discount: 1)
    let weights = samples.weights(configuration)
    for (index, program) in programs.enumerated() {
      let gradient = program.policyGradient(samples, returns: returns, weights: weights)
      means[index].add(gradient)
      if forms[index] == .none, means[index].count <= 5 {
        let agents = own.policyGradient(samples, returns: returns, weights: weights)
        largestDifference = zip(gradient, agents).map { abs($0 - $1) }
          .reduce(largestDifference, max)
      }
    }
  }
  // What the mistakes are made in is the agent's own estimate.
  #expect(largestDifference < 1e-12)
  let exact = policy.exactGradient(discount: 1, target: .discounted)
  for (form, mean) in zip(forms, means) {
    let deviation = mean.largestDeviation(from: exact)
    report("\(task), \(form.rawValue)", deviation)
    if form.isBiased {
      #expect(deviation > Significance.detected, "\(form.rawValue)")
    } else {
      #expect(deviation <= Significance.unbiased, "\(form.rawValue)")
    }
  }
}
