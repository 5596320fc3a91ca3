import Differentiation
import Networks
import ReinforcementLearning

/// The gradients of actor and critic on a batch, compiled.
///
/// Lillicrap et al. (2016), "Continuous control with deep reinforcement learning", algorithm 1:
/// the critic descends on the mean of (Q(s, a) − y)² with y = r + γ Q'(s', μ'(s')), the actor
/// ascends on the mean of Q(s, μ(s)).
///
/// Shapes: B rows of a batch, D observation, C components of an action.
///
/// ## Differences from the paper
/// - Both gradients are taken at the same parameters, then both networks move; the paper moves the
///   critic first. So a gradient that is not finite stops an update of which nothing was applied.
/// - The action is an input of the critic's first layer, not of its second.
/// - No batch normalization and no weight decay.
final class DDPGLearner: BatchLearner {
  /// Where a batch goes.
  let batch: ReplayMemory.Batch
  private let program: Program<Float>
  /// The program reads their parameters and writes their gradients in place.
  private let networks: DDPGNetworks

  init(_ networks: DDPGNetworks, batchSize: Int, discount: Double) throws {
    self.networks = networks
    let graph = Graph()
    let (actor, critic) = (networks.actor, networks.critic)
    let (observationSize, actionSize) = (
      actor.network.inputShape.reduce(1, *), actor.network.outputShape.reduce(1, *)
    )
    func input(_ name: String, _ shape: Shape) -> Tensor { graph.input(name, shape: shape) }
    let observations = input("observations", [batchSize, observationSize])
    let actions = input("actions", [batchSize, actionSize])
    let rewards = input("rewards", [batchSize])
    let continues = input("continues", [batchSize])
    let nextObservations = input("next observations", observations.shape)

    batch = ReplayMemory.Batch(
      rows: batchSize, observationSize: observations.shape[1], actionSize: actionSize)
    var bindings = [
      (observations, batch.observations), (actions, batch.actions), (rewards, batch.rewards),
      (continues, batch.continues), (nextObservations, batch.nextObservations),
    ].map { ProgramBinding<Float>($0, $1.pointer, ownedBy: $1) }
    func tensors(_ parameters: ParameterSet<Float>) -> ParameterTensors {
      let tensors = ParameterTensors(parameters.layout, inputsOf: graph)
      bindings += tensors.bindings(to: parameters)
      return tensors
    }
    func policy(_ states: Tensor, _ parameters: ParameterTensors) -> Tensor {
      actor.network(states, parameters: parameters).tanh()
    }
    func value(_ states: Tensor, _ actions: Tensor, _ parameters: ParameterTensors) -> Tensor {
      critic.network([states, actions], parameters: parameters).reshaped([batchSize])
    }
    let theta = tensors(actor.parameters)
    let phi = tensors(critic.parameters)
    let nextAction = policy(nextObservations, tensors(networks.targetActor))
    let nextValue = value(nextObservations, nextAction, tensors(networks.targetCritic))
    let target = (rewards + discount * (continues * nextValue)).named("target")
    let criticLoss = (value(observations, actions, phi) - target).squared().mean()
    let meanValue = value(observations, policy(observations, theta), phi).mean()

    program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("critic loss", criticLoss),
          ProgramOutput("mean value", meanValue),
          ProgramOutput(
            "critic gradient", gradient(of: criticLoss, withRespectTo: phi.tensors)),
          ProgramOutput(
            "actor gradient", gradient(of: -meanValue, withRespectTo: theta.tensors)),
        ])
      ], bindings: bindings,
      destinations: [
        "critic gradient": critic.gradient.pointer, "actor gradient": actor.gradient.pointer,
      ])
  }

  /// Floating-point operations of the matrix products of one run.
  var matrixFlops: Double { Double(program.cost(ofStage: 0).matrixFlops) }

  /// Those of both networks.
  var gradients: [ParameterSet<Float>] { networks.trained.map(\.gradient) }

  /// Writes the gradients of the batch.
  func run(update: Int = 0) { program.run() }

  /// The mean of (Q(s, a) − y)² in the last batch.
  var criticLoss: Double { program.withOutput("critic loss") { Double($0[0]) } }

  /// The mean of Q(s, μ(s)) in the last batch.
  var meanValue: Double { program.withOutput("mean value") { Double($0[0]) } }
}
