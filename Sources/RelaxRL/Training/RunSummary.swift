/// What `summary.json` holds and `--json` prints.
struct RunSummary: Codable {
  var agent: String
  var env: String
  var seed: Int
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

  enum CodingKeys: String, CodingKey {
    case agent, env, seed, steps, episodes, seconds, solved
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
  }
}
