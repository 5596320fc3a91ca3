import Environments
import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// One update of PPO against PyTorch's; `scripts/reference/ppo_torch.py` made the numbers.
struct PPOReferenceTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let kind: String
    let entropyCoefficient, valueClipRange: Double
    let start: [[Float]]
    let actions, logProbabilities: [Float]
    /// By epoch, policy and V.
    let epochs: [[[Double]]]
    let clippedShares: [Double]
    let mistakes: [String: [[Double]]]

    var testDescription: String { kind }

    var actionSpace: Space {
      switch kind {
      case "choice": .discrete(3)
      case "choices": .multiDiscrete([2, 3])
      case "bits": .multiBinary(3)
      default: .box(lower: [-1, -1], upper: [1, 1])
      }
    }
  }

  struct File: Decodable {
    let observations: [[Float]]
    let rewards: [Double]
    let cases: [Case]
  }

  static func file() throws -> File {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/ppo.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  private func largestDifference(_ found: [[Double]], _ expected: [[Double]]) -> Double {
    zip(found, expected).map { zip($0, $1).map { abs($0 - $1) }.max() ?? .infinity }.max()
      ?? .infinity
  }

  @Test(arguments: try file().cases)
  func `equals PyTorch's, and none of the usual mistakes`(reference: Case) throws {
    let file = try Self.file()
    var configuration = PPOConfiguration()
    configuration.envs = 2
    configuration.rolloutSteps = 7
    configuration.minibatchSize = 14
    configuration.epochs = 4
    configuration.hiddenSizes = [5]
    configuration.discount = 0.9
    configuration.gaeLambda = 0.8
    configuration.learningRate = .linear(from: 0.04, to: 0)
    configuration.valueLearningRate = .linear(from: 0.03, to: 0)
    configuration.clipRange = .linear(from: 0.2, to: 0)
    configuration.entropyCoefficient = reference.entropyCoefficient
    configuration.valueClipRange = reference.valueClipRange
    configuration.squashActions = reference.kind == "squashed"
    func scripted<Action: EnvironmentAction>(
      _ type: Action.Type, _ count: Int, _ firstLane: Int
    ) throws -> any VectorEnvironment {
      let task = ScriptedTask<Action>(file.observations, file.rewards, reference.actionSpace)
      return try EnvironmentBatch(task, count: count, seed: 1, firstLane: firstLane)
    }
    let agent = try PPO(configuration, seed: 1) {
      switch reference.kind {
      case "choice": try scripted(Int.self, $0, $1)
      case "choices", "bits": try scripted([Int].self, $0, $1)
      default: try scripted([Float].self, $0, $1)
      }
    }
    for (set, values) in zip(agent.parameters, reference.start) { set.values = values }
    let shard = agent.shards[0]
    _ = try shard.collect(clock: 0)
    // What was drawn, in place of what this agent has drawn.
    let rollout = shard.collector.experience
    let scored = rollout.column("unsquashed_action") ?? rollout[.action]
    for (index, action) in reference.actions.enumerated() { scored[index] = action }
    for (row, value) in reference.logProbabilities.enumerated() {
      rollout[.logProbability][row] = value
    }
    var passes = 0
    var pass = agent.pass(after: .collect)
    while case .gradient(let number) = pass {
      shard.writeGradient(number)
      // A quarter of the run is over.
      try agent.receive(gradient: number, at: RunPosition(step: 14, of: 56))
      pass = agent.pass(after: pass)
      guard number % 2 == 1 else { continue }
      let found = agent.parameters.map { $0.values.map(Double.init) }
      let expected = reference.epochs[passes]
      #expect(largestDifference(found, expected) < 1e-5, "epoch \(passes)")
      #expect(abs(shard.statistics.clippedShare - reference.clippedShares[passes]) < 1e-5)
      passes += 1
    }
    #expect(passes == 4)
    #expect((reference.clippedShares.last ?? 0) > 0.5)
    let found = agent.parameters.map { $0.values.map(Double.init) }
    #expect(reference.mistakes.count == 4)
    for (mistake, parameters) in reference.mistakes {
      #expect(largestDifference(found, parameters) > 0.01, "\(mistake)")
    }
  }

  /// Beside the numbers of a file, those of this project's other agent.
  @Test(arguments: [false, true])
  func `one epoch of one minibatch without clipping has the gradient of a2c`(
    normalizes: Bool
  ) throws {
    var ppo = PPOConfiguration()
    ppo.envs = 5
    ppo.envsPerShard = 2
    ppo.rolloutSteps = 8
    ppo.minibatchSize = 1000
    ppo.epochs = 1
    ppo.clipRange = .constant(1000)
    ppo.normalizeAdvantages = normalizes
    ppo.entropyCoefficient = 0.01
    ppo.hiddenSizes = [8]
    var a2c = ActorCriticConfiguration()
    a2c.envs = 5
    a2c.envsPerShard = 2
    a2c.rolloutSteps = 8
    a2c.returns = .gae
    a2c.entropyCoefficient = 0.01
    a2c.hiddenSizes = [8]
    let first = TrainingLoop(
      try PPO(ppo, seed: 3) {
        try EnvironmentBatch<CartPole>(count: $0, seed: 3, firstLane: $1)
      })
    let second = TrainingLoop(
      try ActorCritic(a2c, seed: 3) {
        try EnvironmentBatch<CartPole>(count: $0, seed: 3, firstLane: $1)
      })
    #expect(first.agent.parameters.map(\.values) == second.agent.parameters.map(\.values))
    try first.update(of: 40)
    try second.update(of: 40)
    let (found, expected) = (
      first.agent.shards[0].gradients(of: 1).map(\.values),
      second.agent.shards[0].gradients(of: 0).map(\.values)
    )
    let differences = zip(found, expected).map { zip($0, $1).map { abs($0 - $1) }.max() ?? 1 }
    #expect(differences[1] < 1e-5)
    // Normalized advantages are no longer those of a2c: the control.
    #expect(normalizes ? differences[0] > 1e-2 : differences[0] < 1e-6)
  }
}
