import Differentiation
import Environments
import GSL
import Networks

@testable import Agents

/// The networks of an actor-critic in double precision, with parameters drawn once and for all.
///
/// Policy and V are the same for every estimator, so that one set of episodes serves them all.
final class DoubleNetworks {
  let networks: ActorCriticNetworks
  let sets: [ParameterSet<Double>]

  /// Draws every parameter from a normal distribution, biases too: at zero some mistakes would stay
  /// unseen.
  init(
    _ configuration: ActorCriticConfiguration, observationSize: Int, actionCount: Int, seed: UInt64,
    kind: PolicyKind = .categorical
  ) throws {
    networks = try ActorCriticNetworks(
      configuration, observationSize: observationSize, actionCount: actionCount, kind: kind)
    sets = networks.all.map { network in
      let set = ParameterSet<Double>(network.parameters.layout)
      let name = set.layout.names[0].prefix { $0 != "." }
      var stream = RandomStream(seed: seed, purpose: StreamPurpose(rawValue: String(name)))
      set.values = (0..<set.count).map { _ in 0.7 * stream.gaussian() }
      return set
    }
  }

  var policy: ParameterSet<Double> { sets[0] }

  /// φ, the last network where the configuration has one.
  var controlVariate: ParameterSet<Double> { sets[sets.count - 1] }

  /// Binds the parameters of a graph to these sets, by layout.
  func bindings(
    of parameters: [ParameterTensors]
  ) -> [ProgramBinding<Double>] {
    parameters.flatMap { tensors in
      sets.first { $0.layout == tensors.layout }.map { tensors.bindings(to: $0) } ?? []
    }
  }
}

/// A policy on a process whose states are seen one-hot, and its exact gradient.
///
/// Shapes: S states, A actions.
struct TabularPolicy {
  let process: MarkovDecisionProcess
  let horizon: Int
  private let program: Program<Double>
  private let cotangent: Tensor
  private let parameters: ParameterSet<Double>

  init(
    _ process: MarkovDecisionProcess, horizon: Int, network: any Network,
    parameters: ParameterSet<Double>,
    logProbabilities: (Tensor) -> Tensor = { $0.logSoftmax() }
  ) throws {
    self.process = process
    self.horizon = horizon
    self.parameters = parameters
    let (states, actions) = (process.stateCount, process.actionCount)
    let graph = Graph()
    let observations = graph.literal(
      (0..<states * states).map { $0 / states == $0 % states ? 1 : 0 }, shape: [states, states])
    let tensors = ParameterTensors(parameters.layout, inputsOf: graph)
    let logits = network(observations, parameters: tensors)
    let normalized = logProbabilities(logits)
    let probabilities = normalized.exp()
    cotangent = graph.input("cotangent", shape: [states, actions])
    program = try Program<Double>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("outputs", logits),
          ProgramOutput("log probabilities", normalized),
          ProgramOutput("probabilities", probabilities),
          ProgramOutput(
            "gradient",
            pullback(of: [(probabilities, cotangent: cotangent)], to: tensors.tensors)),
        ])
      ], bindings: tensors.bindings(to: parameters))
  }

  /// The parameters that everything is computed from.
  var boundParameters: ParameterSet<Double> { parameters }

  /// `[S, A]`, what the network gives before it becomes a policy.
  var outputs: [Double] {
    program.run()
    return program.output("outputs")
  }

  /// `[S, A]`.
  var logProbabilities: [Double] {
    program.run()
    return program.output("log probabilities")
  }

  /// `[S, A]`.
  var probabilities: [Double] {
    program.run()
    return program.output("probabilities")
  }

  /// J, enumerated.
  func expectedReturn(discount: Double) -> Double {
    process.evaluate(policy: probabilities, discount: discount, horizon: horizon).expectedReturn
  }

  /// The expected number of steps of an episode.
  var expectedLength: Double {
    process.evaluate(policy: probabilities, discount: 1, horizon: horizon).occupancies
      .enumerated().filter { !process.isTerminal[$0.offset % process.stateCount] }
      .map(\.element).reduce(0, +)
  }

  /// The enumerated gradient with respect to every parameter.
  func exactGradient(discount: Double, target: GradientTarget) -> [Double] {
    let slope = process.policyGradient(
      policy: probabilities, discount: discount, horizon: horizon, target: target)
    program.withInput(cotangent) { span in
      for index in slope.indices { span[index] = slope[index] }
    }
    program.run()
    return program.output("gradient")
  }
}
