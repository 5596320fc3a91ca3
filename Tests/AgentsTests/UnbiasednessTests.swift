import Environments
import Testing

@testable import Agents

/// The gradient that the agent's graph computes from whole episodes, against enumeration.
struct UnbiasednessTests {
  /// An estimator with its settings, and what its mean should be.
  struct Estimate: Sendable {
    let name: String
    let configuration: ActorCriticConfiguration
    let target: GradientTarget

    init(
      _ name: String, _ configuration: ActorCriticConfiguration,
      target: GradientTarget = .discounted
    ) {
      self.name = name
      self.configuration = configuration
      self.target = target
    }

    static let all = chosen + others

    /// What the agents have and is not among the chosen, so that nothing they have goes unchecked.
    private static let others = PolicyGradientEstimator.ofChoices.filter { estimator in
      estimator.isUnbiased && !chosen.contains { $0.configuration.estimator == estimator }
    }.map { Estimate($0.rawValue, Scenario.configuration($0)) }

    private static let chosen = [
      Estimate("relax", Scenario.configuration(.relax)),
      Estimate("relax with V", Scenario.configuration(.relax, baseline: true)),
      Estimate(
        "relax, γ = 0.9, discounted weights",
        Scenario.configuration(.relax, discount: 0.9, discountedWeights: true)),
      Estimate(
        "relax, γ = 0.9", Scenario.configuration(.relax, discount: 0.9), target: .undiscounted),
      Estimate("score function", Scenario.configuration(.scoreFunction)),
      Estimate("score function with V", Scenario.configuration(.scoreFunction, baseline: true)),
      Estimate(
        "score function with V, γ = 0.9, discounted weights",
        Scenario.configuration(
          .scoreFunction, baseline: true, discount: 0.9, discountedWeights: true)),
      Estimate("all actions with V", Scenario.configuration(.allAction, baseline: true)),
      Estimate(
        "all actions, γ = 0.9, discounted weights",
        Scenario.configuration(.allAction, discount: 0.9, discountedWeights: true)),
      Estimate(
        "all actions, γ = 0.9", Scenario.configuration(.allAction, discount: 0.9),
        target: .undiscounted),
    ]
  }

  static let batches = 400
  static let episodesPerBatch = 500

  @Test(arguments: Scenario.all)
  func `every estimator's mean over 200,000 episodes is the enumerated gradient`(
    scenario: Scenario
  ) throws {
    let estimates = try Estimate.all.map { estimate in
      let networks = try scenario.networks(estimate.configuration)
      return (estimate, try scenario.program(estimate.configuration, networks))
    }
    let policy = try scenario.policy(estimates[0].1.networks)
    var means = estimates.map { _ in VectorMean() }
    scenario.sample(
      batches: Self.batches, of: Self.episodesPerBatch, policy: policy, purpose: "unbiasedness"
    ) { samples in
      for (index, (estimate, program)) in estimates.enumerated() {
        let configuration = estimate.configuration
        means[index].add(
          program.policyGradient(
            samples, returns: samples.returns(discount: configuration.discount),
            weights: samples.weights(configuration)))
      }
    }
    for ((estimate, program), mean) in zip(estimates, means) {
      let exact = policy.exactGradient(
        discount: estimate.configuration.discount, target: estimate.target)
      let deviation = mean.largestDeviation(from: exact)
      report("\(scenario.testDescription), \(estimate.name)", deviation)
      #expect(deviation <= Significance.unbiased, "\(estimate.name)")
      #expect(program.differingActions == 0, "\(estimate.name)")
      #expect(exact.contains { abs($0) > 0.01 }, "A gradient of zero would prove little.")
      if estimate.target == .undiscounted {
        // Without the factor γ^t it is not the gradient of J.
        let gradientOfJ = policy.exactGradient(
          discount: estimate.configuration.discount, target: .discounted)
        let bias = mean.largestDeviation(from: gradientOfJ)
        report("\(scenario.testDescription), \(estimate.name), against ∇J", bias)
        #expect(bias > Significance.detected, "\(estimate.name)")
      }
    }
  }

  @Test(arguments: Scenario.all, [1, 0.9])
  func `the enumerated gradient is the derivative of the enumerated return`(
    scenario: Scenario, discount: Double
  ) throws {
    let networks = try scenario.networks(Scenario.configuration(.scoreFunction))
    let policy = try scenario.policy(networks)
    let exact = policy.exactGradient(discount: discount, target: .discounted)
    let parameters = networks.policy
    for index in exact.indices {
      let center = parameters.pointer[index]
      func value(_ offset: Double) -> Double {
        parameters.pointer[index] = center + offset
        defer { parameters.pointer[index] = center }
        return policy.expectedReturn(discount: discount)
      }
      let slope = (value(1e-4) - value(-1e-4)) / 2e-4
      #expect(abs(slope - exact[index]) < 1e-7, "\(parameters.layout.label(ofElement: index))")
    }
  }
}

extension EpisodeSamples {
  /// One over the number of episodes, with γ^t where the configuration asks for it.
  func weights(_ configuration: ActorCriticConfiguration) -> [Double] {
    steps.map { step in
      let factor =
        configuration.discountedWeights
        ? (0..<step).reduce(1.0) { product, _ in product * configuration.discount } : 1
      return factor / Double(episodeCount)
    }
  }
}
