import Differentiation
import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// How the control variate of a Gaussian policy learns, and what is refused.
@Suite struct `The control variate of a Gaussian policy` {
  private static let configurations = [
    GaussianEstimate("network, whole gradient") { $0.estimator = .lax },
    GaussianEstimate("quadratic, whole gradient, squashed") {
      $0.estimator = .lax
      $0.controlVariate.form = .quadratic
      $0.gaussian.squashActions = true
    },
    GaussianEstimate("network, each row, squashed, entropy") {
      $0.estimator = .lax
      $0.controlVariate.scope = .logits
      $0.gaussian.squashActions = true
      $0.entropyCoefficient = 0.1
    },
    GaussianEstimate("quadratic, each row") {
      $0.estimator = .lax
      $0.controlVariate.form = .quadratic
      $0.controlVariate.scope = .logits
    },
  ]

  @Test(arguments: configurations, [Activation.tanh, .elu])
  func `follows the derivative of the squared gradient`(
    estimate: GaussianEstimate, activation: Activation
  ) throws {
    var configuration = estimate.configuration
    configuration.activation = activation
    // The last biases are then μ and log σ themselves.
    configuration.gaussian.deviation = .stateDependent
    let rows = 5
    let networks = try ActorCriticNetworks(
      configuration, observationSize: 2, actionCount: 2, kind: .gaussian)
    let graph = ActorCriticGraph(
      configuration, networks, rows: rows, observationSize: 2, actionCount: 2,
      hasMask: false)
    let isCoupled = !graph.coupledGradient.isEmpty
    var stream = RandomStream(seed: 6, purpose: "gaussian-variance-objective")
    let sets = graph.parameters.map { parameters in
      let set = ParameterSet<Double>(parameters.tensors.layout)
      set.values = set.values.map { _ in 0.7 * stream.gaussian() }
      return set
    }
    let w = ParameterSet<Double>(sets[0].layout)
    var bindings = zip(graph.parameters, sets).flatMap { $0.tensors.bindings(to: $1) }
    if let direction = graph.direction { bindings += direction.bindings(to: w) }
    let program = try Program<Double>(
      stages: [
        ProgramStage(outputs: [ProgramOutput("gradient", graph.policyGradient)]),
        ProgramStage(outputs: [
          ProgramOutput("phi", isCoupled ? graph.coupledGradient : graph.controlVariateGradient)
        ]),
      ], bindings: bindings)
    for input in [graph.observations, graph.noise, graph.signal] {
      program.withInput(input) { for index in $0.indices { $0[index] = stream.gaussian() } }
    }
    func gradient(_ weights: [Double]) -> [Double] {
      program.withInput(graph.weight) { for index in $0.indices { $0[index] = weights[index] } }
      program.run(stage: 0)
      return Array(program.output("gradient"))
    }
    let weights = (0..<rows).map { 0.2 + 0.1 * Double($0) }
    let bias = sets[0].layout["policy.1.bias"].range
    func objective() -> Double {
      if isCoupled { return gradient(weights).map { $0 * $0 }.reduce(0, +) }
      return (0..<rows).map { row in
        var alone = [Double](repeating: 0, count: rows)
        alone[row] = weights[row]
        return gradient(alone)[bias].map { $0 * $0 }.reduce(0, +)
      }.reduce(0, +)
    }
    w.values = gradient(weights)
    program.run(stage: 1)
    let found = Array(program.output("phi"))
    let phi = sets[sets.count - 1]
    let scale = found.map { abs($0) }.max() ?? 0
    #expect(scale > 1e-3)
    var largest = 0.0
    for index in found.indices {
      let center = phi.pointer[index]
      func at(_ offset: Double) -> Double {
        phi.pointer[index] = center + offset
        defer { phi.pointer[index] = center }
        return objective()
      }
      let h = 1e-3
      let slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      largest = max(largest, abs(slope - found[index]))
    }
    #expect(largest <= 1e-7 * scale)
  }

  /// The variance of the last bias' gradient, per episode, after φ has learned by an objective.
  private func variance(_ objective: ControlVariateObjective?) throws -> Double {
    var configuration = GaussianEstimate("LAX") {
      $0.estimator = objective == nil ? .scoreFunction : .lax
      $0.controlVariate.form = .quadratic
      $0.controlVariate.scope = .logits
      $0.controlVariate.objective = objective ?? .variance
    }.configuration
    configuration.activation = .tanh
    configuration.hiddenSizes = [16]
    configuration.value.learningRate = .linear(from: 0.01, to: 0)
    configuration.controlVariate.learningRate = .linear(from: 0.01, to: 0)
    let agent = try ActorCritic(configuration, seed: 5) {
      try EnvironmentBatch(
        LinearQuadratic(), spec: EnvironmentSpec(name: "one-step", stepLimit: 1), count: $0,
        seed: 5, firstLane: $1)
    }
    let loop = TrainingLoop(agent)
    let bias = agent.parameters[0].layout["policy.1.bias"].range.lowerBound
    var moments = RunningMoments()
    let updates = 3_000
    // A hundred episodes per update, of one step each.
    for _ in 0..<updates { try loop.update(of: updates * 100) }
    for _ in 0..<1_000 {
      try loop.update(of: 1)
      moments.add(RealAgentUnbiasednessTests.gradient(of: agent)[bias])
    }
    return moments.variance * 100
  }

  @Test func `finds by variance what is better than c = f, which a fit comes to`() throws {
    // f = −(x + a)² − ρ a² has the second derivative −2 (1 + ρ) by a: at c = f the gradient by μ is
    // f′(a), of variance 4 (1 + ρ)² σ²; at c = f − 2 (1 + ρ) σ² it does not depend on ε at all.
    let curvature = 1 + LinearQuadratic.actionCost
    let deviation = exp(-0.5)
    let acrossStates = 4.0 / 12
    let ofReparameterization = 4 * curvature * curvature * deviation * deviation + acrossStates
    let fitted = try variance(.fit)
    let minimized = try variance(.variance)
    report("variance by μ: fitted over that of c = f", fitted / ofReparameterization, unit: "")
    report("variance by μ: minimized over that across states", minimized / acrossStates, unit: "")
    // Of 1,000 gradients the variance is known to 4.5 % (one standard error).
    #expect(abs(fitted / ofReparameterization - 1) < 0.35)
    #expect(minimized < 0.35 * ofReparameterization)
    #expect(try variance(nil) > 2 * ofReparameterization)
  }

  @Test func `squashing is refused where there are no bounds, and estimators of choices are`() {
    func error(_ change: (inout ActorCriticConfiguration) -> Void) -> ConfigurationValueError? {
      var configuration = ActorCriticConfiguration()
      change(&configuration)
      return #expect(throws: ConfigurationValueError.self) {
        try ActorCritic(configuration, seed: 1) {
          try EnvironmentBatch(LinearQuadratic(), count: $0, seed: 1, firstLane: $1)
        }
      }
    }
    #expect(error { $0.gaussian.squashActions = true }?.key == "gaussian.squash_actions")
    for estimator in [PolicyGradientEstimator.relax, .allAction] {
      let found = error { $0.estimator = estimator }
      #expect(found?.key == "estimator" && found?.value == estimator.rawValue)
      #expect(found?.expected.contains("lax") == true)
    }
  }
}
