import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// A number that is not finite stops an update before any parameter has changed.
struct NonFiniteTests {
  private func loop(
    _ fault: FaultyTask.Fault, _ returns: ReturnEstimate, threads: Int = 2
  ) throws -> TrainingLoop<ActorCritic> {
    var configuration = ActorCriticConfiguration()
    configuration.envs = 7
    configuration.envsPerShard = 2
    configuration.rolloutSteps = 4
    configuration.hiddenSizes = [4]
    configuration.estimator = .relax
    configuration.returns = returns
    let agent = try ActorCritic(configuration, seed: 2) { count, firstLane in
      // The lanes from 4 on are faulty; the first of them is named.
      try EnvironmentBatch(
        FaultyTask(firstLane >= 4 ? fault : .none), count: count, seed: 2, firstLane: firstLane)
    }
    return TrainingLoop(agent, threads: threads)
  }

  private static let faults: [FaultyTask.Fault] = [
    .reward, .observation, .finalReward, .finalObservation,
  ]

  @Test(arguments: faults, [ReturnEstimate.nStep, .monteCarlo])
  func `an environment's NaN is named and changes no parameter`(
    fault: FaultyTask.Fault, returns: ReturnEstimate
  ) throws {
    let loop = try loop(fault, returns)
    // Seven steps in: in the second update of four steps, or in the first of whole episodes.
    if returns == .nStep { try loop.update(of: 1_000) }
    let before = loop.agent.parameters.map(\.values)
    let error = #expect(throws: EnvironmentError.self) { try loop.update(of: 1_000) }
    let found = try #require(error)
    switch (fault, found) {
    case (.reward, .nonFiniteReward(let name, let lane, let episode, let step, let value)),
      (.finalReward, .nonFiniteReward(let name, let lane, let episode, let step, let value)):
      #expect(name == "faulty" && lane == 4 && episode == 0 && step == 7, "\(found)")
      #expect(!value.isFinite)
    case (
      .observation,
      .nonFiniteObservation(let name, let lane, let episode, let step, let element, _)
    ),
      (
        .finalObservation,
        .nonFiniteObservation(let name, let lane, let episode, let step, let element, _)
      ):
      #expect(name == "faulty" && lane == 4 && episode == 0, "\(found)")
      #expect(step == 7 && element == 1, "\(found)")
    default: Issue.record("\(fault) was reported as \(found)")
    }
    #expect(loop.agent.parameters.map(\.values) == before)
  }

  @Test(arguments: [ReturnEstimate.nStep, .monteCarlo], [0, 1, 2])
  func `a gradient that is not finite is named and changes no parameter`(
    returns: ReturnEstimate, network: Int
  ) throws {
    let loop = try loop(.none, returns)
    try loop.update(of: 1_000)
    let saved = try loop.checkpoint()
    loop.agent.parameters[network].pointer[0] = .nan
    let before = loop.agent.parameters.map { $0.values.map(\.bitPattern) }
    let error = #expect(throws: GradientError.self) { try loop.update(of: 1_000) }
    guard case .notFinite(let parameter, _, _, let value)? = error else {
      Issue.record("The error is \(String(describing: error)).")
      return
    }
    #expect(loop.agent.parameters.contains { $0.layout.names.contains(parameter) })
    #expect(!value.isFinite)
    #expect(loop.agent.parameters.map { $0.values.map(\.bitPattern) } == before)
    // Back to the checkpoint, training goes on.
    try loop.restore(from: SafetensorsFile(bytes: saved))
    try loop.update(of: 1_000)
  }

  @Test func `after an error a restore makes the loop usable again`() throws {
    let loop = try loop(.reward, .nStep)
    let saved = try loop.checkpoint()
    try loop.update(of: 1_000)
    let onceUpdated = try loop.checkpoint()
    #expect(throws: EnvironmentError.self) { try loop.update(of: 1_000) }
    try loop.restore(from: SafetensorsFile(bytes: saved))
    try loop.update(of: 1_000)
    #expect(try loop.checkpoint() == onceUpdated)
  }
}
