import Environments
import Formats

/// What `summary.json` holds and `--json` prints.
struct RunSummary: Codable {
  var agent: String
  var env: String
  var seed: UInt64
  var steps: Int
  var episodes: Int
  /// Of this session alone.
  var seconds: Double
  var stepsPerSecond: Double
  var solved: Bool
  var solvedAtStep: Int?
  var solvedAtEpisode: Int?
  var meanReturnLast100: Double?
  /// Of the little-endian Float32 parameters in the order of their sets.
  var parametersSHA256: String
  var runDir: String
  /// Of an environment in other processes.
  var simulator: SimulatorSummary?

  enum CodingKeys: String, CodingKey {
    case agent, env, seed, steps, episodes, seconds, solved, simulator
    case stepsPerSecond = "steps_per_second"
    case solvedAtStep = "solved_at_step"
    case solvedAtEpisode = "solved_at_episode"
    case meanReturnLast100 = "mean_return_last_100"
    case parametersSHA256 = "parameters_sha256"
    case runDir = "run_dir"
  }

  /// Encodes missing numbers as null, so that the keys are always there.
  func encode(to encoder: any Encoder) throws {
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
    try values.encode(parametersSHA256, forKey: .parametersSHA256)
    try values.encode(runDir, forKey: .runDir)
    try values.encodeIfPresent(simulator, forKey: .simulator)
  }
}

/// What became of an environment's processes in this session.
struct SimulatorSummary: Codable {
  /// Processes that were started again.
  var restarts: Int
  /// Episodes that were lost with them, which count nowhere.
  var lostEpisodes: Int
  /// Microseconds of writing, reading and checking messages per environment step.
  var adapterMicroseconds: Double
  /// Microseconds of waiting for the simulator per environment step.
  var simulatorMicroseconds: Double

  enum CodingKeys: String, CodingKey {
    case restarts
    case lostEpisodes = "lost_episodes"
    case adapterMicroseconds = "adapter_microseconds_per_step"
    case simulatorMicroseconds = "simulator_microseconds_per_step"
  }

  init(_ totals: SimulatorActivity.Totals) {
    restarts = totals.restarts
    lostEpisodes = totals.lostEpisodes
    let steps = Double(max(totals.steps, 1))
    adapterMicroseconds = 1e6 * totals.adapterSeconds / steps
    simulatorMicroseconds = 1e6 * totals.simulatorSeconds / steps
  }
}
