import Environments
import Networks
import ReinforcementLearning

@testable import Agents

/// A task and settings with which a test trains `ppo`.
struct PPOTraining: Sendable {
  let name: String
  let configuration: PPOConfiguration
  private let make:
    @Sendable (_ count: Int, _ firstLane: Int, _ seed: UInt64) throws -> any VectorEnvironment

  init<E: Environment>(
    _ name: String, _ task: E.Type, _ change: (inout PPOConfiguration) -> Void
  ) {
    self.name = name
    var configuration = PPOConfiguration()
    // Ten lanes in shards of three, the last one smaller; 70 rows in minibatches of 32, 32 and 6.
    configuration.envs = 10
    configuration.envsPerShard = 3
    configuration.rolloutSteps = 7
    configuration.minibatchSize = 32
    configuration.epochs = 2
    configuration.hiddenSizes = [8]
    configuration.learningRate = .linear(from: 0.003, to: 0)
    change(&configuration)
    self.configuration = configuration
    make = { try EnvironmentBatch<E>(count: $0, seed: $2, firstLane: $1) }
  }

  /// A loop at its start.
  func loop(
    threads: Int = 1, seed: UInt64 = 7, in reduction: any Reduction = SharedMemoryReduction()
  ) throws -> TrainingLoop<PPO> {
    let agent = try PPO(configuration, seed: seed, reduction: reduction) { try make($0, $1, seed) }
    return TrainingLoop(agent, threads: threads, rewardThreshold: 0.3)
  }

  /// One of each kind of action, and of what changes an update.
  static let all = [
    PPOTraining("one choice") { _ in },
    PPOTraining("one choice, masks, normalization, entropy", MaskedWalk.self) {
      $0.normalizeObservations = true
      $0.normalizeRewards = true
      $0.entropyCoefficient = 0.01
    },
    PPOTraining("several choices, masks, a target of the divergence", MaskedChoices.self) {
      $0.targetKL = 1e-4
      $0.learningRate = .constant(0.02)
      $0.epochs = 5
    },
    PPOTraining("bits, masks, V's clipping", MaskedBits.self) {
      $0.valueClipRange = 0.1
      $0.clipRange = .linear(from: 0.2, to: 0)
    },
    PPOTraining("real numbers", Pendulum.self) {
      $0.normalizeAdvantages = false
      $0.normalizeObservations = true
    },
    PPOTraining("squashed real numbers, entropy", Pendulum.self) {
      $0.squashActions = true
      $0.entropyCoefficient = 0.01
      $0.minibatchSize = 1
      $0.rolloutSteps = 2
    },
    PPOTraining("pictures, a shared torso", Catch.self) { $0.network = .small(shared: true) },
  ]

  private init(_ name: String, _ change: (inout PPOConfiguration) -> Void) {
    self.init(name, CartPole.self, change)
  }
}
