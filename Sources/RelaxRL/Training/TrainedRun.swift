import Formats
import GSL
import Networks
import ReinforcementLearning
import Runs

/// What a finished run has learned: its settings and one of its checkpoints.
struct TrainedRun {
  let slot: CheckpointStore.Slot
  private let path: String
  private let agent: AgentEntry
  private let stored: StoredSettings
  private let record: EnvironmentRecord?
  /// All that the checkpoint holds.
  let checkpoint: SafetensorsFile

  /// What was trained.
  var agentName: String { agent.name }

  /// Reads a run folder; no program that it names is started.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - slot: which checkpoint; nil for the best, or the last where there is no best yet.
  ///   - catalogue: the agents that there are.
  /// - Throws: what is wrong with the folder or the checkpoint.
  init(
    _ path: String, slot: CheckpointStore.Slot? = nil, in catalogue: Catalogue = .current
  ) throws {
    try RunFolder.check(path)
    self.path = path
    let store = CheckpointStore(runFolder: path)
    var slot = slot ?? .best
    let loaded: CheckpointFile
    do {
      loaded = try store.load(slot)
    } catch {
      guard slot == .best, case .missing = error else { throw error }
      slot = .last
      loaded = try store.load(.last)
    }
    self.slot = slot
    stored = try StoredSettings(of: path, checkedAgainst: loaded.state, in: catalogue)
    record = try EnvironmentRecord(in: loaded.state)
    agent = try catalogue.agent(try stored.current.decode(RunSettings.self).agent)
    checkpoint = loaded.safetensors
  }

  /// The environment of the run, or the one that was chosen instead; its program is started.
  func environment(_ choice: EnvironmentChoice = EnvironmentChoice()) throws -> EnvironmentEntry {
    var stored = stored
    return try choice.resolve(&stored, of: path, atStep: 0, record: record).entry
  }

  /// What the checkpoint says of the run's environment, which is not asked.
  func task() throws -> EnvironmentRecord {
    guard let record else {
      throw CheckpointContentError.unreadable(
        EnvironmentRecord.key, reason: "it is missing, so the policy's spaces are not known.")
    }
    return record
  }

  /// The policy for a number of observations at once.
  ///
  /// - Parameters:
  ///   - rows: how many observations.
  ///   - spaces: of observations and actions.
  /// - Returns: what acts.
  /// - Throws: what is wrong with the checkpoint.
  func policy(
    rows: Int, _ spaces: (observation: Space, action: Space)
  ) throws -> any TrainedPolicy {
    try agent.makePolicy(
      stored.current,
      PolicyContext(
        observationSpace: spaces.observation, actionSpace: spaces.action, checkpoint: checkpoint,
        rows: rows))
  }

  /// The environments of an evaluation, and the policy that acts in them.
  func players(
    _ lanes: Int, seed: UInt64, in environment: EnvironmentEntry
  ) throws -> (any VectorEnvironment, any TrainedPolicy) {
    let policy = try policy(
      rows: lanes, (environment.observationSpace, environment.actionSpace))
    // Other streams than those of training, even with the same seed.
    return (try environment.make(lanes, seed ^ 0x6576_616c_7561_7465, 0), policy)
  }

  /// The returns of whole episodes, in the order of their lanes and numbers, and whether actions were drawn: a policy
  /// such as `dqn`'s has one action to an observation.
  ///
  /// Lanes play in rounds of one episode each, so that long episodes count as much as short ones.
  func evaluate(
    episodes: Int, seed: UInt64, stochastic: Bool, in choice: EnvironmentChoice
  ) throws -> (returns: [Double], areDrawn: Bool) {
    let (batch, policy) = try players(min(episodes, 32), seed: seed, in: environment(choice))
    var memory = EvaluationMemory(batch, drawingWith: stochastic ? seed : nil)
    try memory.reset(batch)
    var returns: [Double] = []
    while returns.count < episodes {
      let round = try memory.playRound(batch, policy)
      returns += round.prefix(episodes - returns.count)
      if returns.count < episodes { try memory.startRound(batch) }
    }
    return (returns, stochastic && policy.drawsActions)
  }
}
