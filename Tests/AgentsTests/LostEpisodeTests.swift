import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Two lanes with episodes of six steps and rewards of 0, but for the first episode of lane 0.
///
/// That one gives a million at every step and ends at its third one, in the way given.
private final class FailingLanes: VectorEnvironment {
  let name = "failing"
  let count = 2
  let firstLane = 0
  let observationSpace = Space.box(lower: [-1], upper: [1])
  let actionSpace: Space
  let stepLimit: Int? = nil
  let rewardThreshold: Double? = nil
  let hasActionMask = false

  private let ending: Outcome
  private var steps = [0, 0]
  private var episodes = [-1, -1]
  private var waiting = [false, false]
  private var atEnd = EpisodeEnd.startNext

  init(_ ending: Outcome, actionSpace: Space = .discrete(2)) {
    self.ending = ending
    self.actionSpace = actionSpace
  }

  private func begin(_ lane: Int, _ observations: inout MutableSpan<Float>) {
    (steps[lane], waiting[lane]) = (0, false)
    episodes[lane] += 1
    observations[lane] = 0.5
  }

  func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    for lane in 0..<count { begin(lane, &observations) }
  }

  func isWaiting(_ lane: Int) -> Bool { waiting[lane] }

  func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    for lane in 0..<count where waiting[lane] { begin(lane, &observations) }
  }

  func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    self.atEnd = atEnd
  }

  func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    self.atEnd = atEnd
  }

  func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    for lane in 0..<count {
      (rewards[lane], outcomes[lane]) = (0, .ongoing)
      if waiting[lane] { continue }
      steps[lane] += 1
      let isFailing = lane == 0 && episodes[lane] == 0
      if isFailing { rewards[lane] = 1e6 }
      if isFailing && steps[lane] == 3 {
        outcomes[lane] = ending
      } else if steps[lane] == 6 {
        outcomes[lane] = .terminated
      }
      guard outcomes[lane].isEnd else { continue }
      finalObservations[lane] = observations[lane]
      if outcomes[lane] == .lost || atEnd == .startNext {
        begin(lane, &observations)
      } else {
        waiting[lane] = true
      }
    }
  }

  func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {}
  func snapshot() throws(EnvironmentError) -> [UInt8] { [] }
  func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {}
}

/// Two lanes whose simulator fails in every step.
private final class AlwaysLost: VectorEnvironment {
  let name = "always-lost"
  let count = 2
  let firstLane = 0
  let observationSpace = Space.box(lower: [-1], upper: [1])
  let actionSpace = Space.box(lower: [-1], upper: [1])
  let stepLimit: Int? = nil
  let rewardThreshold: Double? = nil
  let hasActionMask = false

  func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {}
  func isWaiting(_ lane: Int) -> Bool { false }
  func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {}
  func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {}
  func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {}

  func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    for lane in 0..<count { (rewards[lane], outcomes[lane]) = (0, .lost) }
  }

  func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {}
  func snapshot() throws(EnvironmentError) -> [UInt8] { [] }
  func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {}
}

@Suite struct `An episode that is lost with its simulator` {
  private func update(
    _ ending: Outcome, _ returns: ReturnEstimate, _ estimator: PolicyGradientEstimator
  ) throws -> (norm: Double, episodes: [Episode]) {
    var configuration = ActorCriticConfiguration()
    configuration.envs = 2
    configuration.rolloutSteps = 12
    configuration.hiddenSizes = [4]
    configuration.returns = returns
    configuration.estimator = estimator
    let agent = try ActorCritic(configuration, seed: 3) { _, _ in FailingLanes(ending) }
    let loop = TrainingLoop(agent)
    let report = try loop.update(of: 1000)
    let norm = agent.metrics.first { $0.name == "policy_gradient_norm" }?.value
    return (try #require(norm), report.episodes)
  }

  @Test(
    arguments: [ReturnEstimate.nStep, .gae, .monteCarlo],
    [PolicyGradientEstimator.scoreFunction, .relax])
  func `leaves no trace in the gradient and counts nowhere`(
    returns: ReturnEstimate, estimator: PolicyGradientEstimator
  ) throws {
    let lost = try update(.lost, returns, estimator)
    #expect(lost.norm < 10)
    #expect(lost.episodes.allSatisfy { $0.length == 6 && $0.totalReward == 0 })
    // Whole episodes are played until each lane has its one; others are those of twelve steps.
    #expect(lost.episodes.count == (returns == .monteCarlo ? 2 : 3))
    // The control: an episode that merely ends does show.
    let ended = try update(.terminated, returns, estimator)
    #expect(ended.norm > 1000)
    #expect(ended.episodes.contains { $0.totalReward == 3e6 })
  }

  @Test func `is remembered by ddpg without the step that failed`() throws {
    /// The rewards `[T]` remembered after 12 steps of both lanes.
    func rewards(_ ending: Outcome) throws -> [Float] {
      let agent = try DDPG(DDPGTraining("") { $0.envs = 2 }.configuration, seed: 3) { _, _ in
        FailingLanes(ending, actionSpace: .box(lower: [-1], upper: [1]))
      }
      let loop = TrainingLoop(agent)
      for _ in 0..<12 { try loop.update(of: 1000) }
      var file = SafetensorsFile()
      try loop.save(to: &file)
      let tensor = try #require(file["shard.0.replay"])
      let values = try tensor.values(as: Float.self)
      return (0..<tensor.shape[0]).map { values[$0 * tensor.shape[1]] }
    }
    let lost = try rewards(.lost)
    #expect(lost.count == 23 && lost.count { $0 == 1e6 } == 2)
    let ended = try rewards(.terminated)
    #expect(ended.count == 24 && ended.count { $0 == 1e6 } == 3)
  }

  @Test func `before anything is remembered postpones the first update of ddpg`() throws {
    let training = DDPGTraining("") {
      $0.envs = 2
      $0.learningStarts = 1
      $0.updatesPerStep = 1000
    }
    let agent = try DDPG(training.configuration, seed: 3) { _, _ in AlwaysLost() }
    let loop = TrainingLoop(agent)
    for _ in 0..<20 { try loop.update(of: 1000) }
    #expect(agent.shards[0].updatesDone == 0 && loop.progress.steps == 40)
  }
}
