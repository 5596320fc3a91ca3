import ReinforcementLearning
import Runs

/// What there is to be seen at the start of an episode or after a step.
struct Moment {
  /// From 1.
  let episode: Int
  /// Steps of the episode so far.
  let step: Int
  /// What was done; nil at the start.
  let action: ActionRows?
  let reward: Double
  /// The rewards of the episode so far.
  let total: Double
  let observation: [Float]
  let outcome: Outcome
  /// Where it is seen.
  let environment: any VectorEnvironment

  /// What the environment shows, nil where it has no picture.
  func picture() throws -> Picture? { try environment.render(lane: 0) }
}

/// Shows an episode moment by moment.
protocol EpisodeViewer {
  /// - Throws: what keeps it from being shown; ``ViewingEnd`` where enough has been seen.
  mutating func show(_ moment: Moment) throws
}

/// Nobody wants to see more.
struct ViewingEnd: Error {}

/// The policy of a run that plays one episode after the other: the same ones that an evaluation with one episode
/// after the other would count.
struct WatchedRun {
  /// An episode that was played to its end.
  struct Episode {
    let steps: Int
    let total: Double
  }

  let environment: EnvironmentEntry
  let batch: any VectorEnvironment
  private let policy: any TrainedPolicy
  private var memory: EvaluationMemory
  private(set) var episodes: [Episode] = []

  /// Begins the first episode.
  init(
    _ run: TrainedRun, seed: UInt64, stochastic: Bool, in choice: EnvironmentChoice
  ) throws {
    environment = try run.environment(choice)
    (batch, policy) = try run.players(1, seed: seed, in: environment)
    memory = EvaluationMemory(batch, drawingWith: stochastic ? seed : nil)
    try memory.reset(batch)
  }

  /// Plays episodes until there were enough, or the viewer has seen enough.
  mutating func play(_ count: Int, for viewer: inout some EpisodeViewer) throws {
    do {
      while episodes.count < count {
        if !episodes.isEmpty { try memory.startRound(batch) }
        try playOne(for: &viewer)
      }
    } catch is ViewingEnd {}
  }

  private mutating func playOne(for viewer: inout some EpisodeViewer) throws {
    let (number, batch) = (episodes.count + 1, batch)
    func moment(
      _ step: Int, _ action: ActionRows?, _ total: Double, _ memory: EnvironmentMemory
    ) -> Moment {
      Moment(
        episode: number, step: step, action: action, reward: action == nil ? 0 : memory.rewards[0],
        total: total, observation: memory.observations,
        outcome: action == nil ? .ongoing : memory.outcomes[0], environment: batch)
    }
    var (steps, total) = (0, 0.0)
    try viewer.show(moment(0, nil, 0, memory.memory))
    _ = try memory.playRound(batch, policy) { actions, memory in
      if InterruptFlag.isRaised { throw ViewingEnd() }
      // A lost episode does not count; the next one has begun already.
      let isLost = memory.outcomes[0] == .lost
      (steps, total) = isLost ? (0, 0) : (steps + 1, total + memory.rewards[0])
      try viewer.show(moment(steps, actions, total, memory))
    }
    episodes.append(Episode(steps: steps, total: total))
  }
}
