import Differentiation
import Networks
import ReinforcementLearning

/// The gradients of actor and critics on a batch, compiled.
///
/// Fujimoto, van Hoof and Meger (2018), "Addressing function approximation error in actor-critic
/// methods", algorithm 1: both critics descend on the mean of (Q(s, a) − y)² with
/// y = r + γ min Q'(s', μ'(s') + ε), ε normal and cut off, the action kept within its bounds; every few
/// updates the actor ascends on the mean of Q₁(s, μ(s)).
///
/// Shapes: B rows of a batch, C components of an action.
///
/// ## Differences from the paper
/// - The actor's gradient is taken at the critics' parameters from before their update, as in `ddpg`: a
///   gradient that is not finite stops an update of which nothing was applied.
final class TD3Learner: BatchLearner {
  let batch: ReplayMemory.Batch
  /// `[B, C]`, ε.
  let noise: BatchNoise
  private let program: Program<Float>
  private let networks: TD3Networks
  private let policyDelay: Int

  init(
    _ networks: TD3Networks, _ configuration: TD3Configuration, observationSize: Int,
    actionSize: Int, seed: UInt64
  ) throws {
    let rows = configuration.batchSize
    let graph = BatchGraph(
      rows: rows, observationSize: observationSize, actionSize: actionSize)
    let noise = BatchNoise(
      rows: rows, width: actionSize, deviation: configuration.targetNoiseDeviation,
      limit: configuration.targetNoiseLimit, seed: seed, purpose: "target-noise")
    self.noise = noise
    self.networks = networks
    batch = graph.batch
    policyDelay = configuration.policyDelay
    let critics = networks.critics
    func policy(_ states: Tensor, _ parameters: ParameterTensors) -> Tensor {
      networks.actor(states, parameters: parameters).tanh()
    }
    let theta = graph.parameters(networks.actor.parameters)
    let phi = critics.networks.map { graph.parameters($0.parameters) }
    let targets = networks.targets.parameters.map { graph.parameters($0) }
    let epsilon = graph.input(noise.column, shape: [rows, actionSize])
    let nextAction = Tensor.minimum(
      Tensor.maximum(
        policy(graph.nextObservations, targets[0]) + epsilon, graph.graph.constant(-1)),
      graph.graph.constant(1))
    let nextValue = critics.lowest(graph.nextObservations, nextAction, Array(targets[1...]))
    let target =
      (graph.rewards + configuration.discount * (graph.continues * nextValue)).named("target")
    let criticLoss = TwinCritics.loss(
      critics.values(graph.observations, graph.actions, phi), target: target)
    let meanValue = critics.values(
      graph.observations, policy(graph.observations, theta), phi)[0].mean()
    program = try graph.compile([
      ProgramStage(
        outputs: [ProgramOutput("critic loss", criticLoss)]
          + zip(phi, critics.networks).map {
            graph.gradient(of: criticLoss, by: $0, to: $1.gradient)
          }),
      ProgramStage(outputs: [
        ProgramOutput("mean value", meanValue),
        graph.gradient(of: -meanValue, by: theta, to: networks.actor.gradient),
      ]),
    ])
  }

  /// Floating-point operations of the matrix products of an update, on average.
  var matrixFlops: Double {
    Double(program.cost(ofStage: 0).matrixFlops)
      + Double(program.cost(ofStage: 1).matrixFlops) / Double(policyDelay)
  }

  /// Those of the critics and, when it is due, the actor.
  var gradients: [ParameterSet<Float>] { networks.trained.map(\.gradient) }

  /// Whether an update moves the actor too.
  func movesActor(inUpdate number: Int) -> Bool { (number + 1) % policyDelay == 0 }

  /// Writes the gradients of the batch.
  func run(update: Int) {
    noise.draw()
    differentiate(movingActor: movesActor(inUpdate: update))
  }

  /// Writes them for the noise there is.
  func differentiate(movingActor: Bool) {
    program.run(stage: 0)
    if movingActor { program.run(stage: 1) }
  }

  /// The mean of (Q₁ − y)² + (Q₂ − y)² in the last batch.
  var criticLoss: Double { program.withOutput("critic loss") { Double($0[0]) } }

  /// The mean of Q₁(s, μ(s)) in the last batch for which it was asked.
  var meanValue: Double { program.withOutput("mean value") { Double($0[0]) } }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try noise.save(to: &checkpoint, name: name)
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try noise.restore(from: checkpoint, name: name)
  }
}
