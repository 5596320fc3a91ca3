import Networks
import ReinforcementLearning

/// Some members of the population, on one thread at a time.
///
/// Pass 0 has no gradient: the shard says what each of its members was worth. Pass 1 is the shard's share of
/// −1 / (n σ) Σ u s ε, u being the rank of a member among all n.
public final class EvolutionShard: AgentShard {
  /// By member of the shard: the mean return of its episodes.
  private(set) var returns: [Double] = []

  let lanes: Lanes
  private let collector: EpisodeCollector
  private let actor: EvolutionActor
  private let network: TrainedNetwork
  private let population: Population
  private let clock: EvolutionClock
  private let sum: ParameterSet<Float>
  /// The update for which the members have their noise; nil where they have none.
  private var perturbedFor: Int?

  init(
    _ lanes: Lanes, _ configuration: EvolutionConfiguration, _ network: TrainedNetwork,
    _ model: PolicyModel, _ population: Population, _ clock: EvolutionClock,
    isFirst: Bool
  ) throws {
    let actor = try EvolutionActor(lanes, network, model)
    collector = EpisodeCollector(
      lanes, actor, through: actor.moment(), into: Experience(lanes: lanes.count),
      episodes: configuration.episodesPerUpdate, lanesInAll: configuration.envs)
    sum = network.gradient(ofFirstShard: isFirst)
    self.lanes = lanes
    self.actor = actor
    self.network = network
    self.population = population
    self.clock = clock
  }

  /// Environment steps of all shards together after which a rollout pauses, or nil.
  public var rolloutLimit: Int? {
    get { collector.limit }
    set { collector.limit = newValue }
  }

  /// The shard's episodes.
  public var episodes: EpisodeTracker {
    get { lanes.episodes }
    set { lanes.episodes = newValue }
  }

  /// Lets every member play its episodes.
  public func collect(clock: Int) throws -> Int {
    if perturbedFor != self.clock.update {
      for lane in 0..<lanes.count {
        population.perturb(
          network.parameters, member: lanes.firstLane + lane, update: self.clock.update,
          into: actor.parameters(ofLane: lane))
      }
      perturbedFor = self.clock.update
    }
    return try collector.collect(clock: clock)
  }

  /// Adds up returns, or writes the share of the gradient.
  public func writeGradient(_ pass: Int) {
    guard pass > 0 else { return addReturns() }
    sum.fill(0)
    let gradient = sum.buffer
    for lane in 0..<lanes.count {
      let member = lanes.firstLane + lane
      let weight = Float(clock.weights[member]) * Population.sign(ofMember: member)
      // Minus: the optimizer minimizes.
      population.forEachVariate(ofMember: member, update: clock.update, count: gradient.count) {
        gradient[$0] -= weight * $1
      }
    }
  }

  private func addReturns() {
    let experience = collector.experience
    returns = Array(repeating: 0, count: lanes.count)
    for (row, step) in experience.steps.enumerated() where !step.isLost {
      returns[Int(step.lane)] += Double(experience.rewards[row])
    }
    let episodes = Double(collector.episodes)
    for lane in returns.indices { returns[lane] /= episodes }
  }

  /// None, then that of the policy.
  public func gradients(of pass: Int) -> [ParameterSet<Float>] { pass == 0 ? [] : [sum] }

  /// Forgets the episodes.
  func finishUpdate() { collector.finishUpdate() }

  /// Adds lanes, and episodes of an update that is not over.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try collector.save(to: &checkpoint, name: name)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try collector.restore(from: checkpoint, name: name)
    perturbedFor = nil
  }
}

/// What all shards of an evolution strategy need to know; written by the agent between two passes alone.
final class EvolutionClock {
  /// Updates that are over.
  var update = 0
  /// By member: u / (n σ).
  var weights: [Double] = []
}
