import Environments
import Networks
import ReinforcementLearning

@testable import Agents

/// A task and settings that a test trains with.
struct Training: Sendable {
  enum Task: Sendable { case cartPole, corridor, maskedWalk, pendulum, linearQuadratic, pictures }

  let name: String
  let task: Task
  let configuration: ActorCriticConfiguration

  init(_ name: String, _ task: Task, _ change: (inout ActorCriticConfiguration) -> Void) {
    self.name = name
    self.task = task
    var configuration = ActorCriticConfiguration()
    // Ten lanes in shards of three: the last shard is smaller.
    configuration.envs = 10
    configuration.envsPerShard = 3
    configuration.hiddenSizes = [8]
    configuration.learningRate = .linear(from: 0.003, to: 0)
    change(&configuration)
    self.configuration = configuration
  }

  /// A loop at its start.
  func loop(
    threads: Int = 1, seed: UInt64 = 7, in reduction: any Reduction = SharedMemoryReduction()
  ) throws -> TrainingLoop<ActorCritic> {
    let agent = try ActorCritic(configuration, seed: seed, reduction: reduction) {
      count, firstLane in
      switch task {
      case .cartPole:
        try EnvironmentBatch<CartPole>(count: count, seed: seed, firstLane: firstLane)
      case .corridor:
        try EnvironmentBatch<Corridor>(count: count, seed: seed, firstLane: firstLane)
      case .maskedWalk:
        try EnvironmentBatch<MaskedWalk>(count: count, seed: seed, firstLane: firstLane)
      case .pendulum:
        try EnvironmentBatch<Pendulum>(count: count, seed: seed, firstLane: firstLane)
      case .linearQuadratic:
        try EnvironmentBatch<LinearQuadratic>(count: count, seed: seed, firstLane: firstLane)
      case .pictures:
        try EnvironmentBatch<Catch>(count: count, seed: seed, firstLane: firstLane)
      }
    }
    return TrainingLoop(agent, threads: threads, rewardThreshold: 0.3)
  }

  /// One of each kind of code path.
  static let all = [
    Training("a2c", .cartPole) { _ in },
    Training("a2c, GAE, entropy, normalization", .cartPole) {
      $0.returns = .gae
      $0.entropyCoefficient = 0.01
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    },
    Training("relax-a2c, normalization", .cartPole) {
      $0.estimator = .relax
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    },
    Training("relax-a2c, Monte Carlo", .corridor) {
      $0.estimator = .relax
      $0.returns = .monteCarlo
      $0.episodesPerUpdate = 2
      $0.optimizer = .adam
    },
    Training("relax-a2c, Monte Carlo, masks, logits", .maskedWalk) {
      $0.estimator = .relax
      $0.returns = .monteCarlo
      $0.controlVariate.scope = .logits
      $0.value.baseline = false
      $0.normalizeRewards = true
    },
    Training("all actions, masks", .maskedWalk) { $0.estimator = .allAction },
    Training("all actions, fitted", .corridor) {
      $0.estimator = .allAction
      $0.controlVariate.objective = .fit
      $0.returns = .gae
    },
    Training("a2c, squashed, entropy, normalization", .pendulum) {
      $0.rolloutSteps = 16
      $0.gaussian.squashActions = true
      $0.entropyCoefficient = 0.01
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    },
    Training("relax-ddpg, GAE", .pendulum) {
      $0.estimator = .lax
      $0.returns = .gae
      $0.rolloutSteps = 16
      $0.gaussian.deviation = .stateDependent
    },
    Training("all actions, fitted, along the trajectory, later gradients", .corridor) {
      $0.estimator = .allAction
      $0.controlVariate.objective = .fit
      $0.controlVariate.reach = .trajectory
      $0.controlVariate.future = true
      $0.returns = .monteCarlo
      $0.value.seesTime = true
    },
    Training("relax-a2c, fitted, along the trajectory, λ, masks", .maskedWalk) {
      $0.estimator = .relax
      $0.controlVariate.objective = .fit
      $0.controlVariate.reach = .trajectory
      $0.controlVariate.freeDraws = 3
      $0.controlVariate.gate = true
      $0.returns = .episodeGAE
    },
    Training("relax-ddpg, Monte Carlo, quadratic, fitted", .linearQuadratic) {
      $0.estimator = .lax
      $0.returns = .monteCarlo
      $0.controlVariate.form = .quadratic
      $0.controlVariate.objective = .fit
      $0.value.baseline = false
    },
    Training("relax-a2c, pictures, a shared torso", .pictures) {
      $0.estimator = .relax
      $0.network = .small(shared: true)
    },
    Training("relax-a2c, pictures, Monte Carlo, torsos of their own", .pictures) {
      $0.estimator = .relax
      $0.returns = .monteCarlo
      $0.network = .small(shared: false)
    },
  ]
}

extension TrainingLoop {
  /// The bytes of a checkpoint of everything.
  func checkpoint() throws -> [UInt8] {
    var file = SafetensorsFile()
    try save(to: &file)
    return file.serialized()
  }
}
