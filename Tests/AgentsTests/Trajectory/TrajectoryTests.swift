import Environments
import GSL
import Testing

@testable import Agents

/// Control variates of later steps, over every trajectory of a small process.
@Suite struct `Control variates along a trajectory` {
  static let discount = 0.9
  static let exact = 1e-12
  /// Far above what rounding can do, and below what each mistake did.
  static let noticed = 1e-3

  static func configuration(
    reach: ControlVariateReach = .trajectory, _ estimator: PolicyGradientEstimator = .allAction
  ) -> ActorCriticConfiguration {
    var configuration = Scenario.configuration(
      estimator, baseline: true, discount: discount, discountedWeights: true)
    configuration.controlVariate.objective = .fit
    configuration.controlVariate.reach = reach
    configuration.controlVariate.future = reach == .trajectory
    configuration.value.seesTime = true
    return configuration
  }

  /// A process, a policy, V and c drawn at random.
  struct Drawn {
    let scenario: Scenario
    let networks: DoubleNetworks
    let program: GradientProgram
    let policy: TabularPolicy
    let trajectories: EnumeratedTrajectories

    init(seed: UInt64, horizon: Int, _ configuration: ActorCriticConfiguration) throws {
      scenario = Scenario(
        testDescription: "process \(seed)",
        process: try RandomMDP(stateCount: 4, actionCount: 3, seed: seed).process,
        horizon: horizon)
      networks = try scenario.networks(configuration)
      // Far from what the process is like: nothing of it may matter.
      for set in networks.sets.dropFirst() { set.values = set.values.map { 3 * $0 } }
      program = try scenario.program(configuration, networks)
      policy = try scenario.policy(networks)
      trajectories = EnumeratedTrajectories(
        policy, discount: `Control variates along a trajectory`.discount)
    }

    /// The mean over all trajectories.
    func mean(returns: [Double]) -> [Double] {
      program.policyGradient(
        trajectories.samples, returns: returns, weights: trajectories.weights)
    }

    func distance(_ gradient: [Double]) -> Double {
      let exact = policy.exactGradient(discount: trajectories.discount, target: .discounted)
      return zip(gradient, exact).map { abs($0 - $1) }.max() ?? .infinity
    }
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 3), (4, 3)] as [(UInt64, Int)])
  func `the mean over all trajectories is the exact gradient for any V and c`(
    seed: UInt64, horizon: Int
  ) throws {
    let drawn = try Drawn(seed: seed, horizon: horizon, Self.configuration())
    let total = (0..<drawn.trajectories.samples.episodeCount).reduce(0) {
      $0 + drawn.trajectories.probabilities[drawn.trajectories.samples.starts[$1]]
    }
    #expect(abs(total - 1) < 1e-12)
    let advantages = drawn.program.advantages(drawn.trajectories.samples)
    #expect(advantages.contains { abs($0) > 0.1 })
    let gradient = drawn.mean(returns: drawn.trajectories.returns(without: advantages))
    #expect(drawn.distance(gradient) < Self.exact)
    #expect(drawn.program.differingActions == 0)
    #expect(gradient.contains { abs($0) > 0.01 })
  }

  @Test(arguments: [5, 6] as [UInt64])
  func `what is subtracted for later gradients has mean 0, so that any factor does`(
    seed: UInt64
  ) throws {
    let drawn = try Drawn(seed: seed, horizon: 3, Self.configuration())
    let trajectories = drawn.trajectories
    let mean = drawn.program.futureSum(trajectories.samples, weights: trajectories.weights)
    #expect(mean.allSatisfy { abs($0) < Self.exact })
    let first = drawn.program.futureSum(
      trajectories.samples, weights: trajectories.weights.map { $0 * $0 })
    #expect(first.contains { abs($0) > 1e-4 }, "Zeros would prove nothing.")
  }

  @Test func `c that is the same for every action leaves what V leaves, row by row`() throws {
    let configuration = Self.configuration()
    let drawn = try Drawn(seed: 7, horizon: 3, configuration)
    let phi = drawn.networks.controlVariate
    // Whatever c says of a state, it says of all three actions.
    phi["control_variate.1.weight"] = phi["control_variate.1.weight"].enumerated().map {
      phi["control_variate.1.weight"][$0.offset / 3 * 3]
    }
    phi["control_variate.1.bias"] = [2, 2, 2]
    let advantages = drawn.program.advantages(drawn.trajectories.samples)
    #expect(advantages.allSatisfy { abs($0) < 1e-14 })
    var plain = configuration
    plain.estimator = .scoreFunction
    plain.controlVariate.reach = .step
    plain.controlVariate.future = false
    let networks = try drawn.scenario.networks(plain)
    for (set, values) in zip(networks.sets, drawn.networks.sets) { set.copy(from: values) }
    let program = try drawn.scenario.program(plain, networks)
    let returns = drawn.trajectories.samples.returns(discount: Self.discount)
    let (with, without) = (
      drawn.trajectories.gradients(drawn.program, returns: returns, actionCount: 3),
      drawn.trajectories.gradients(program, returns: returns, actionCount: 3)
    )
    for (one, other) in zip(with, without) {
      #expect(zip(one.gradient, other.gradient).allSatisfy { abs($0 - $1) < Self.exact })
    }
  }

  @Test func `mistakes are noticed`() throws {
    let drawn = try Drawn(seed: 8, horizon: 3, Self.configuration())
    let trajectories = drawn.trajectories
    let advantages = drawn.program.advantages(trajectories.samples)
    #expect(
      drawn.distance(drawn.mean(returns: trajectories.returns(without: advantages))) < Self.exact)
    func expectBias(_ name: String, _ returns: [Double]) {
      let distance = drawn.distance(drawn.mean(returns: returns))
      report(name, distance, unit: "")
      #expect(distance > Self.noticed, "\(name)")
    }
    // The mean of c after the policy has moved.
    let policy = drawn.networks.policy
    let before = policy.values
    policy.values = before.map { 1.2 * $0 }
    let moved = drawn.program.advantages(trajectories.samples)
    // A quadrature that is not exact: its error depends on the state, and so on earlier actions.
    policy.values = before.map { _ in 0 }
    let uniform = drawn.program.advantages(trajectories.samples)
    policy.values = before
    expectBias("the mean of c after the update", trajectories.returns(without: moved))
    expectBias("a quadrature", trajectories.returns(without: uniform))
    // c of the later steps without its mean.
    let states = trajectories.samples.states
    expectBias(
      "no mean at all",
      trajectories.returns(
        without: zip(advantages, states).map { $0 + Double($1) }))
    // Bootstrapping where the step limit cuts.
    let horizon = drawn.scenario.horizon
    var cut = trajectories.returns(without: advantages)
    for episode in 0..<trajectories.samples.episodeCount {
      let rows = trajectories.samples.starts[episode]..<trajectories.samples.starts[episode + 1]
      guard rows.count == horizon else { continue }
      var factor = 1.0
      for row in rows.reversed() {
        factor *= Self.discount
        cut[row] += factor * Double(states[rows.upperBound - 1])
      }
    }
    expectBias("bootstrapping at the cut", cut)
    // λ < 1 with V and c that are wrong.
    let lambda = 0.5
    let values = states.map { Double($0) }
    var damped = trajectories.samples.rewards
    for episode in 0..<trajectories.samples.episodeCount {
      let rows = trajectories.samples.starts[episode]..<trajectories.samples.starts[episode + 1]
      for row in rows.dropLast().reversed() {
        damped[row] +=
          Self.discount
          * (lambda * (damped[row + 1] - advantages[row + 1]) + (1 - lambda) * values[row + 1])
      }
    }
    expectBias("λ below 1", damped)
  }
}
