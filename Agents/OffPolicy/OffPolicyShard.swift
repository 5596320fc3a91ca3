import GSL
import Networks
import ReinforcementLearning

/// What acts in the lanes of an agent with a replay memory.
protocol OffPolicyActor: Actor {
  /// Steps of all lanes together: what exploration goes by, however many updates there were.
  var stepsTaken: Int { get }
  func save(to checkpoint: inout SafetensorsFile, name: String) throws
  func restore(from checkpoint: SafetensorsFile, name: String) throws
}

/// Gradients on a batch, compiled.
protocol BatchLearner: AnyObject {
  /// Where a batch goes.
  var batch: ReplayMemory.Batch { get }
  /// Where the gradients lie.
  var gradients: [ParameterSet<Float>] { get }
  /// Floating-point operations of the matrix products of an update, on average.
  var matrixFlops: Double { get }

  /// Writes the gradients of the batch.
  ///
  /// - Parameter update: the number of the gradient update in the run, from 0.
  func run(update: Int)

  func save(to checkpoint: inout SafetensorsFile, name: String) throws
  func restore(from checkpoint: SafetensorsFile, name: String) throws
}

extension BatchLearner {
  /// Adds nothing: a batch is drawn anew for each update.
  func save(to checkpoint: inout SafetensorsFile, name: String) throws {}

  /// Takes nothing.
  func restore(from checkpoint: SafetensorsFile, name: String) throws {}
}

/// The lanes of an agent with a replay memory, what they have seen, and the batches drawn from it.
///
/// There is one shard only: such an agent makes an update after every step or so, and all lanes together
/// take less time for a step than one update does. So a second thread would have nothing to do.
///
/// Shapes: N lanes, D observation, C components of an action.
public final class OffPolicyShard: AgentShard {
  /// Gradient updates.
  private(set) var updatesDone = 0
  /// Steps of all lanes together.
  var stepsTaken: Int { actor.stepsTaken }
  /// Transitions in its memory.
  var stepsRemembered: Int { memory.count }
  /// Of the batches.
  let learner: any BatchLearner

  private let settings: any OffPolicySettings
  private let lanes: Lanes
  private let actor: any OffPolicyActor
  private let collector: StepCollector
  private let observations: AnyExperienceColumn
  private let masks: ExperienceColumn<Float>?
  private let actions: ExperienceColumn<Float>
  /// `[N, D]` and `[N, A]`, what is to be acted on next.
  private let present: AnyExperienceColumn
  private let presentMasks: ExperienceColumn<Float>?
  private let memory: ReplayMemory
  private var replayStream: RandomStream

  /// The lanes of an environment, at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - environment: N lanes.
  ///   - settings: of the agent.
  ///   - actions: how the environment takes them.
  ///   - learner: of the batches.
  ///   - seed: the run's.
  ///   - keepsBytes: whether observations are kept as bytes also where the environment gives numbers.
  ///   - makeActor: what acts in the lanes.
  /// - Throws: what the environment throws, or what memory there is too little of.
  init(
    _ environment: any VectorEnvironment, _ settings: any OffPolicySettings, _ actions: ActionModel,
    _ learner: any BatchLearner, seed: UInt64, keepsBytes: Bool = false,
    makeActor: (Lanes) throws -> any OffPolicyActor
  ) throws {
    let isBytes = keepsBytes || environment.givesBytes
    let lanes = Lanes(environment, actions: actions, keepsBytes: isBytes)
    let (count, size) = (lanes.count, lanes.observationSize)
    let maskSize = environment.hasActionMask ? actions.noiseSize : 0
    self.lanes = lanes
    self.settings = settings
    self.learner = learner
    actor = try makeActor(lanes)
    let experience = Experience(rows: count * settings.trainEvery, lanes: count)
    observations =
      isBytes
      ? experience.add(.observation, width: size, of: UInt8.self)
      : experience.add(.observation, width: size)
    present =
      isBytes
      ? ExperienceColumn<UInt8>(.observation, width: size, capacity: count)
      : ExperienceColumn<Float>(.observation, width: size, capacity: count)
    masks = maskSize == 0 ? nil : experience.add(.mask, width: maskSize)
    presentMasks =
      maskSize == 0 ? nil : ExperienceColumn(.mask, width: maskSize, capacity: count)
    self.actions = experience.add(.action, width: actions.size)
    collector = StepCollector(lanes, actor, into: experience, lanesInAll: count)
    memory = ReplayMemory(
      capacity: settings.bufferSize, lanes: count, observationSize: size, actionSize: actions.size,
      maskSize: maskSize, isBytes: isBytes, planes: environment.observationSpace.planes)
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

  /// Puts what was met into the replay memory, as transitions.
  private func remember(_ experience: Experience) throws {
    lanes.writeObservations(to: present, rows: 0..<lanes.count)
    if let presentMasks { try lanes.writeMasks(to: presentMasks, rows: 0..<lanes.count) }
    guard let endings = experience.endingObservations else { return }
    var ending = 0
    for (row, step) in experience.steps.enumerated() {
      let (outcome, successor) = (step.outcome, Int(step.successor))
      let next: ReplayMemory.Observation
      if outcome.isEnd {
        // Lost episodes have no final observation; the memory reads none.
        next = ReplayMemory.Observation(endings, row: ending)
        if outcome != .lost { ending += 1 }
      } else if successor >= 0 {
        next = ReplayMemory.Observation(observations, row: successor, masks: masks)
      } else {
        next = ReplayMemory.Observation(present, row: Int(step.lane), masks: presentMasks)
      }
      try memory.append(
        lane: Int(step.lane),
        from: ReplayMemory.Observation(observations, row: row, masks: masks),
        action: actions.values(ofRow: row), reward: experience.rewards[row], outcome: outcome,
        to: next)
    }
  }

  /// Gradient updates that the steps taken so far ask for and that are not yet made.
  var updatesDue: Int {
    // Steps in which every simulator failed leave nothing to learn from.
    if memory.count == 0 { return 0 }
    return updatesAsked(after: stepsTaken) - updatesDone
  }

  /// Gradient updates that a number of steps asks for in all.
  private func updatesAsked(after steps: Int) -> Int {
    let learned = max(0, steps - settings.learningStarts)
    return Int(Double(learned) * settings.updatesPerStep)
  }

  /// Draws a batch and differentiates on it.
  public func writeGradient(_ pass: Int) {
    memory.sample(
      settings.batchSize, steps: settings.returnSteps, discount: settings.discount,
      from: &replayStream, into: learner.batch)
    learner.run(update: updatesDone)
  }

  /// The networks' own: there is one shard.
  public func gradients(of pass: Int) -> [ParameterSet<Float>] { learner.gradients }

  /// Counts the update that a gradient was for.
  func countUpdate() { updatesDone += 1 }

  /// What a checkpoint keeps besides lanes, actor and memory.
  private struct State: Codable {
    var updatesDone: Int
    var replay: RandomStream
  }

  /// Adds lanes, exploration and the replay memory.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try collector.save(to: &checkpoint, name: name)
    try actor.save(to: &checkpoint, name: "\(name).actor")
    checkpoint.metadata["\(name).learner"] = try encodeState(
      State(updatesDone: updatesDone, replay: replayStream))
    try learner.save(to: &checkpoint, name: "\(name).learner")
    memory.save(to: &checkpoint, name: "\(name).replay")
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let learner = "\(name).learner"
    let state: State = try decodeState(checkpoint.metadata[learner], named: learner)
    try actor.restore(from: checkpoint, name: "\(name).actor")
    try self.learner.restore(from: checkpoint, name: learner)
    try memory.restore(from: checkpoint, name: "\(name).replay")
    try collector.restore(from: checkpoint, name: name)
    try refuse(
      [
        StateFault.count(state.updatesDone, "the number of updates"),
        [state.replay].fault(replacing: [replayStream]),
        memory.count <= stepsTaken
          ? nil : "it remembers \(memory.count) transitions of \(stepsTaken) steps.",
        state.updatesDone <= updatesAsked(after: stepsTaken)
          ? nil
          : "it has made \(state.updatesDone) updates, more than its settings ask for after "
            + "\(stepsTaken) steps.",
      ], in: learner)
    updatesDone = state.updatesDone
    replayStream = state.replay
  }
}
