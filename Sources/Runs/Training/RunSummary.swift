/// What `summary.json` holds and `--json` prints.
package struct RunSummary: Codable, Sendable {
  package var agent: String
  package var env: String
  package var seed: UInt64
  package var steps: Int
  package var episodes: Int
  /// Of this session alone.
  package var seconds: Double
  package var stepsPerSecond: Double
  package var solved: Bool
  package var solvedAtStep: Int?
  package var solvedAtEpisode: Int?
  package var meanReturnLast100: Double?
  /// The policy's mean entropy in the last update, in nats, where it has a weight; no part of the return.
  package var policyEntropy: Double?
  /// The mean return plus the weighted entropies of an episode's steps, where these have a weight.
  package var meanObjectiveLast100: Double?
  /// Of the little-endian Float32 parameters in the order of their sets.
  package var parametersSHA256: String
  package var runDir: String
  /// Of an environment in other processes.
  package var simulator: SimulatorSummary?
  /// Of the evaluations, in a run that has some.
  package var evaluation: EvaluationSummary?
  /// True where a callback ended the run, else missing.
  package var stoppedByCallback: Bool?

  /// A summary of the given numbers.
  package init(
    agent: String, env: String, seed: UInt64, steps: Int, episodes: Int, seconds: Double,
    stepsPerSecond: Double, solved: Bool, solvedAtStep: Int?, solvedAtEpisode: Int?,
    meanReturnLast100: Double?, policyEntropy: Double? = nil,
    meanObjectiveLast100: Double? = nil, parametersSHA256: String, runDir: String,
    simulator: SimulatorSummary?, evaluation: EvaluationSummary? = nil,
    stoppedByCallback: Bool? = nil
  ) {
    self.evaluation = evaluation
    self.stoppedByCallback = stoppedByCallback
    self.agent = agent
    self.env = env
    self.seed = seed
    self.steps = steps
    self.episodes = episodes
    self.seconds = seconds
    self.stepsPerSecond = stepsPerSecond
    self.solved = solved
    self.solvedAtStep = solvedAtStep
    self.solvedAtEpisode = solvedAtEpisode
    self.meanReturnLast100 = meanReturnLast100
    self.policyEntropy = policyEntropy
    self.meanObjectiveLast100 = meanObjectiveLast100
    self.parametersSHA256 = parametersSHA256
    self.runDir = runDir
    self.simulator = simulator
  }

  private enum CodingKeys: String, CodingKey {
    case agent, env, seed, steps, episodes, seconds, solved, simulator
    case evaluation = "evaluations"
    case stoppedByCallback = "stopped_by_callback"
    case stepsPerSecond = "steps_per_second"
    case solvedAtStep = "solved_at_step"
    case solvedAtEpisode = "solved_at_episode"
    case meanReturnLast100 = "mean_return_last_100"
    case policyEntropy = "policy_entropy"
    case meanObjectiveLast100 = "mean_objective_last_100"
    case parametersSHA256 = "parameters_sha256"
    case runDir = "run_dir"
  }

  /// Encodes missing numbers as null, so that the keys are always there.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(agent, forKey: .agent)
    try values.encode(env, forKey: .env)
    try values.encode(seed, forKey: .seed)
    try values.encode(steps, forKey: .steps)
    try values.encode(episodes, forKey: .episodes)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(stepsPerSecond, forKey: .stepsPerSecond)
    try values.encode(solved, forKey: .solved)
    try values.encode(solvedAtStep, forKey: .solvedAtStep)
    try values.encode(solvedAtEpisode, forKey: .solvedAtEpisode)
    try values.encode(meanReturnLast100, forKey: .meanReturnLast100)
    try values.encodeIfPresent(policyEntropy, forKey: .policyEntropy)
    try values.encodeIfPresent(meanObjectiveLast100, forKey: .meanObjectiveLast100)
    try values.encode(parametersSHA256, forKey: .parametersSHA256)
    try values.encode(runDir, forKey: .runDir)
    try values.encodeIfPresent(simulator, forKey: .simulator)
    try values.encodeIfPresent(evaluation, forKey: .evaluation)
    try values.encodeIfPresent(stoppedByCallback, forKey: .stoppedByCallback)
  }
}

/// What came of the evaluations of a run.
package struct EvaluationSummary: Codable, Hashable, Sendable {
  /// How many there were.
  package var count: Int
  /// The mean return of the last one, nil before the first.
  package var lastMeanReturn: Double?
  /// The highest mean return, nil before the first.
  package var bestMeanReturn: Double?
  /// Environment steps at the first whose mean return reached the task's threshold, nil if none did.
  package var firstEvaluationAtThreshold: Int?

  private enum CodingKeys: String, CodingKey {
    case count
    case lastMeanReturn = "last_mean_return"
    case bestMeanReturn = "best_mean_return"
    case firstEvaluationAtThreshold = "first_evaluation_at_threshold"
  }

  /// A summary of the given numbers.
  package init(
    count: Int, lastMeanReturn: Double?, bestMeanReturn: Double?,
    firstEvaluationAtThreshold: Int?
  ) {
    self.count = count
    self.lastMeanReturn = lastMeanReturn
    self.bestMeanReturn = bestMeanReturn
    self.firstEvaluationAtThreshold = firstEvaluationAtThreshold
  }

  /// Encodes missing numbers as null, so that the keys are always there.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(count, forKey: .count)
    try values.encode(lastMeanReturn, forKey: .lastMeanReturn)
    try values.encode(bestMeanReturn, forKey: .bestMeanReturn)
    try values.encode(firstEvaluationAtThreshold, forKey: .firstEvaluationAtThreshold)
  }
}

/// What became of an environment's processes in this session.
package struct SimulatorSummary: Codable, Sendable {
  /// Processes that were started again.
  package var restarts: Int
  /// Episodes that were lost with them, which count nowhere.
  package var lostEpisodes: Int
  /// Microseconds of writing, reading and checking messages per environment step.
  package var adapterMicroseconds: Double
  /// Microseconds of waiting for the simulator per environment step.
  package var simulatorMicroseconds: Double

  private enum CodingKeys: String, CodingKey {
    case restarts
    case lostEpisodes = "lost_episodes"
    case adapterMicroseconds = "adapter_microseconds_per_step"
    case simulatorMicroseconds = "simulator_microseconds_per_step"
  }

  /// Counts, and microseconds per environment step.
  package init(
    restarts: Int, lostEpisodes: Int, adapterMicroseconds: Double, simulatorMicroseconds: Double
  ) {
    self.restarts = restarts
    self.lostEpisodes = lostEpisodes
    self.adapterMicroseconds = adapterMicroseconds
    self.simulatorMicroseconds = simulatorMicroseconds
  }
}
