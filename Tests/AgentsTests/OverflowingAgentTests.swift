import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Pays the same every time, in episodes of three steps.
private struct Generous: Environment {
  static let spec = EnvironmentSpec(name: "generous", stepLimit: 3)
  var reward = 1.0
  var actionSpace: Space { .discrete(2) }
  var observationSpace: Space { .box(lower: [0], upper: [1]) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    observation[0] = 1
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 1
    // Of either sign, or statistics would see no variance.
    return Transition(reward: action == 0 ? reward : -reward)
  }
}

@Suite struct `Rewards that are too large` {
  private func loop(
    reward: Double, _ change: (inout ActorCriticConfiguration) -> Void
  ) throws -> TrainingLoop<ActorCritic> {
    var configuration = ActorCriticConfiguration()
    configuration.hiddenSizes = [4]
    configuration.envs = 4
    configuration.maxGradientNorm = 0
    configuration.value.maxGradientNorm = 0
    change(&configuration)
    let agent = try ActorCritic(configuration, seed: 3) {
      try EnvironmentBatch(Generous(reward: reward), count: $0, seed: 3, firstLane: $1)
    }
    return TrainingLoop(agent)
  }

  @Test(arguments: [OptimizerChoice.rmsprop, .adam], [1e20, 1e30])
  func `for squares stop the run with the moment's name`(
    optimizer: OptimizerChoice, reward: Double
  ) throws {
    let loop = try loop(reward: reward) { $0.optimizer = optimizer }
    let error = #expect(throws: GradientError.self) {
      for _ in 0..<10 { try loop.update(of: 1000) }
    }
    guard case .updateNotFinite? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(loop.largestReward == reward)
    // Nothing of that is ever saved.
    #expect(throws: NonFiniteNumber.self) { try loop.checkpoint() }
  }

  @Test func `are no fault where gradients are clipped`() throws {
    let loop = try loop(reward: 1e30) {
      $0.maxGradientNorm = 0.5
      $0.value.maxGradientNorm = 0.5
    }
    for _ in 0..<50 { try loop.update(of: 1000) }
    _ = try loop.checkpoint()
    #expect(loop.agent.metrics.allSatisfy { $0.value?.isFinite ?? true })
  }

  @Test func `for single precision are named with lane and value`() throws {
    let loop = try loop(reward: 1e39) { _ in }
    let error = #expect(throws: RewardError.self) { try loop.update(of: 1000) }
    let text = try #require(error).description
    #expect(text.contains("generous, lane 0: the reward") && text.contains("1e+39"), "\(text)")
    let normalized = try self.loop(reward: 1e39) { $0.normalizeRewards = true }
    for _ in 0..<10 { try normalized.update(of: 1000) }
    _ = try normalized.checkpoint()
  }

  @Test func `for statistics are named before the first observation is normalized by them`() {
    #expect(throws: StatisticsError.self) { try loop(reward: 1e200) { $0.normalizeRewards = true } }
  }

  @Test func `for the sum of an episode stop the run`() throws {
    // Before rewards are looked at one by one, they are added up.
    let loop = try loop(reward: 1) { _ in }
    for shard in loop.agent.shards {
      shard.episodes.record(
        rewards: [1.7e308, 0, 0, 0].span, outcomes: [Outcome](repeating: .ongoing, count: 4).span,
        atEnd: .startNext)
      shard.episodes.record(
        rewards: [1.7e308, 0, 0, 0].span, outcomes: [Outcome](repeating: .ongoing, count: 4).span,
        atEnd: .startNext)
    }
    #expect(throws: RewardError.returnOverflows(lane: 0)) { try loop.update(of: 1000) }
    #expect(throws: RewardError.returnOverflows(lane: 0)) { try loop.checkpoint() }
  }
}

@Suite struct `A policy of numbers that are not finite` {
  private func policy(
    changing change: (ParameterSet<Float>) -> Void
  ) throws -> ActorCriticPolicy {
    var configuration = ActorCriticConfiguration()
    configuration.hiddenSizes = [4]
    let agent = try ActorCritic(configuration, seed: 3) {
      try EnvironmentBatch(Generous(), count: $0, seed: 3, firstLane: $1)
    }
    var file = SafetensorsFile()
    try agent.save(to: &file)
    let changed = ParameterSet<Float>(agent.parameters[0].layout)
    changed.copy(from: agent.parameters[0])
    change(changed)
    for entry in changed.safetensorsEntries() {
      file.tensors.removeAll { $0.name == entry.name }
      file.tensors.append(entry)
    }
    return try ActorCriticPolicy(
      configuration, observationSpace: Generous().observationSpace,
      actionSpace: Generous().actionSpace, checkpoint: file, rows: 2)
  }

  private func act(_ policy: ActorCriticPolicy) {
    let observations: [Float] = [1, 1]
    var streams: [RandomStream]?
    _ = policy.act(observations: observations.span, masks: nil, streams: &streams)
  }

  @Test(arguments: [Float.nan, .infinity])
  func `is refused by the parameter's name`(value: Float) throws {
    let error = #expect(throws: SafetensorsError.self) {
      try policy { $0.pointer[$0.count - 1] = value }
    }
    #expect(try #require(error).description.contains("\"policy.1.bias\""))
  }

  @Test func `is known by its outputs where its parameters are finite`() throws {
    let usual = try policy { _ in }
    act(usual)
    #expect(usual.hasFiniteOutputs)
    let extreme = try policy { $0.fill(.greatestFiniteMagnitude) }
    act(extreme)
    #expect(!extreme.hasFiniteOutputs)
  }

  @Test func `bounds beyond single precision are none`() {
    let box = BoxActions(BoxSpace(shape: [1], bounds: -1e300...1e300, elementType: .float64))
    #expect(!box.isBounded)
    var written: [Float] = [0]
    var span = written.mutableSpan
    box.write(([0.25] as [Float]).span, to: &span)
    #expect(written == [0.25])
  }
}
