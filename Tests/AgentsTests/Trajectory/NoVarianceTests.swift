import Differentiation
import Distributions
import Environments
import Estimators
import Foundation
import GSL
import Testing

@testable import Agents

/// What is left where everything is known: nothing, if only actions are drawn.
@Suite struct `Exact control variates along a trajectory` {
  static let discount = 0.9
  static let horizon = 4
  static let (states, actions) = (4, 3)

  /// A process without chance, or with, that begins in state 0.
  static func process(seed: UInt64, isDeterministic: Bool) throws -> MarkovDecisionProcess {
    var stream = RandomStream(seed: seed, purpose: "process")
    var transitions: [Double] = []
    for _ in 0..<states * actions {
      let next = stream.index(below: states)
      transitions += (0..<states).map {
        let sure = $0 == next ? 1.0 : 0
        return isDeterministic ? sure : 0.5 * sure + 0.125
      }
    }
    return try MarkovDecisionProcess(
      stateCount: states, actionCount: actions, transitions: transitions,
      rewards: transitions.map { _ in stream.gaussian() }, initial: [1, 0, 0, 0],
      isTerminal: [false, false, false, false])
  }

  /// A table of logits, exact values, and the derivatives of every Q_t(s, a) by the logits.
  struct Oracle {
    let process: MarkovDecisionProcess
    let logits: [Double]
    let masses: [Double]
    let values: ExactValues
    /// `[H][S·A][S·A]`.
    private(set) var slopes: [[[Double]]] = []

    init(_ process: MarkovDecisionProcess, seed: UInt64) {
      var stream = RandomStream(seed: seed, purpose: "logits")
      let (s, a) = (process.stateCount, process.actionCount)
      let logits = (0..<s * a).map { _ in stream.gaussian() }
      let masses = (0..<s).flatMap { softmax(Array(logits[$0 * a..<($0 + 1) * a])) }
      (self.process, self.logits, self.masses) = (process, logits, masses)
      let (h, discount) = (
        `Exact control variates along a trajectory`.horizon,
        `Exact control variates along a trajectory`.discount
      )
      values = process.evaluate(policy: masses, discount: discount, horizon: h)
      slopes = Array(
        repeating: Array(repeating: Array(repeating: 0, count: s * a), count: s * a), count: h)
      for time in stride(from: h - 2, through: 0, by: -1) {
        for pair in 0..<s * a {
          for next in 0..<s {
            let mass = process.probability(of: next, after: pair % a, in: pair / a)
            guard mass > 0 else { continue }
            for (index, slope) in valueSlope(time + 1, next).enumerated() {
              slopes[time][pair][index] += discount * mass * slope
            }
          }
        }
      }
    }

    func q(_ time: Int, _ state: Int, _ action: Int) -> Double {
      values.actionValues[
        (time * process.stateCount + state) * process.actionCount + action]
    }

    /// E_π ∇ Q_t(s, ·), by the logits.
    func meanSlope(_ time: Int, _ state: Int) -> [Double] {
      let a = process.actionCount
      return masses.indices.map { index in
        (0..<a).reduce(0) { $0 + masses[state * a + $1] * slopes[time][state * a + $1][index] }
      }
    }

    /// ∇ V_t(s).
    private func valueSlope(_ time: Int, _ state: Int) -> [Double] {
      let a = process.actionCount
      var slope = meanSlope(time, state)
      let value = values.stateValues[time * process.stateCount + state]
      for action in 0..<a {
        slope[state * a + action] += masses[state * a + action] * (q(time, state, action) - value)
      }
      return slope
    }
  }

  /// The estimates of all trajectories with their probabilities, with exact Q and, or not, exact Γ.
  private func estimates(
    _ oracle: Oracle, withFuture: Bool
  ) throws -> [(probability: Double, gradient: [Double])] {
    let (s, a, h) = (Self.states, Self.actions, Self.horizon)
    let graph = Graph()
    let theta = graph.literal(oracle.logits, shape: [s, a])
    let seen = graph.input("states", shape: [h, s])
    let taken = graph.input("actions", shape: [h, a])
    let signal = graph.input("signal", shape: [h])
    let table = graph.input("table", shape: [h, a])
    let weight = graph.input("weight", shape: [h])
    let gradient = AllAction().estimate(
      Categorical(logits: seen.matrixProduct(theta)), value: taken, signal: signal,
      controlVariate: table
    ).pulledBack(to: [theta], weights: weight)
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("gradient", gradient)])], bindings: [])
    var result: [(probability: Double, gradient: [Double])] = []
    func fill(_ tensor: Tensor, _ element: (Int) -> Double) {
      program.withInput(tensor) { span in
        for index in span.indices { span[index] = element(index) }
      }
    }
    func finish(_ path: [(state: Int, action: Int, reward: Double)], _ probability: Double) {
      var signals = [Double](repeating: 0, count: h)
      for time in stride(from: h - 1, through: 0, by: -1) {
        signals[time] = path[time].reward
        guard time + 1 < h else { continue }
        let (state, action) = (path[time + 1].state, path[time + 1].action)
        let advantage =
          oracle.q(time + 1, state, action) - oracle.values.stateValues[(time + 1) * s + state]
        signals[time] += Self.discount * (signals[time + 1] - advantage)
      }
      fill(seen) { path[$0 / s].state == $0 % s ? 1 : 0 }
      fill(taken) { path[$0 / a].action == $0 % a ? 1 : 0 }
      fill(signal) { signals[$0] }
      fill(table) { oracle.q($0 / a, path[$0 / a].state, $0 % a) }
      fill(weight) { pow(Self.discount, Double($0)) }
      program.run()
      var gradient = program.output("gradient")
      if withFuture {
        for (time, move) in path.enumerated() {
          let own = oracle.slopes[time][move.state * a + move.action]
          let mean = oracle.meanSlope(time, move.state)
          for index in gradient.indices {
            gradient[index] -= pow(Self.discount, Double(time)) * (own[index] - mean[index])
          }
        }
      }
      result.append((probability, gradient))
    }
    func extend(
      _ path: [(state: Int, action: Int, reward: Double)], from state: Int, _ probability: Double
    ) {
      if path.count == h { return finish(path, probability) }
      for action in 0..<a {
        for next in 0..<s {
          let mass = oracle.process.probability(of: next, after: action, in: state)
          guard mass > 0 else { continue }
          let reward = oracle.process.reward(of: next, after: action, in: state)
          extend(
            path + [(state, action, reward)], from: next,
            probability * mass * oracle.masses[state * a + action])
        }
      }
    }
    extend([], from: 0, 1)
    return result
  }

  /// The mean of estimates, and their variance summed over the logits.
  private func moments(
    _ estimates: [(probability: Double, gradient: [Double])]
  ) -> (mean: [Double], variance: Double) {
    var mean = [Double](repeating: 0, count: Self.states * Self.actions)
    for (probability, gradient) in estimates {
      for index in mean.indices { mean[index] += probability * gradient[index] }
    }
    let variance = estimates.reduce(0) { sum, estimate in
      sum + estimate.probability
        * zip(estimate.gradient, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return (mean, variance)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `leave no variance where only the actions are drawn`(seed: UInt64) throws {
    let oracle = Oracle(try Self.process(seed: seed, isDeterministic: true), seed: seed)
    let (mean, variance) = moments(try estimates(oracle, withFuture: true))
    #expect(variance < 1e-28)
    let byMasses = oracle.process.policyGradient(
      policy: oracle.masses, discount: Self.discount, horizon: Self.horizon)
    for index in mean.indices {
      let state = index / Self.actions * Self.actions
      let average = (0..<Self.actions).reduce(0) {
        $0 + oracle.masses[state + $1] * byMasses[state + $1]
      }
      // By the chain rule through softmax.
      #expect(abs(mean[index] - oracle.masses[index] * (byMasses[index] - average)) < 1e-12)
    }
    let withoutFuture = moments(try estimates(oracle, withFuture: false)).variance
    #expect(withoutFuture > 1e-3)
  }

  @Test func `leave what the environment draws where it draws too`() throws {
    let oracle = Oracle(try Self.process(seed: 4, isDeterministic: false), seed: 4)
    #expect(moments(try estimates(oracle, withFuture: true)).variance > 1e-3)
  }
}
