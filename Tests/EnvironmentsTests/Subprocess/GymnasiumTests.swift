import Foundation
import GSL
import ReinforcementLearning
import TestSupport
import Testing

@testable import Environments

private let pythonWithGymnasium = Python(with: "gymnasium, numpy")

/// Plays with the seeds and actions given, and prints every row.
private let script = """
  import json, sys
  import gymnasium, numpy
  name, seeds, actions = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
  env = gymnasium.make(name)
  def row(obs):
      return gymnasium.spaces.flatten(env.observation_space, obs).astype(float).tolist()
  episode, rows = 0, []
  obs, _ = env.reset(seed=seeds[0])
  rows.append({"obs": row(obs)})
  for action in actions:
      if isinstance(env.action_space, gymnasium.spaces.Box):
          action = numpy.asarray(action, env.action_space.dtype)
      else:
          action = int(action[0])
      obs, reward, terminated, truncated, _ = env.step(action)
      final = row(obs) if terminated or truncated else None
      if final is not None:
          episode += 1
          obs, _ = env.reset(seed=seeds[episode])
      rows.append({"obs": row(obs), "reward": float(reward), "terminated": bool(terminated),
                   "truncated": bool(truncated), "final": final})
  print(json.dumps(rows))
  """

private struct Row: Decodable {
  var obs: [Float]
  var reward: Double?
  var terminated: Bool?
  var truncated: Bool?
  var final: [Float]?
}

@Suite(
  .enabled(
    if: pythonWithGymnasium != nil,
    "Needs a Python with gymnasium: set RELAXRL_PYTHON or run scripts/python-env.sh."))
struct `An environment of Gymnasium` {
  /// Dictionaries and discrete observations (Blackjack's is a tuple of three), images apart.
  @Test(arguments: [
    "CartPole-v1", "Acrobot-v1", "LunarLander-v3", "Blackjack-v1", "InvertedPendulum-v5",
  ])
  func `does through the pipe what it does in Python`(name: String) throws {
    let python = try #require(pythonWithGymnasium)
    var settings = SimulatorSettings()
    settings.encoding = name == "Acrobot-v1" ? .json : .auto
    let simulator: Simulator
    do {
      simulator = try Simulator(
        settings, words: [python.path] + PythonBridge.gymnasium.words(for: name).dropFirst()
      ) { _ in }
    } catch let error as SimulatorUsageError where "\(error)".contains("cannot be made") {
      // Box2D and MuJoCo are extras that not every machine has wheels for.
      try Test.cancel("\(error)")
    }
    let environment = try SubprocessEnvironments(simulator, count: 1, seed: 1)
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    var stream = RandomStream(seed: 2, purpose: "gymnasium-test")
    let steps = 300
    var actions: [[Double]] = []
    for _ in 0..<steps {
      switch environment.actionSpace {
      case .box(let box):
        actions.append(
          zip(box.lower, box.upper).map { Double(Float(stream.uniform(in: $0...$1))) })
      case .discrete(let space):
        actions.append([Double(space.start + stream.index(below: space.count))])
      case .multiDiscrete, .multiBinary: actions.append([])
      }
    }
    let seeds = (0...steps).map { PipedLane.seed(1, 0, $0) }
    let printed = try python.run(script, [name, "\(seeds)", "\(actions)"])
    let rows = try JSONDecoder().decode([Row].self, from: printed)
    #expect(memory.observations == rows[0].obs)
    for (step, action) in actions.enumerated() {
      if environment.actionSpace.isWholeNumbers {
        try memory.step(environment, actions: action.map { Int32($0) }, atEnd: .startNext)
      } else {
        try memory.step(environment, actions: action.map { Float($0) }, atEnd: .startNext)
      }
      let row = rows[step + 1]
      try #require(memory.observations == row.obs, "step \(step)")
      #expect(memory.rewards == [row.reward ?? .nan])
      let outcome: Outcome =
        row.terminated == true ? .terminated : row.truncated == true ? .truncated : .ongoing
      #expect(memory.outcomes == [outcome])
      if let final = row.final { #expect(memory.finalObservations == final) }
    }
  }

  @Test func `is drawn as Gymnasium draws it, where that is asked for`() throws {
    guard let python = Python(with: "gymnasium, numpy, pygame") else {
      try Test.cancel("Needs a Python with pygame: pip install 'gymnasium[classic-control]'.")
    }
    let words = [python.path] + PythonBridge.gymnasium.words(for: "CartPole-v1").dropFirst()
    let simulator = try Simulator(SimulatorSettings(), words: words, rendering: true) { _ in }
    let environment = try SubprocessEnvironments(simulator, count: 1, seed: 1)
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    for _ in 0..<5 { try memory.step(environment, actions: [Int32(1)], atEnd: .wait) }
    let image = try #require(try environment.render(lane: 0)?.image)
    let printed = try python.run(
      """
      import sys
      import gymnasium
      env = gymnasium.make("CartPole-v1", render_mode="rgb_array")
      env.reset(seed=int(sys.argv[1]))
      for _ in range(5):
          env.step(1)
      sys.stdout.buffer.write(env.render().tobytes())
      """, ["\(PipedLane.seed(1, 0, 0))"])
    #expect(
      (image.width, image.height) == (600, 400) && image.bytes == Array(printed.suffix(720_000)))
    // Nobody pays for it who does not ask.
    #expect(try !Simulator(SimulatorSettings(), words: words) { _ in }.description.hasPictures)
  }

  @Test func `of an unknown name is refused with Gymnasium's own advice`() throws {
    let python = try #require(pythonWithGymnasium)
    let error = #expect(throws: SimulatorUsageError.self) {
      try Simulator(
        SimulatorSettings(),
        words: [python.path] + PythonBridge.gymnasium.words(for: "CartPol-v1").dropFirst()
      ) { _ in }
    }
    #expect(error?.description.contains("Did you mean: `CartPole`") == true, "\(error as Any)")
  }
}
