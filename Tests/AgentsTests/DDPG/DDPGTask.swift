import Environments
import GSL
import Networks
import ReinforcementLearning

@testable import Agents

/// Counts its steps; two actions with unlike bounds, of which the reward is known.
///
/// The limit strikes after four steps. With the second action in its upper half the episode ends by
/// itself after two.
struct TwoLevers: Environment {
  static let spec = EnvironmentSpec(name: "two-levers", stepLimit: 4)
  /// The reward of a step, if it is not to be the one of the actions.
  var poison: Double?
  private var steps = 0

  init() {}

  init(poison: Double) { self.poison = poison }

  var observationSpace: Space { .box(lower: [0, -1], upper: [4, 1]) }
  var actionSpace: Space { .box(lower: [-1, 2], upper: [3, 5]) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    steps = 0
    observe(&observation)
  }

  mutating func step(_ action: [Float], observation: inout MutableSpan<Float>) -> Transition {
    steps += 1
    observe(&observation)
    return Transition(
      reward: poison ?? Double(action[0] - action[1]),
      isTerminated: steps == 2 && action[1] > 3.5)
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    observation[0] = Float(steps)
    observation[1] = steps % 2 == 0 ? -1 : 1
  }
}

/// DDPG on a task, small enough for a test.
struct DDPGTraining: Sendable {
  let name: String
  let configuration: DDPGConfiguration

  init(_ name: String, _ change: (inout DDPGConfiguration) -> Void) {
    self.name = name
    var configuration = DDPGConfiguration()
    configuration.hiddenSizes = [8]
    configuration.batchSize = 16
    configuration.learningStarts = 40
    change(&configuration)
    self.configuration = configuration
  }

  func loop(threads: Int = 1, seed: UInt64 = 7) throws -> TrainingLoop<DDPG> {
    let agent = try DDPG(configuration, seed: seed) {
      try EnvironmentBatch<Pendulum>(count: $0, seed: seed, firstLane: $1)
    }
    return TrainingLoop(agent, threads: threads)
  }

  static func twoLevers(
    seed: UInt64 = 3, poison: Double? = nil, _ change: (inout DDPGConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop<DDPG> {
    let configuration = DDPGTraining("", change).configuration
    return TrainingLoop(
      try DDPG(configuration, seed: seed) {
        try EnvironmentBatch(
          poison.map { TwoLevers(poison: $0) } ?? TwoLevers(), count: $0, seed: seed, firstLane: $1)
      })
  }

  /// One of each kind of code path.
  static let all = [
    DDPGTraining("one lane") { _ in },
    DDPGTraining("several lanes, a full buffer, two updates a step, noise in the warm-up") {
      $0.envs = 3
      $0.bufferSize = 100
      $0.updatesPerStep = 2
      $0.warmUp = .noise
      $0.noise = .ornsteinUhlenbeck
    },
    DDPGTraining("two lanes, an update every sixth step") {
      $0.envs = 2
      $0.trainEvery = 3
      $0.updatesPerStep = 1.0 / 6
      $0.learningRate = .linear(from: 0.01, to: 0)
      $0.maxCriticGradientNorm = 1
    },
  ]
}
