import Environments
import GSL
import ReinforcementLearning

@testable import Agents

/// `td3`, `sac` and `dqn` on tasks, small enough for a test.
enum OffPolicyTask {
  static func td3(
    threads: Int = 1, seed: UInt64 = 7, _ change: (inout TD3Configuration) -> Void = { _ in }
  ) throws -> TrainingLoop<TD3> {
    var settings = TD3Configuration()
    (settings.hiddenSizes, settings.batchSize, settings.learningStarts) = ([8], 16, 40)
    change(&settings)
    return TrainingLoop(
      try TD3(settings, seed: seed) {
        try EnvironmentBatch<TwoLevers>(count: $0, seed: seed, firstLane: $1)
      }, threads: threads)
  }

  static func sac(
    threads: Int = 1, seed: UInt64 = 7, _ change: (inout SACConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop<SAC> {
    var settings = SACConfiguration()
    (settings.hiddenSizes, settings.batchSize, settings.learningStarts) = ([8], 16, 40)
    change(&settings)
    return TrainingLoop(
      try SAC(settings, seed: seed) {
        try EnvironmentBatch<TwoLevers>(count: $0, seed: seed, firstLane: $1)
      }, threads: threads)
  }

  /// On a walk in which one action is always forbidden, and two of them at one end or the other.
  static func dqn(
    threads: Int = 1, seed: UInt64 = 7, _ change: (inout DQNConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop<DQN> {
    var settings = DQNConfiguration()
    (settings.hiddenSizes, settings.batchSize, settings.learningStarts) = ([8], 16, 40)
    settings.epsilonSteps = 200
    change(&settings)
    return TrainingLoop(
      try DQN(settings, seed: seed) {
        try EnvironmentBatch<MaskedWalk>(count: $0, seed: seed, firstLane: $1)
      }, threads: threads)
  }
}

/// A walk whose observations are bytes.
struct ByteWalk: Environment {
  typealias Observation = UInt8
  static let spec = EnvironmentSpec(name: "byte-walk", stepLimit: 12)
  private var cell: UInt8 = 0

  init() {}

  var observationSpace: Space {
    .box(BoxSpace(shape: [2], bounds: 0...255, elementType: .uint8))
  }
  var actionSpace: Space { .discrete(2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<UInt8>) {
    cell = 3
    (observation[0], observation[1]) = (cell, 255 - cell)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<UInt8>) -> Transition {
    cell = action == 1 ? cell + 1 : max(cell, 1) - 1
    (observation[0], observation[1]) = (cell, 255 - cell)
    return Transition(reward: action == 1 ? 1 : 0, isTerminated: cell == 8)
  }
}
