import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Agents learn from pictures of bytes, and what they have learned acts from a checkpoint.
@Suite struct `From pictures` {
  /// Trains until the task counts as solved: a mean of 0.9 over 100 episodes, which chance gets to once in
  /// 10⁶⁰ tries.
  private func solve<A: Agent>(_ loop: TrainingLoop<A>, within steps: Int) throws -> Bool {
    while loop.progress.steps < steps && loop.progress.solvedAtStep == nil {
      try loop.update(of: steps)
    }
    return loop.progress.solvedAtStep != nil
  }

  /// The share of 200 episodes that a policy catches when it takes its likeliest actions.
  private func caught(_ policy: some TrainedPolicy) throws -> Double {
    let batch = try EnvironmentBatch<Catch>(count: policy.rows, seed: 99, firstLane: 0)
    let size = batch.observationSize * policy.rows
    var observations = [Float](repeating: 0, count: size)
    var finals = observations
    var rewards = [Double](repeating: 0, count: policy.rows)
    var outcomes = [Outcome](repeating: .ongoing, count: policy.rows)
    var (episodes, wins) = (0, 0)
    var span = observations.mutableSpan
    try batch.reset(observations: &span)
    while episodes < 200 {
      var streams: [RandomStream]?
      guard
        case .whole(let actions) = policy.act(
          observations: observations.span, masks: nil, streams: &streams)
      else { return .nan }
      var rows = observations.mutableSpan
      var ends = finals.mutableSpan
      var paid = rewards.mutableSpan
      var ended = outcomes.mutableSpan
      try batch.step(
        actions: actions.span, atEnd: .startNext, observations: &rows, finalObservations: &ends,
        rewards: &paid, outcomes: &ended)
      for lane in outcomes.indices where outcomes[lane].isEnd {
        episodes += 1
        wins += rewards[lane] > 0 ? 1 : 0
      }
    }
    return Double(wins) / Double(episodes)
  }

  private func file<A: Agent>(_ loop: TrainingLoop<A>) throws -> SafetensorsFile {
    var file = SafetensorsFile()
    try loop.save(to: &file)
    return file
  }

  @Test(
    arguments: [PolicyGradientEstimator.scoreFunction, .relax, .allAction], [true, false])
  func `an actor-critic learns to catch`(
    estimator: PolicyGradientEstimator, shared: Bool
  ) throws {
    let loop = try CatchTask.actorCritic(shared: shared) { $0.estimator = estimator }
    #expect(try solve(loop, within: 60_000))
    let policy = try ActorCriticPolicy(
      loop.agent.configuration, observationSpace: Catch().observationSpace,
      actionSpace: Catch().actionSpace, checkpoint: try file(loop), rows: 4)
    #expect(try caught(policy) > 0.9)
    // The control: before training it is nearer to chance.
    let fresh = try ActorCriticPolicy(
      loop.agent.configuration, observationSpace: Catch().observationSpace,
      actionSpace: Catch().actionSpace,
      checkpoint: try file(try CatchTask.actorCritic(shared: shared) { $0.estimator = estimator }),
      rows: 4)
    #expect(try caught(fresh) < 0.75)
  }

  @Test(arguments: [true, false])
  func `reinforce learns to catch, a whole episode at a time`(shared: Bool) throws {
    let loop = try CatchTask.actorCritic(shared: shared) {
      $0.returns = .monteCarlo
      $0.estimator = .scoreFunction
      $0.discount = 1
    }
    #expect(try solve(loop, within: 60_000))
  }

  @Test(arguments: [true, false])
  func `ppo learns to catch`(shared: Bool) throws {
    let loop = try CatchTask.ppo(shared: shared)
    #expect(try solve(loop, within: 60_000))
    let policy = try loop.agent.configuration.policy(
      observationSpace: Catch().observationSpace, actionSpace: Catch().actionSpace,
      checkpoint: try file(loop), rows: 3)
    #expect(try caught(policy) > 0.9)
  }

  @Test func `dqn learns to catch`() throws {
    let loop = try CatchTask.dqn()
    #expect(try solve(loop, within: 40_000))
    let policy = try CompiledPolicy(
      loop.agent.configuration, observationSpace: Catch().observationSpace,
      actionSpace: Catch().actionSpace, checkpoint: try file(loop), rows: 2)
    #expect(try caught(policy) > 0.9)
  }
}
