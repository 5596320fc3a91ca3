import Differentiation
import Networks
import ReinforcementLearning

/// The gradient of Q on a batch, compiled.
///
/// Mnih et al. (2015), "Human-level control through deep reinforcement learning": Q descends on Huber's
/// loss of Q(s, a) − y with y = r + γ max Q'(s', ·), and y = r where the episode has terminated. Van Hasselt
/// et al. (2016): y = r + γ Q'(s', argmax Q(s', ·)), so that one network chooses and the other judges. Over
/// n steps: Σ γ^k r_k + γ^n times that. Forbidden actions are neither chosen nor judged.
///
/// Shapes: B rows of a batch, A choices.
final class DQNLearner: BatchLearner {
  let batch: ReplayMemory.Batch
  private let program: Program<Float>
  private let networks: DQNNetworks

  init(
    _ networks: DQNNetworks, _ configuration: DQNConfiguration, _ observations: ObservationModel,
    maskSize: Int
  ) throws {
    self.networks = networks
    let rows = configuration.batchSize
    let graph = BatchGraph(
      rows: rows, observationSize: observations.size, actionSize: 1, maskSize: maskSize,
      isBytes: observations.isBytes)
    batch = graph.batch
    let theta = graph.parameters(networks.value.parameters)
    let targetTheta = graph.parameters(networks.targets.parameters[0])
    let nextValues = networks.value(graph.nextObservations, parameters: targetTheta)
    let choosing =
      configuration.doubleQ
      ? networks.value(graph.nextObservations, parameters: theta) : nextValues
    let best = DQNNetworks.best(choosing, allowing: graph.nextMasks)
    let target =
      (graph.rewards + configuration.discount * (graph.continues * nextValues.gather(best)))
      .stopGradient().named("target")
    let value = networks.value(graph.observations, parameters: theta)
      .gather(graph.actions.reshaped([rows]))
    let error = (value - target).absolute()
    // Huber: ½ x² up to 1, |x| − ½ beyond.
    let near = Tensor.minimum(error, graph.graph.constant(1))
    let loss = (near * (error - 0.5 * near)).mean()
    program = try graph.compile([
      ProgramStage(outputs: [
        ProgramOutput("loss", loss), ProgramOutput("mean value", value.mean()),
        graph.gradient(of: loss, by: theta, to: networks.value.gradient),
      ])
    ])
  }

  /// Floating-point operations of the matrix products of one update.
  var matrixFlops: Double { Double(program.cost(ofStage: 0).matrixFlops) }

  /// That of Q.
  var gradients: [ParameterSet<Float>] { [networks.value.gradient] }

  /// Writes the gradient of the batch.
  func run(update: Int = 0) { program.run() }

  /// The mean of Huber's loss in the last batch.
  var loss: Double { program.withOutput("loss") { Double($0[0]) } }

  /// The mean of Q(s, a) in the last batch.
  var meanValue: Double { program.withOutput("mean value") { Double($0[0]) } }
}
