import Differentiation
import Distributions
import Networks
import ReinforcementLearning

/// The gradients of actor, critics and temperature on a batch, compiled.
///
/// Haarnoja et al. (2018b), "Soft actor-critic algorithms and applications", algorithm 1: both critics
/// descend on the mean of (Q(s, a) − y)² with y = r + γ (min Q'(s', a') − α log π(a'|s')), a' drawn anew;
/// the actor descends on the mean of α log π(a|s) − min Q(s, a) with a = tanh(μ + σ ε), through which
/// the gradient goes; log α descends on −log α (log π + H̄), which raises it where the entropy −log π is
/// below the target H̄.
///
/// Shapes: B rows of a batch, C components of an action.
///
/// ## Differences from the paper
/// - All gradients are taken at the same parameters, then everything moves, as in `ddpg`.
/// - The temperature's loss has log α in the place of α, as in the authors' own program.
final class SACLearner: BatchLearner {
  let batch: ReplayMemory.Batch
  /// `[B, C]`, ε of the actions that the actor is judged by.
  let noise: BatchNoise
  /// `[B, C]`, ε of the actions in targets.
  let nextNoise: BatchNoise
  private let program: Program<Float>
  private let networks: SACNetworks
  private let targetEntropy: Double

  init(
    _ networks: SACNetworks, _ configuration: SACConfiguration, observationSize: Int,
    actionSize: Int, seed: UInt64
  ) throws {
    let rows = configuration.batchSize
    let graph = BatchGraph(
      rows: rows, observationSize: observationSize, actionSize: actionSize)
    let noise = BatchNoise(
      rows: rows, width: actionSize, seed: seed, purpose: "policy-noise")
    let nextNoise = BatchNoise(
      rows: rows, width: actionSize, seed: seed, purpose: "target-noise")
    (self.noise, self.nextNoise, self.networks) = (noise, nextNoise, networks)
    batch = graph.batch
    targetEntropy = configuration.targetEntropyPerAction * Double(actionSize)
    let critics = networks.critics
    let theta = graph.parameters(networks.policy.network.parameters)
    let phi = critics.networks.map { graph.parameters($0.parameters) }
    let targets = networks.targets.parameters.map { graph.parameters($0) }
    let temperature = graph.parameters(networks.logTemperature).tensors[0].exp()
    func draw(_ states: Tensor, _ noise: BatchNoise) -> (value: Tensor, logProbability: Tensor) {
      networks.policy(states, theta)
        .sample(noise: graph.input(noise.column, shape: [rows, actionSize]))
    }
    let next = draw(graph.nextObservations, nextNoise)
    let nextValue =
      critics.lowest(graph.nextObservations, next.value, targets)
      - temperature * next.logProbability
    let target =
      (graph.rewards + configuration.discount * (graph.continues * nextValue)).named("target")
    let criticLoss = TwinCritics.loss(
      critics.values(graph.observations, graph.actions, phi), target: target)
    let now = draw(graph.observations, noise)
    let value = critics.lowest(graph.observations, now.value, phi)
    let actorLoss = (temperature * now.logProbability - value).mean()
    program = try graph.compile([
      ProgramStage(
        outputs: [
          ProgramOutput("critic loss", criticLoss), ProgramOutput("mean value", value.mean()),
          ProgramOutput("log probability", now.logProbability.mean()),
          graph.gradient(of: actorLoss, by: theta, to: networks.policy.network.gradient),
        ]
          + zip(phi, critics.networks).map {
            graph.gradient(of: criticLoss, by: $0, to: $1.gradient)
          })
    ])
  }

  /// Floating-point operations of the matrix products of one update.
  var matrixFlops: Double { Double(program.cost(ofStage: 0).matrixFlops) }

  /// Those of actor, critics and temperature.
  var gradients: [ParameterSet<Float>] {
    networks.trained.map(\.gradient) + [networks.temperatureGradient]
  }

  /// Writes the gradients of the batch.
  func run(update: Int) {
    noise.draw()
    nextNoise.draw()
    differentiate()
  }

  /// Writes them for the noise there is.
  func differentiate() {
    program.run()
    // Of −log α (log π + H̄) by log α.
    networks.temperatureGradient.pointer[0] = Float(-(meanLogProbability + targetEntropy))
  }

  /// The mean of (Q₁ − y)² + (Q₂ − y)² in the last batch.
  var criticLoss: Double { program.withOutput("critic loss") { Double($0[0]) } }

  /// The mean of min Q(s, a) in the last batch, a drawn from the policy.
  var meanValue: Double { program.withOutput("mean value") { Double($0[0]) } }

  /// The mean of log π(a|s) in the last batch, minus the entropy.
  var meanLogProbability: Double { program.withOutput("log probability") { Double($0[0]) } }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try noise.save(to: &checkpoint, name: name)
    try nextNoise.save(to: &checkpoint, name: name)
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try noise.restore(from: checkpoint, name: name)
    try nextNoise.restore(from: checkpoint, name: name)
  }
}
