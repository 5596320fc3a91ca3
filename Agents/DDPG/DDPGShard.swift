import GSL
import Networks
import ReinforcementLearning

/// The lanes of DDPG, what they have seen, and the batches drawn from it.
///
/// There is one shard only: DDPG makes an update after every step or so, and all lanes together take
/// less time for a step than one update does. So a second thread would have nothing to do.
///
/// Shapes: N lanes, D observation, C components of an action.
public final class DDPGShard: AgentShard {
  /// Gradient updates.
  private(set) var updatesDone = 0
  /// Steps of all lanes together.
  var stepsTaken: Int { actor.stepsTaken }
  let learner: DDPGLearner

  private let configuration: DDPGConfiguration
  private let networks: DDPGNetworks
  private let lanes: Lanes
  private let actor: ExploringActor
  private let collector: StepCollector
  private let observations: ExperienceColumn<Float>
  private let actions: ExperienceColumn<Float>
  /// `[N, D]`, what is to be acted on next.
  private let present: ExperienceColumn<Float>
  private var buffer: ReplayMemory
  private var replayStream: RandomStream

  init(
    _ environment: any VectorEnvironment, _ configuration: DDPGConfiguration,
    _ networks: DDPGNetworks, _ box: BoxActions, seed: UInt64
  ) throws {
    let lanes = Lanes(environment, actions: .box(box))
    self.lanes = lanes
    self.configuration = configuration
    self.networks = networks
    actor = try ExploringActor(networks, lanes, configuration, seed: seed)
    let experience = Experience(rows: lanes.count * configuration.trainEvery, lanes: lanes.count)
    observations = experience.add(.observation, width: lanes.observationSize)
    actions = experience.add(.action, width: box.size)
    present = ExperienceColumn(
      .observation, width: lanes.observationSize, capacity: lanes.count)
    collector = StepCollector(lanes, actor, into: experience, lanesInAll: lanes.count)
    learner = try DDPGLearner(
      networks, batchSize: configuration.batchSize, discount: configuration.discount)
    buffer = ReplayMemory(
      capacity: configuration.bufferSize, observationSize: lanes.observationSize,
      actionSize: box.size)
    replayStream = RandomStream(seed: seed, purpose: "replay")
    try lanes.reset()
  }

  /// Steps after which a rollout pauses.
  public var rolloutLimit: Int? {
    get { collector.limit }
    set { collector.limit = newValue }
  }

  /// The shard's episodes.
  public var episodes: EpisodeTracker {
    get { lanes.episodes }
    set { lanes.episodes = newValue }
  }

  /// Takes steps and remembers them.
  public func collect(clock: Int) throws -> Int {
    let steps = try collector.collect(clock: clock)
    try remember(collector.experience)
    collector.finishUpdate()
    return steps
  }

  /// Puts what was met into the replay buffer, as transitions.
  private func remember(_ experience: Experience) throws {
    lanes.writeObservations(to: present, rows: 0..<lanes.count)
    guard let endings = experience.endingObservations as? ExperienceColumn<Float> else { return }
    var ending = 0
    for (row, step) in experience.steps.enumerated() {
      let (outcome, next) = (step.outcome, Int(step.successor))
      // What followed the action is not known. The transitions before it happened, and stay.
      if outcome == .lost { continue }
      let following =
        if outcome.isEnd {
          (column: endings, row: ending)
        } else if next >= 0 {
          (column: observations, row: next)
        } else {
          (column: present, row: Int(step.lane))
        }
      if outcome.isEnd { ending += 1 }
      try buffer.append(
        observation: observations.values(ofRow: row), action: actions.values(ofRow: row),
        reward: experience.rewards[row], isTerminated: outcome == .terminated,
        next: following.column.values(ofRow: following.row))
    }
  }

  /// Gradient updates that the steps taken so far ask for and that are not yet made.
  var updatesDue: Int {
    // Steps in which every simulator failed leave nothing to learn from.
    if buffer.count == 0 { return 0 }
    return updatesAsked(after: stepsTaken) - updatesDone
  }

  /// Gradient updates that a number of steps asks for in all.
  private func updatesAsked(after steps: Int) -> Int {
    let learned = max(0, steps - configuration.learningStarts)
    return Int(Double(learned) * configuration.updatesPerStep)
  }

  /// Draws a batch and differentiates on it.
  public func writeGradient(_ pass: Int) {
    buffer.sample(configuration.batchSize, from: &replayStream, into: learner.batch)
    learner.run()
  }

  /// The networks' own: there is one shard.
  public func gradients(of pass: Int) -> [ParameterSet<Float>] {
    networks.trained.map(\.gradient)
  }

  /// Counts the update that a gradient was for.
  func countUpdate() { updatesDone += 1 }

  /// What a checkpoint keeps besides lanes, actor and buffer.
  private struct State: Codable {
    var updatesDone: Int
    var replay: RandomStream
  }

  /// Adds lanes, exploration and the replay buffer.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try collector.save(to: &checkpoint, name: name)
    try actor.save(to: &checkpoint, name: "\(name).actor")
    checkpoint.metadata["\(name).learner"] = try encodeState(
      State(updatesDone: updatesDone, replay: replayStream))
    buffer.save(to: &checkpoint, name: "\(name).replay")
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let learner = "\(name).learner"
    let state: State = try decodeState(checkpoint.metadata[learner], named: learner)
    try actor.restore(from: checkpoint, name: "\(name).actor")
    try buffer.restore(from: checkpoint, name: "\(name).replay")
    try collector.restore(from: checkpoint, name: name)
    try refuse(
      [
        StateFault.count(state.updatesDone, "the number of updates"),
        [state.replay].fault(replacing: [replayStream]),
        buffer.count <= stepsTaken
          ? nil : "it remembers \(buffer.count) transitions of \(stepsTaken) steps.",
        state.updatesDone <= updatesAsked(after: stepsTaken)
          ? nil
          : "it has made \(state.updatesDone) updates, more than its settings ask for after "
            + "\(stepsTaken) steps.",
      ], in: learner)
    updatesDone = state.updatesDone
    replayStream = state.replay
  }
}
