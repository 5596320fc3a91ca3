import Environments
import GSL
import ReinforcementLearning
import Testing

struct ExactTests {
  private let process = RandomMDP().process

  /// A policy drawn at random, `[S, A]`.
  private func policy(of process: MarkovDecisionProcess, seed: UInt64) -> [Double] {
    var draws = RandomStream(seed: seed, purpose: "policy")
    return (0..<process.stateCount).flatMap { _ in
      let masses = (0..<process.actionCount).map { _ in draws.exponential() }
      let sum = masses.reduce(0, +)
      return masses.map { $0 / sum }
    }
  }

  /// J by walking every trajectory one by one.
  private func enumerate(
    _ process: MarkovDecisionProcess, policy: [Double], discount: Double, state: Int, left: Int
  ) -> Double {
    guard left > 0, !process.isTerminal[state] else { return 0 }
    var value = 0.0
    for action in 0..<process.actionCount {
      for next in 0..<process.stateCount {
        let tail = enumerate(
          process, policy: policy, discount: discount, state: next, left: left - 1)
        value +=
          policy[state * process.actionCount + action]
          * process.probability(of: next, after: action, in: state)
          * (process.reward(of: next, after: action, in: state) + discount * tail)
      }
    }
    return value
  }

  @Test(arguments: [1, 0.9, 0]) func `the expected return is that of all trajectories`(
    discount: Double
  ) {
    for seed in 1...3 {
      let policy = policy(of: process, seed: UInt64(seed))
      var expected = 0.0
      for state in 0..<process.stateCount {
        expected +=
          process.initial[state]
          * enumerate(process, policy: policy, discount: discount, state: state, left: 4)
      }
      let values = process.evaluate(policy: policy, discount: discount, horizon: 4)
      #expect(abs(values.expectedReturn - expected) < 1e-12, "seed \(seed)")
      // A control: another horizon is another return.
      let other = process.evaluate(policy: policy, discount: 1, horizon: 5)
      #expect(abs(other.expectedReturn - expected) > 1e-6, "seed \(seed)")
    }
  }

  @Test(arguments: [1, 0.8]) func `the policy gradient is that of finite differences`(
    discount: Double
  ) {
    let policy = policy(of: process, seed: 9)
    let gradient = process.policyGradient(policy: policy, discount: discount, horizon: 8)
    let plain = process.policyGradient(
      policy: policy, discount: discount, horizon: 8, target: .undiscounted)
    for entry in policy.indices {
      let step = 1e-5
      var (above, below) = (policy, policy)
      above[entry] += step
      below[entry] -= step
      let difference =
        (process.evaluate(policy: above, discount: discount, horizon: 8).expectedReturn
          - process.evaluate(policy: below, discount: discount, horizon: 8).expectedReturn)
        / (2 * step)
      #expect(abs(gradient[entry] - difference) < 1e-8)
    }
    // Without the factors γ^t it is the gradient only where γ is 1.
    let gap = zip(gradient, plain).map { abs($0 - $1) }.max() ?? 0
    #expect(discount == 1 ? gap == 0 : gap > 1e-3)
  }

  @Test(arguments: [1, 2]) func `played at random, a process earns what it should`(which: Int)
    throws
  {
    let values: ExactValues
    let mean: Double
    let error: Double
    if which == 1 {
      (values, mean, error) = try play(Corridor())
    } else {
      (values, mean, error) = try play(RandomMDP())
    }
    #expect(abs(mean - values.expectedReturn) < 6.5 * error)
    // A control: the bound is tight enough to notice a tenth of a reward.
    #expect(0.1 > 6.5 * error)
  }

  /// The exact values of the uniform policy, and mean and standard error of 20000 episodes.
  private func play<E: TabularEnvironment>(
    _ prototype: E
  ) throws -> (ExactValues, Double, Double) {
    let process = prototype.process
    let horizon = try #require(E.spec.stepLimit)
    let uniform = Array(
      repeating: 1 / Double(process.actionCount), count: process.stateCount * process.actionCount)
    var draws = RandomStream(seed: 4, purpose: "actions")
    var moments = ElementMoments(size: 1)
    var environment = prototype
    var row = [Float](repeating: 0, count: process.stateCount)
    var span = row.mutableSpan
    for episode in 0..<20_000 {
      environment.reset(
        using: RandomStream(seed: 1, purpose: "environment", lane: 0, episode: UInt64(episode)),
        observation: &span)
      var total = 0.0
      for _ in 0..<horizon {
        let transition = environment.step(
          draws.index(below: process.actionCount), observation: &span)
        total += transition.reward
        if transition.isTerminated { break }
      }
      moments.add(total)
    }
    return (
      process.evaluate(policy: uniform, discount: 1, horizon: horizon), moments.mean[0],
      (moments.variance(0) / moments.count).squareRoot()
    )
  }

  @Test func `going right is the best way through the corridor`() {
    let corridor = Corridor().process
    let right: [Double] = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    let values = corridor.evaluate(policy: right, discount: 1, horizon: 20)
    #expect(values.expectedReturn > 0.75 && values.expectedReturn < 1)
    for state in 0..<4 {
      #expect(values.actionValues[2 * state + 1] > values.actionValues[2 * state])
    }
  }

  @Test func `tasks that make no sense are refused by name`() {
    #expect(throws: EnvironmentError.self) { _ = try Corridor(length: 1, slipProbability: 0) }
    #expect(throws: EnvironmentError.self) { _ = try Corridor(length: 5, slipProbability: .nan) }
    #expect(throws: EnvironmentError.self) {
      _ = try RandomMDP(stateCount: 1, actionCount: 2, seed: 1)
    }
    #expect(throws: EnvironmentError.self) { _ = try BernoulliBandit(probabilities: []) }
    #expect(throws: EnvironmentError.self) { _ = try BernoulliBandit(probabilities: [0.5, 1.2]) }
    #expect(throws: EnvironmentError.self) {
      _ = try GaussianBandit(means: [.nan], standardDeviation: 1)
    }
    #expect(throws: EnvironmentError.self) {
      _ = try ContextualBandit(means: [[1], [1, 2]], standardDeviation: 1)
    }
    #expect(throws: EnvironmentError.self) {
      _ = try MarkovDecisionProcess(
        stateCount: 1, actionCount: 1, transitions: [0.5], rewards: [0], initial: [1],
        isTerminal: [false])
    }
  }
}
