import GSL
import Networks
import ReinforcementLearning

/// What a finished run has learned: its settings and one of its checkpoints.
struct TrainedRun {
  let environment: EnvironmentEntry
  let slot: CheckpointStore.Slot
  private let agent: AgentEntry
  private let settings: SettingsTable
  private let checkpoint: SafetensorsFile

  /// Reads a run folder.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - slot: which checkpoint; nil for the best, or the last where there is no best yet.
  /// - Throws: what is wrong with the folder or the checkpoint.
  init(_ path: String, slot: CheckpointStore.Slot? = nil) throws {
    let (table, run) = try TrainingSession.configuration(of: path)
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
    settings = table
    environment = try Catalogue.current.environment(of: table)
    agent = try Catalogue.current.agent(run.agent)
    checkpoint = loaded.safetensors
  }

  /// The policy for a number of observations at once.
  func policy(rows: Int) throws -> any TrainedPolicy {
    try agent.makePolicy(settings, environment, checkpoint, rows)
  }

  /// The returns of whole episodes, in the order of their lanes and numbers.
  ///
  /// Lanes play in rounds of one episode each, so that long episodes count as much as short ones.
  func evaluate(episodes: Int, seed: UInt64, stochastic: Bool) throws -> [Double] {
    let lanes = min(episodes, 32)
    let policy = try policy(rows: lanes)
    // Other streams than those of training, even with the same seed.
    let batch = try environment.make(lanes, seed ^ 0x6576_616c_7561_7465, 0)
    var memory = EvaluationMemory(batch, drawingWith: stochastic ? seed : nil)
    try memory.reset(batch)
    var returns: [Double] = []
    while returns.count < episodes {
      let round = try memory.playRound(batch, policy)
      returns += round.prefix(episodes - returns.count)
      if returns.count < episodes { try memory.startRound(batch) }
    }
    return returns
  }
}
