import GSL
import Networks
import ReinforcementLearning

@testable import Agents

/// A dot that falls row by row, to be caught by a paddle on the last row; pictures of bytes.
///
/// 6 rows of 5 pixels with one channel for the dot and one for the paddle. Actions go left, stay or go right.
/// The dot starts in any column, the paddle in the middle, and after five steps the reward is 1 or −1; there
/// is always time to catch it.
struct Catch: Environment {
  typealias Observation = UInt8
  static let spec = EnvironmentSpec(name: "catch", rewardThreshold: 0.9)
  static let (rows, columns) = (6, 5)

  /// How bright what is seen is.
  var brightness: UInt8 = 255
  private var dot = 0
  private var row = 0
  private var paddle = 2

  init() {}

  var observationSpace: Space {
    .box(
      BoxSpace(
        shape: [Self.rows, Self.columns, 2], bounds: 0...Double(brightness), elementType: .uint8))
  }
  var actionSpace: Space { .discrete(3) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<UInt8>) {
    var stream = stream
    (dot, row, paddle) = (stream.index(below: Self.columns), 0, 2)
    draw(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<UInt8>) -> Transition {
    paddle = min(max(paddle + action - 1, 0), Self.columns - 1)
    row += 1
    draw(&observation)
    guard row == Self.rows - 1 else { return Transition(reward: 0) }
    return Transition(reward: paddle == dot ? 1 : -1, isTerminated: true)
  }

  private func draw(_ observation: inout MutableSpan<UInt8>) {
    for index in observation.indices { observation[index] = 0 }
    observation[2 * (row * Self.columns + dot)] = brightness
    observation[2 * ((Self.rows - 1) * Self.columns + paddle) + 1] = brightness
  }
}

/// The same with brightnesses that are 0 or 1.
struct BinaryCatch: Environment {
  typealias Observation = UInt8
  static let spec = EnvironmentSpec(name: "binary-catch")
  private var game: Catch

  init() {
    game = Catch()
    game.brightness = 1
  }

  var observationSpace: Space { game.observationSpace }
  var actionSpace: Space { game.actionSpace }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<UInt8>) {
    game.reset(using: stream, observation: &observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<UInt8>) -> Transition {
    game.step(action, observation: &observation)
  }
}

extension NetworkSettings {
  /// Convolutions small enough for a test.
  static func small(shared: Bool) -> NetworkSettings {
    var settings = NetworkSettings()
    (settings.channels, settings.kernels, settings.strides) = ([6], [2], [1])
    settings.sharedTorso = shared
    return settings
  }
}

/// Agents on `Catch`.
enum CatchTask {
  static func actorCritic(
    shared: Bool = true, threads: Int = 1, seed: UInt64 = 7,
    _ change: (inout ActorCriticConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop<ActorCritic> {
    var settings = ActorCriticConfiguration()
    (settings.hiddenSizes, settings.activation) = ([16], .relu)
    settings.network = .small(shared: shared)
    settings.optimizer = .adam
    settings.learningRate = .constant(0.01)
    settings.value.learningRate = .constant(0.01)
    settings.controlVariate.learningRate = .constant(0.01)
    change(&settings)
    return TrainingLoop(
      try ActorCritic(settings, seed: seed) {
        try EnvironmentBatch<Catch>(count: $0, seed: seed, firstLane: $1)
      }, threads: threads, rewardThreshold: Catch.spec.rewardThreshold)
  }

  static func ppo(
    shared: Bool = true, threads: Int = 1, seed: UInt64 = 7,
    _ change: (inout PPOConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop<PPO> {
    var settings = PPOConfiguration()
    (settings.hiddenSizes, settings.activation) = ([16], .relu)
    (settings.rolloutSteps, settings.minibatchSize, settings.epochs) = (16, 32, 4)
    settings.network = .small(shared: shared)
    settings.learningRate = .constant(0.01)
    settings.valueLearningRate = .constant(0.01)
    change(&settings)
    return TrainingLoop(
      try PPO(settings, seed: seed) {
        try EnvironmentBatch<Catch>(count: $0, seed: seed, firstLane: $1)
      }, threads: threads, rewardThreshold: Catch.spec.rewardThreshold)
  }

  static func dqn(
    threads: Int = 1, seed: UInt64 = 7, _ change: (inout DQNConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop<DQN> {
    var settings = DQNConfiguration()
    (settings.hiddenSizes, settings.batchSize, settings.learningStarts) = ([16], 16, 40)
    settings.network = .small(shared: false)
    (settings.envs, settings.bufferSize, settings.epsilonSteps) = (2, 1_000, 1_000)
    change(&settings)
    return TrainingLoop(
      try DQN(settings, seed: seed) {
        try EnvironmentBatch<Catch>(count: $0, seed: seed, firstLane: $1)
      }, threads: threads, rewardThreshold: Catch.spec.rewardThreshold)
  }
}
