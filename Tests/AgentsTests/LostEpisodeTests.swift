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
  let actionSpace = Space.discrete(2)
  let stepLimit: Int? = nil
  let rewardThreshold: Double? = nil
  let hasActionMask = false

  private let ending: Outcome
  private var steps = [0, 0]
  private var episodes = [-1, -1]
  private var waiting = [false, false]
  private var atEnd = EpisodeEnd.startNext

  init(_ ending: Outcome) { self.ending = ending }

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
    throw .wrongActionKind(environment: name, actionSpace: actionSpace, received: "real numbers")
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
}
