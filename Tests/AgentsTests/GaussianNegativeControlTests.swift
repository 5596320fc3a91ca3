import Differentiation
import Distributions
import Estimators
import GSL
import Networks
import Testing

@testable import Agents

/// What can be wrong with LAX although everything runs.
private enum Mistake: String, CaseIterable {
  case none = "no mistake"
  /// c of an action drawn anew, as in the code that was released with the paper.
  case freshAction = "fresh action in c"
  /// No derivative through the action.
  case detachedPath = "detached path"
}

/// Steps of episodes in double precision.
private struct Steps {
  var states: [Double] = []
  var noise: [Double] = []
  var returns: [Double] = []

  init(episodes: Int, _ policy: LinearPolicy, from stream: inout RandomStream) {
    for _ in 0..<episodes {
      var x = LinearQuadratic.firstState(from: &stream)
      var rewards: [Double] = []
      for _ in 0..<2 {
        let variate = stream.gaussian()
        states.append(x)
        noise.append(variate)
        let (next, reward) = LinearQuadratic.step(
          x, policy.mean(x) + policy.deviation * variate)
        x = next
        rewards.append(reward)
      }
      returns += [rewards[0] + rewards[1], rewards[1]]
    }
  }
}

@Suite struct `Mistakes in LAX are found out` {
  private static let episodes = 1_000
  private let configuration = GaussianEstimate("LAX") {
    $0.estimator = .lax
    $0.value.baseline = false
  }.configuration

  /// Gradients of an estimate as the agent builds it, and with each mistake.
  private func build(
    _ networks: ActorCriticNetworks, _ mistake: Mistake
  ) -> (inputs: [Tensor], parameters: [ParameterTensors], gradient: [Tensor]) {
    let graph = Graph()
    let rows = 2 * Self.episodes
    let observations = graph.input("observations", shape: [rows, 1])
    let noise = graph.input("noise", shape: [rows, 1])
    let fresh = graph.input("fresh", shape: [rows, 1])
    let signal = graph.input("signal", shape: [rows])
    let theta = ParameterTensors(networks.policy.parameters.layout, inputsOf: graph)
    guard let network = networks.controlVariate else {
      preconditionFailure("LAX has a control variate.")
    }
    let phi = ParameterTensors(network.parameters.layout, inputsOf: graph)
    let mean = networks.policy.network(observations, parameters: theta)
    let gaussian = DiagonalGaussian(
      mean: mean, logDeviation: theta["policy.log_deviation"].broadcast(to: mean.shape))
    let control = ActionControlVariate(
      .network, network.network, phi, observations, center: mean.stopGradient(), executed: { $0 })
    let estimate = LAX().estimate(gaussian, noise: noise, signal: signal) { value in
      switch mistake {
      case .none: control(value)
      case .freshAction: control(gaussian.sample(noise: fresh))
      case .detachedPath: control(value.stopGradient())
      }
    }
    let weight = graph.constant(1 / Double(Self.episodes), shape: [rows])
    return (
      [observations, noise, fresh, signal], [theta, phi],
      estimate.pulledBack(to: theta.tensors, weights: weight)
    )
  }

  @Test func `each is more than 10 standard errors from the closed form`() throws {
    let networks = try ActorCriticNetworks(
      configuration, observationSize: 1, actionCount: 1, kind: .gaussian)
    let theta = ParameterSet<Double>(networks.policy.parameters.layout)
    let policy = LinearPolicy.write(to: theta)
    let layout = try #require(networks.controlVariate).parameters.layout
    let phi = ParameterSet<Double>(layout)
    var stream = RandomStream(seed: 4, purpose: "gaussian-negative-controls")
    // A steep c: the mistakes bias by its slope.
    phi.values = phi.values.map { _ in 1.2 * stream.gaussian() }
    let exact = policy.exactGradient(steps: 2)
    for mistake in Mistake.allCases {
      let (inputs, parameters, gradient) = build(networks, mistake)
      let program = try Program<Double>(
        stages: [ProgramStage(outputs: [ProgramOutput("gradient", gradient)])],
        bindings: parameters[0].bindings(to: theta) + parameters[1].bindings(to: phi))
      var mean = VectorMean()
      for _ in 0..<200 {
        let steps = Steps(episodes: Self.episodes, policy, from: &stream)
        let fresh = steps.noise.map { _ in stream.gaussian() }
        for (input, values) in zip(inputs, [steps.states, steps.noise, fresh, steps.returns])
        where program.reads(input) {
          program.withInput(input) { for index in $0.indices { $0[index] = values[index] } }
        }
        program.run()
        mean.add(Array(program.output("gradient")))
      }
      let deviation = mean.largestDeviation(from: exact)
      report("linear-quadratic, \(mistake.rawValue)", deviation)
      if mistake == .none {
        #expect(deviation <= Significance.unbiased, "\(mistake.rawValue)")
      } else {
        #expect(deviation > Significance.detected, "\(mistake.rawValue)")
      }
    }
  }
}
