import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What moves a torso that policy and V share, compared with networks that have a torso each.
@Suite struct `The gradient of a shared torso` {
  /// Gradients of the first update by the names of the parameters, where nothing moves.
  private typealias Gradients = [String: [Float]]

  private func gradients(_ networks: [TrainedNetwork]) -> Gradients {
    var result: Gradients = [:]
    for network in networks {
      for view in network.parameters.layout.views {
        result[view.name] = network.gradient[view.name]
      }
    }
    return result
  }

  /// Gives networks with torsos of their own the parameters of those that share one.
  private func copy(_ shared: [TrainedNetwork], to own: [TrainedNetwork]) throws {
    let torso = try #require(shared.last { $0.name == "torso" }).parameters
    for network in own {
      let head = try #require(shared.first { $0.name == network.name }).parameters
      for view in network.parameters.layout.views {
        if head.layout.find(view.name) != nil {
          network.parameters[view.name] = head[view.name]
        } else {
          let name = "torso" + view.name.dropFirst(network.name.count)
          network.parameters[view.name] = torso[name]
        }
      }
    }
  }

  private func expectEqual(_ found: [Float], _ expected: [Float], _ what: String) {
    let scale = expected.map(abs).max() ?? 0
    #expect(scale > 0, "\(what) is zero")
    for (a, b) in zip(found, expected) {
      #expect(abs(a - b) <= 1e-4 * scale, "\(what): \(a), \(b)")
    }
  }

  /// Compares the torso's gradient with `policy + weight · value`, and the heads' with each other.
  private func compare(_ shared: Gradients, _ own: Gradients, weight: Float) throws {
    let names = shared.keys.filter { $0.hasPrefix("torso.") }
    #expect(names.count == 4)
    for name in names {
      let rest = name.dropFirst("torso".count)
      let policy = try #require(own["policy\(rest)"])
      let value = try #require(own["value\(rest)"])
      expectEqual(
        try #require(shared[name]), zip(policy, value).map { $0 + weight * $1 }, name)
    }
    for name in ["policy.0.weight", "value.0.weight", "value.0.bias"] {
      expectEqual(try #require(shared[name]), try #require(own[name]), name)
    }
  }

  @Test(
    arguments: [PolicyGradientEstimator.scoreFunction, .relax], [Float(0), 0.5, 2])
  func `is the policy's plus the weighted one of V`(
    estimator: PolicyGradientEstimator, weight: Float
  ) throws {
    func loop(shared: Bool) throws -> TrainingLoop<ActorCritic> {
      try CatchTask.actorCritic(shared: shared) {
        $0.estimator = estimator
        $0.rolloutSteps = 8
        $0.controlVariate.scope = .logits
        $0.network.valueWeight = Double(weight)
        // Whatever the gradient, nothing moves.
        $0.learningRate = .constant(0)
        $0.value.learningRate = .constant(0)
        $0.controlVariate.learningRate = .constant(0)
        ($0.maxGradientNorm, $0.value.maxGradientNorm) = (0, 0)
        $0.policyOutputGain = 1
      }
    }
    let (shared, own) = (try loop(shared: true), try loop(shared: false))
    try copy(shared.agent.networks, to: own.agent.networks)
    try shared.update(of: 1_000)
    try own.update(of: 1_000)
    let (a, b) = (gradients(shared.agent.networks), gradients(own.agent.networks))
    try compare(a, b, weight: weight)
    if estimator == .relax {
      // c's own layers learn alike; the torso is none of its business.
      for name in ["control_variate.0.weight", "control_variate.1.weight"] {
        expectEqual(try #require(a[name]), try #require(b[name]), name)
      }
    }
  }

  @Test(arguments: [Float(0), 0.5, 2])
  func `is that of ppo's losses together`(weight: Float) throws {
    func loop(shared: Bool) throws -> TrainingLoop<PPO> {
      try CatchTask.ppo(shared: shared) {
        ($0.rolloutSteps, $0.minibatchSize, $0.epochs) = (8, 64, 1)
        $0.network.valueWeight = Double(weight)
        $0.learningRate = .constant(0)
        $0.valueLearningRate = .constant(0)
        ($0.maxGradientNorm, $0.maxValueGradientNorm) = (0, 0)
        $0.policyOutputGain = 1
      }
    }
    let (shared, own) = (try loop(shared: true), try loop(shared: false))
    try copy(shared.agent.networks, to: own.agent.networks)
    try shared.update(of: 1_000)
    try own.update(of: 1_000)
    try compare(
      gradients(shared.agent.networks), gradients(own.agent.networks), weight: weight)
  }

  @Test func `is said to be biased where V moves it`() throws {
    var settings = ActorCriticConfiguration()
    settings.returns = .monteCarlo
    (settings.discount, settings.maxGradientNorm) = (1, 0)
    #expect(settings.gradient.isUnbiased)
    settings.network.sharedTorso = true
    #expect("\(settings.gradient)" == "biased: V's gradient in the shared torso")
    settings.network.valueWeight = 0
    #expect(settings.gradient.isUnbiased)
    settings.network.valueWeight = 1
    settings.value.baseline = false
    #expect(settings.gradient.isUnbiased)
    #expect(ActorCriticConfiguration.unbiasedSettings.contains("network.value_weight=0"))
  }
}
