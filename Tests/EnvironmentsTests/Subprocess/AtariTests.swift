import Foundation
import GSL
import ReinforcementLearning
import TestSupport
import Testing

@testable import Environments

private let pythonWithAtari = Python(with: "ale_py, gymnasium, numpy")

/// Plays with the seeds and actions given, and prints of every step the observation's sums by channel, weighted by
/// place, the reward, and how it ended.
private let script = """
  import json, sys, numpy
  from ale_py.vector_env import AtariVectorEnv
  game, options, seeds, actions = [json.loads(word) for word in sys.argv[1:]]
  env = AtariVectorEnv(game, num_envs=1, num_threads=1, reward_clipping=False, **options)
  def row(obs):
      frames = obs[0].astype(int).reshape(len(obs[0]), -1)
      return (frames * (1 + numpy.arange(frames.shape[1]) % 251)).sum(1).tolist()
  episode, rows = 0, []
  obs, _ = env.reset(seed=numpy.array([seeds[0]]))
  rows.append([row(obs), 0, False])
  for action in actions:
      obs, reward, terminated, truncated, _ = env.step(numpy.array([action]))
      ended = bool(terminated[0] or truncated[0])
      if ended:
          episode += 1
          obs, _ = env.reset(seed=numpy.array([seeds[episode]]))
      rows.append([row(obs), float(reward[0]), ended])
  print(json.dumps(rows))
  """

@Suite(
  .enabled(
    if: pythonWithAtari != nil,
    "Needs a Python with ale_py: set RELAXRL_PYTHON or run scripts/python-env.sh."))
struct `A game of the Atari 2600` {
  @Test(arguments: [
    ("pong", 6, "{}", ""), ("Breakout", 4, #"{"episodic_life": true}"#, "episodic_life=true"),
    (
      "space-invaders", 18,
      #"{"full_action_space": true, "repeat_action_probability": 0.25, "noop_max": 0}"#,
      "full_action_space=true,repeat_action_probability=0.25,noop_max=0"
    ),
  ])
  func `does through the pipe what it does in Python, channels last`(
    game: String, actionCount: Int, options: String, arguments: String
  ) throws {
    let python = try #require(pythonWithAtari)
    let words = PythonBridge.atari.words(for: "atari:\(game)", arguments: arguments)
    let simulator = try Simulator(
      SimulatorSettings(), words: [python.path] + words.dropFirst()
    ) { _ in }
    let environment = try SubprocessEnvironments(simulator, count: 1, seed: 1)
    #expect(environment.actionSpace == .discrete(actionCount))
    let space = BoxSpace(shape: [84, 84, 4], bounds: 0...255, elementType: .uint8)
    #expect(environment.observationSpace == .box(space))
    var stream = RandomStream(seed: 2, purpose: "atari-test")
    let steps = 250
    let actions = (0..<steps).map { _ in Int32(stream.index(below: actionCount)) }
    let seeds = (0...steps).map { PipedLane.seed(1, 0, $0) }
    let rom = game.lowercased().replacing("-", with: "_")
    let printed = try python.run(script, ["\"\(rom)\"", options, "\(seeds)", "\(actions)"])
    let rows = try #require(try JSONSerialization.jsonObject(with: printed) as? [[Any]])
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    #expect(rows[0][0] as? [Int] == sums(of: memory.observations))
    var distinct: Set<[Int]> = []
    for (step, action) in actions.enumerated() {
      try memory.step(environment, actions: [action], atEnd: .startNext)
      let row = rows[step + 1]
      let seen = sums(of: memory.observations)
      try #require(row[0] as? [Int] == seen, "step \(step)")
      #expect(row[1] as? Double == memory.rewards[0])
      #expect(row[2] as? Bool == memory.outcomes[0].isEnd)
      distinct.insert(seen)
    }
    // A screen that stands still would compare as well.
    #expect(distinct.count > steps / 4)
  }

  @Test(arguments: [
    ("pongg", "", "Do you mean pong?"), ("pong", "frame_skip=2", "Do you mean frameskip?"),
    (
      "pong", "frameskip=0",
      "--env-args frameskip must be a whole number of at least 1 and below 2^31, but is 0"
    ),
    ("pong", "noop_max=2147483648", "at least 0 and below 2^31, but is 2147483648"),
    ("pong", "repeat_action_probability=2", "at most 1, but is 2"),
    ("pong", "episodic_life=3", "true or false, but is 3"),
    ("pong", "obs_type=ram", "gym:ALE/… has obs_type=ram"),
  ])
  func `that does not exist, or not so, is refused with what would do`(
    game: String, arguments: String, fragment: String
  ) throws {
    let python = try #require(pythonWithAtari)
    let words = PythonBridge.atari.words(for: game, arguments: arguments)
    let error = #expect(throws: SimulatorUsageError.self) {
      try Simulator(SimulatorSettings(), words: [python.path] + words.dropFirst()) { _ in }
    }
    #expect(error?.description.contains(fragment) == true, "\(error as Any)")
  }

  @Test(arguments: [("ALE/Pnog-v5", "Did you mean: `Pong`"), ("ALE/Pong-v9", "[ `v5` ]")])
  func `that Gymnasium does not have is refused with what it has`(
    name: String, fragment: String
  ) throws {
    let python = try #require(pythonWithAtari)
    let words = PythonBridge.gymnasium.words(for: name)
    let error = #expect(throws: SimulatorUsageError.self) {
      try Simulator(SimulatorSettings(), words: [python.path] + words.dropFirst()) { _ in }
    }
    #expect(error?.description.contains(fragment) == true, "\(error as Any)")
  }

  /// The sums of each channel, weighted by place.
  private func sums(of image: [Float]) -> [Int] {
    (0..<4).map { channel in
      (0..<84 * 84).reduce(0) { $0 + Int(image[4 * $1 + channel]) * (1 + $1 % 251) }
    }
  }
}
