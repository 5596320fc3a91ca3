import Environments
import GSL
import Networks
import Testing

@testable import Agents

/// φ's gradient is that of the squared norm of the policy's gradient, for the noise at hand.
struct VarianceObjectiveTests {
  /// Two shards of an update: some episodes each, weighted by one over the number of all.
  private static func shards(_ scenario: Scenario, _ policy: TabularPolicy) -> [EpisodeSamples] {
    var shards: [EpisodeSamples] = []
    scenario.sample(batches: 2, of: 6, policy: policy, purpose: "variance-objective") {
      shards.append($0)
    }
    return shards
  }

  private static let estimators: [(PolicyGradientEstimator, Bool)] = [
    (.relax, false), (.relax, true), (.allAction, false), (.allAction, true),
  ]

  @Test(arguments: Scenario.all, [0, 1, 2, 3])
  func `the coupled gradient of two shards is the derivative of the whole gradient's norm`(
    scenario: Scenario, index: Int
  ) throws {
    let (estimator, baseline) = Self.estimators[index]
    let configuration = Scenario.configuration(estimator, baseline: baseline, discount: 0.9)
    let networks = try scenario.networks(configuration)
    let policy = try scenario.policy(networks)
    let shards = Self.shards(scenario, policy)
    // A program for each shard, as in training; more than one chunk of rows in each.
    let programs = try shards.map { _ in
      try scenario.program(configuration, networks, rows: 16)
    }
    func gradients() -> [[Double]] {
      zip(programs, shards).map { program, samples in
        program.policyGradient(
          samples, returns: samples.returns(discount: 0.9),
          weights: samples.weights(configuration).map { $0 / 2 })
      }
    }
    func squaredNorm() -> Double {
      let all = gradients()
      return zip(all[0], all[1]).map { ($0 + $1) * ($0 + $1) }.reduce(0, +)
    }
    let all = gradients()
    let direction = zip(all[0], all[1]).map { -($0 + $1) }
    var found = [Double](repeating: 0, count: networks.controlVariate.count)
    for (program, samples) in zip(programs, shards) {
      let share = program.controlVariateGradient(
        samples, returns: samples.returns(discount: 0.9),
        weights: samples.weights(configuration).map { $0 / 2 }, lossGradient: direction)
      for (index, element) in share.enumerated() { found[index] += element }
    }
    expectDerivative(found, of: networks.controlVariate, squaredNorm)
    // With each shard's own gradient in place of the sum it is another function's.
    var separate = [Double](repeating: 0, count: networks.controlVariate.count)
    for (index, program) in programs.enumerated() {
      let share = program.controlVariateGradient(
        shards[index], returns: shards[index].returns(discount: 0.9),
        weights: shards[index].weights(configuration).map { $0 / 2 },
        lossGradient: all[index].map { -$0 })
      for (index, element) in share.enumerated() { separate[index] += element }
    }
    #expect(zip(found, separate).contains { abs($0 - $1) > 1e-3 * (abs($0) + 1e-3) })
  }

  @Test(arguments: [PolicyGradientEstimator.relax, .allAction])
  func `with the logits as scope it is the derivative of the rows' squared norms`(
    estimator: PolicyGradientEstimator
  ) throws {
    let scenario = Scenario.randomMDP
    var configuration = Scenario.configuration(estimator)
    configuration.controlVariate.scope = .logits
    let networks = try scenario.networks(configuration)
    let samples = Self.shards(scenario, try scenario.policy(networks))[0]
    let program = try scenario.program(configuration, networks, rows: 16)
    let weights = samples.weights(configuration)
    let returns = samples.returns(discount: 1)
    // The gradient of the last bias is the sum over rows of the gradients by the logits.
    let bias = networks.policy.layout["policy.1.bias"].range
    func objective() -> Double {
      var total = 0.0
      for row in weights.indices {
        var alone = [Double](repeating: 0, count: weights.count)
        alone[row] = weights[row]
        let gradient = program.policyGradient(samples, returns: returns, weights: alone)
        total += gradient[bias].map { $0 * $0 }.reduce(0, +)
      }
      return total
    }
    let found = program.controlVariateGradient(samples, returns: returns, weights: weights)
    expectDerivative(found, of: networks.controlVariate, objective)
  }

  @Test func `fitting φ is the derivative of the squared error`() throws {
    let scenario = Scenario.randomMDP
    var configuration = Scenario.configuration(.allAction)
    configuration.controlVariate.objective = .fit
    let networks = try scenario.networks(configuration)
    let samples = Self.shards(scenario, try scenario.policy(networks))[0]
    let program = try scenario.program(configuration, networks, rows: 16)
    let weights = samples.weights(configuration)
    let returns = samples.returns(discount: 1)
    let c = try TabularPolicy(
      scenario.process, horizon: scenario.horizon,
      network: try #require(networks.networks.controlVariate).network,
      parameters: networks.controlVariate)
    func objective() -> Double {
      let table = c.outputs
      return samples.states.indices.map { row in
        let error =
          table[samples.states[row] * scenario.process.actionCount + samples.actions[row]]
          - returns[row]
        return 0.5 * weights[row] * error * error
      }.reduce(0, +)
    }
    let found = program.controlVariateGradient(samples, returns: returns, weights: weights)
    expectDerivative(found, of: networks.controlVariate, objective)
  }

  /// Compares with central differences of fourth order.
  private func expectDerivative(
    _ found: [Double], of parameters: ParameterSet<Double>, _ value: () -> Double
  ) {
    let scale = found.map { abs($0) }.max() ?? 0
    #expect(scale > 1e-4, "A derivative of zero would prove nothing.")
    for index in found.indices {
      let center = parameters.pointer[index]
      func at(_ offset: Double) -> Double {
        parameters.pointer[index] = center + offset
        defer { parameters.pointer[index] = center }
        return value()
      }
      let h = 1e-3
      let slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      #expect(
        abs(slope - found[index]) <= 1e-7 * scale,
        "\(parameters.layout.label(ofElement: index)): \(found[index]) instead of \(slope)")
    }
  }
}
