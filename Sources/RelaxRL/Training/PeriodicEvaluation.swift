import Formats
import Foundation
import GSL
import ReinforcementLearning
import Runs

/// Plays whole episodes with the policy as it is, every so many steps of training.
///
/// In environments of its own, which begin where the evaluation before has left them: what training
/// draws, counts and learns is the same without it. An evaluation that is broken off begins anew when the
/// run goes on, from the same episodes.
final class PeriodicEvaluation {
  /// What a checkpoint holds of it.
  struct State: Codable {
    var count = 0
    /// Environment steps of training at the last evaluation.
    var lastStep = 0
    var lastMeanReturn: Double?
    var bestMeanReturn: Double?
    var firstStepAtThreshold: Int?
    /// The environments after the last evaluation, nil before the first.
    var environments: Data?

    /// What is wrong with this state, read back; nil for nothing.
    func fault(atStep step: Int) -> String? {
      StateFault.count(count, "the number of evaluations")
        ?? StateFault.finite([lastMeanReturn ?? 0, bestMeanReturn ?? 0], "a mean return")
        ?? ((0...step).contains(lastStep) && (0...step).contains(firstStepAtThreshold ?? 0)
          ? nil : "an evaluation came after step \(lastStep), which has not come yet.")
    }
  }

  /// The key of a checkpoint's texts.
  static let key = "evaluation"
  private static let environments: StreamPurpose = "periodic-evaluation-environments"
  private static let actions: StreamPurpose = "periodic-evaluation-actions"
  /// Lanes that play side by side; part of the result, hence a constant.
  private static let mostLanes = 32
  /// Steps that an episode may take in a task without a limit.
  private static let longestEpisode = 100_000

  private let settings: EvaluationSettings
  private let table: SettingsTable
  private let agent: AgentEntry
  private let environment: EnvironmentEntry
  private let seed: UInt64
  private(set) var state = State()
  /// Whether this process plays; else it only knows when another one does.
  private let plays: Bool
  private var batch: (any VectorEnvironment)?

  /// Evaluations as the settings of a run ask for them; nil if they do not.
  ///
  /// - Parameters:
  ///   - table: the settings.
  ///   - environment: in which to play.
  ///   - ranks: of which the first plays.
  /// - Throws: what is wrong with the settings.
  init?(_ table: SettingsTable, _ environment: EnvironmentEntry, on ranks: RankGroup = .alone)
    throws
  {
    plays = ranks.isFirst
    guard let settings = try EvaluationSettings(in: table) else { return nil }
    let run = try table.decode(RunSettings.self)
    self.settings = settings
    self.table = table
    self.environment = environment
    agent = try Catalogue.current.agent(run.agent)
    seed = run.seed
  }

  /// Takes over what a checkpoint holds.
  func restore(from metadata: [String: String], atStep step: Int) throws {
    let state: State = try decodeState(metadata[Self.key], named: Self.key)
    try refuse([state.fault(atStep: step)], in: Self.key)
    self.state = state
    // Whether the environments can be had is known before anything in the folder changes.
    if plays, state.environments != nil { batch = try makeBatch() }
  }

  /// Takes note of an evaluation that another process has made.
  func skip(atStep step: Int) { state.lastStep = step }

  /// Whether an evaluation is to come before training goes on.
  func isDue(atStep step: Int) -> Bool {
    step / settings.evalEvery > state.lastStep / settings.evalEvery
  }

  /// Evaluates the policy of an agent as it is.
  ///
  /// - Parameter driver: what trains it.
  /// - Returns: what came of it, and whether no earlier evaluation was as good.
  /// - Throws: `RolloutPause.interrupted` when training is to stop, after which it is still due; what the
  ///   environments, the policy or the agent have to say.
  func evaluate(_ driver: any TrainingDriver) throws -> (result: Evaluation, isBest: Bool) {
    let batch = try batch ?? makeBatch()
    self.batch = batch
    // Also where an earlier attempt was broken off in the midst of its episodes.
    if let environments = state.environments { try batch.restore([UInt8](environments)) }
    let step = driver.progress.steps
    let number = state.count + 1
    let returns = try play(batch, try policy(of: driver, rows: batch.count), number)
    let evaluation = Evaluation(number: number, step: step, returns: returns)
    let mean = evaluation.meanReturn
    guard mean.isFinite else {
      throw UsageError("The mean return of an evaluation is \(mean): its rewards are too large.")
    }
    let isBest = state.bestMeanReturn.map { mean > $0 } ?? true
    state.count = number
    state.lastStep = step
    state.lastMeanReturn = mean
    if isBest { state.bestMeanReturn = mean }
    if let threshold = environment.spec.rewardThreshold, mean >= threshold {
      state.firstStepAtThreshold = state.firstStepAtThreshold ?? step
    }
    state.environments = Data(try batch.snapshot())
    return (evaluation, isBest)
  }

  /// What `summary.json` says of it.
  var summary: EvaluationSummary {
    EvaluationSummary(
      count: state.count, lastMeanReturn: state.lastMeanReturn,
      bestMeanReturn: state.bestMeanReturn,
      firstEvaluationAtThreshold: state.firstStepAtThreshold)
  }

  private func makeBatch() throws -> any VectorEnvironment {
    // The streams of environments are named by a seed alone, so another seed gives other streams.
    var stream = RandomStream(seed: seed, purpose: Self.environments)
    return try environment.make(
      min(settings.evalEpisodes, Self.mostLanes), stream.next(), 0)
  }

  private func policy(of driver: any TrainingDriver, rows: Int) throws -> any TrainedPolicy {
    var checkpoint = SafetensorsFile()
    try driver.saveAgent(to: &checkpoint)
    return try agent.makePolicy(
      table,
      PolicyContext(
        observationSpace: environment.observationSpace, actionSpace: environment.actionSpace,
        checkpoint: checkpoint, rows: rows))
  }

  private func play(
    _ batch: any VectorEnvironment, _ policy: any TrainedPolicy, _ number: Int
  ) throws -> [Double] {
    var stream = RandomStream(seed: seed, purpose: Self.actions, episode: UInt64(number))
    var memory = EvaluationMemory(
      batch, drawingWith: settings.evalDeterministic ? nil : stream.next())
    let bound = environment.spec.stepLimit == nil ? Self.longestEpisode : nil
    var returns: [Double] = []
    try memory.reset(batch)
    while returns.count < settings.evalEpisodes {
      if !returns.isEmpty { try memory.startRound(batch) }
      returns += try memory.playRound(batch, policy, atMost: bound)
    }
    return Array(returns.prefix(settings.evalEpisodes))
  }
}
