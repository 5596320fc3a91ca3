import Environments
import Testing

@testable import Agents

/// The gradient of policies of several choices from whole episodes, against enumeration of all actions.
struct ChoiceUnbiasednessTests {
  /// The settings of an estimate.
  static func configurations() -> [(name: String, ActorCriticConfiguration)] {
    func make(
      _ estimator: PolicyGradientEstimator, baseline: Bool = false,
      _ change: (inout ActorCriticConfiguration) -> Void = { _ in }
    ) -> ActorCriticConfiguration {
      var configuration = Scenario.configuration(
        estimator, baseline: baseline, discount: 0.9, discountedWeights: true)
      change(&configuration)
      return configuration
    }
    return [
      ("score function", make(.scoreFunction)),
      ("score function with V", make(.scoreFunction, baseline: true)),
      ("relax", make(.relax)),
      (
        "relax with V, a linear part and another size of c",
        make(.relax, baseline: true) {
          $0.controlVariate.linear = true
          $0.controlVariate.hiddenSizes = [3]
        }
      ),
      ("all actions", make(.allAction)),
      ("all actions with V", make(.allAction, baseline: true)),
    ]
  }

  @Test(arguments: ChoiceScenario.all)
  func `every estimator's mean over 200,000 episodes is the enumerated gradient`(
    scenario: ChoiceScenario
  ) throws {
    let estimates = try Self.configurations().map { name, configuration in
      let networks = try scenario.networks(configuration)
      return (name, configuration, networks, try scenario.program(configuration, networks))
    }
    let policy = try scenario.policy(estimates[0].2)
    var means = estimates.map { _ in VectorMean() }
    scenario.sample(batches: 400, of: 500, policy: policy, purpose: "choice-unbiasedness") {
      samples in
      for (index, (_, configuration, _, program)) in estimates.enumerated() {
        means[index].add(
          program.policyGradient(
            samples, returns: samples.returns(discount: 0.9),
            weights: samples.weights(configuration)))
      }
    }
    let exact = policy.exactGradient(discount: 0.9, target: .discounted)
    #expect(exact.contains { abs($0) > 0.01 }, "A gradient of zero would prove little.")
    for ((name, _, _, program), mean) in zip(estimates, means) {
      let deviation = mean.largestDeviation(from: exact)
      report("\(scenario.testDescription), \(name)", deviation)
      #expect(deviation <= Significance.unbiased, "\(name)")
      #expect(program.differingActions == 0, "\(name)")
    }
  }

  @Test(arguments: ChoiceScenario.all)
  func `the enumerated gradient is the derivative of the enumerated return`(
    scenario: ChoiceScenario
  ) throws {
    let networks = try scenario.networks(Scenario.configuration(.scoreFunction))
    let policy = try scenario.policy(networks)
    let exact = policy.exactGradient(discount: 0.9, target: .discounted)
    let slope = slopes(networks) { policy.expectedReturn(discount: 0.9) }
    for index in exact.indices { #expect(abs(slope[index] - exact[index]) < 1e-7) }
  }

  @Test(arguments: ChoiceScenario.all)
  func `with entropies in the returns it is the gradient of return plus entropy`(
    scenario: ChoiceScenario
  ) throws {
    let weight = 0.7
    let configurations = [true, false].map { isInReturns in
      var configuration = Scenario.configuration(
        .relax, discount: 0.9, discountedWeights: true)
      configuration.entropyCoefficient = weight
      configuration.entropyInReturns = isInReturns
      return configuration
    }
    let networks = try scenario.networks(configurations[0])
    let policy = try scenario.policy(networks)
    let program = try scenario.program(configurations[0], networks)
    let entropies = policy.entropies
    var means = [VectorMean(), VectorMean()]
    scenario.sample(batches: 400, of: 500, policy: policy, purpose: "choice-entropy") { samples in
      for (index, configuration) in configurations.enumerated() {
        means[index].add(
          program.policyGradient(
            samples,
            returns: samples.returns(discount: 0.9, weight: index == 0 ? weight : 0, entropies),
            weights: samples.weights(configuration)))
      }
    }
    let exact = slopes(networks) {
      policy.expectedReturn(discount: 0.9, adding: policy.entropies.map { weight * $0 })
    }
    let deviation = means[0].largestDeviation(from: exact, tolerance: 1e-7)
    report("\(scenario.testDescription), entropy", deviation)
    #expect(deviation <= Significance.unbiased)
    // Of one step the bonus is all there is; of several it leaves the later ones out.
    let bonus = means[1].largestDeviation(from: exact, tolerance: 1e-7)
    report("\(scenario.testDescription), entropy of the present step", bonus)
    #expect(scenario.horizon == 1 ? bonus <= Significance.unbiased : bonus > Significance.detected)
  }

  /// Finite differences by every parameter of the policy.
  private func slopes(_ networks: DoubleNetworks, _ objective: () -> Double) -> [Double] {
    let parameters = networks.policy
    return (0..<parameters.count).map { index in
      let center = parameters.pointer[index]
      func value(_ offset: Double) -> Double {
        parameters.pointer[index] = center + offset
        defer { parameters.pointer[index] = center }
        return objective()
      }
      return (value(1e-4) - value(-1e-4)) / 2e-4
    }
  }
}

extension TabularPolicy {
  /// `[S]`, −Σ π log π.
  var entropies: [Double] {
    let (probabilities, logs) = (probabilities, logProbabilities)
    return (0..<process.stateCount).map { state in
      let row = state * process.actionCount..<(state + 1) * process.actionCount
      return -row.map { probabilities[$0] * logs[$0] }.reduce(0, +)
    }
  }

  /// J with something that every step in a state gives besides its reward.
  func expectedReturn(discount: Double, adding extra: [Double]) -> Double {
    let row = process.actionCount * process.stateCount
    let richer = try? MarkovDecisionProcess(
      stateCount: process.stateCount, actionCount: process.actionCount,
      transitions: process.transitions,
      rewards: process.rewards.enumerated().map { $1 + extra[$0 / row] },
      initial: process.initial, isTerminal: process.isTerminal)
    return richer?.evaluate(
      policy: probabilities, discount: discount, horizon: horizon
    ).expectedReturn ?? .nan
  }
}

extension EpisodeSamples {
  /// Each row's discounted return with the weighted entropies of the later steps.
  fileprivate func returns(
    discount: Double, weight: Double, _ entropies: [Double]
  ) -> [Double] {
    var returns = rewards
    for episode in 0..<episodeCount {
      for row in (starts[episode]..<starts[episode + 1]).dropLast().reversed() {
        returns[row] += discount * (weight * entropies[states[row + 1]] + returns[row + 1])
      }
    }
    return returns
  }
}
