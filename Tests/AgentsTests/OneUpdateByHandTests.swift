import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Updates of one lane, worked out by hand from the checkpoint before them.
struct OneUpdateByHandTests {
  private struct Statistics: Decodable {
    var observations: ObservationNormalizer
    var rewards: RewardNormalizer
  }

  private static func configuration() -> ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.envs = 1
    configuration.rolloutSteps = 1
    configuration.hiddenSizes = [3]
    configuration.policyOutputGain = 1
    configuration.optimizer = .sgd
    configuration.learningRate = .constant(0.1)
    configuration.value.learningRate = .constant(0.1)
    configuration.maxGradientNorm = 0
    configuration.value.maxGradientNorm = 0
    return configuration
  }

  private static func checkpoint(_ loop: TrainingLoop<ActorCritic>) throws -> SafetensorsFile {
    var file = SafetensorsFile()
    try loop.save(to: &file)
    return file
  }

  @Test func `statistics, policy and V are those from before the batch`() throws {
    var configuration = Self.configuration()
    configuration.normalizeObservations = true
    configuration.normalizeRewards = true
    let agent = try ActorCritic(configuration, seed: 3) {
      try EnvironmentBatch<RandomBandit>(count: $0, seed: 3, firstLane: $1)
    }
    let loop = TrainingLoop(agent)
    var movedByUpdate = 0.0
    for _ in 0..<40 {
      let before = try Self.checkpoint(loop)
      let statistics: Statistics = try decodeState(before.metadata["agent"], named: "agent")
      let (policy, value) = (
        PlainNetwork(agent.parameters[0]), PlainNetwork(agent.parameters[1])
      )
      let raw = try #require(before["shard.0.observations"]).values(as: Float.self)
      let episode = try #require(try loop.update(of: 1).episodes.first)
      func check(_ statistics: Statistics) -> Double {
        let x = raw.enumerated().map { index, element in
          let moments = statistics.observations.moments
          let scaled =
            (Double(element) - moments.mean[index]) / (moments.variance(index) + 1e-8).squareRoot()
          return min(max(scaled, -10), 10)
        }
        let deviation = (statistics.rewards.moments.variance(0) + 1e-8).squareRoot()
        let reward = min(max(episode.totalReward / deviation, -10), 10)
        let advantage = reward - value(x)[0]
        let probabilities = softmax(policy(x))
        let gradients = agent.shards[0].gradients(of: 0)
        let (policyGradient, valueGradient) = (gradients[0], gradients[1])
        // Whichever action was taken, one of the three must fit.
        let errors = probabilities.indices.map { action in
          zip(policyGradient["policy.1.bias"], probabilities.indices).map { found, arm in
            abs(Double(found) + advantage * ((arm == action ? 1 : 0) - probabilities[arm]))
          }.max() ?? 0
        }
        var largest = max(
          errors.min() ?? 0, abs(Double(valueGradient["value.1.bias"][0]) + advantage))
        // ∂/∂W = x ∂/∂b in the first layer.
        for (unit, slope) in valueGradient["value.0.bias"].enumerated() {
          for (input, element) in x.enumerated() {
            let found = Double(valueGradient["value.0.weight"][input * 3 + unit])
            largest = max(largest, abs(found - element * Double(slope)))
          }
        }
        return largest
      }
      #expect(check(statistics) < 2e-5)
      let after: Statistics = try decodeState(
        try Self.checkpoint(loop).metadata["agent"], named: "agent")
      movedByUpdate = max(movedByUpdate, check(after))
    }
    // The batch's own statistics would have been noticed.
    #expect(movedByUpdate > 1e-3)
  }

  @Test(arguments: [1, 2, 3, 4, 7], [ReturnEstimate.nStep, .gae])
  func `V of the true final observation follows a truncated episode`(
    steps: Int, returns: ReturnEstimate
  ) throws {
    var configuration = Self.configuration()
    configuration.rolloutSteps = steps
    configuration.returns = returns
    configuration.discount = 0.9
    configuration.gaeLambda = 0.7
    let agent = try ActorCritic(configuration, seed: 4) {
      try EnvironmentBatch<CountingTask>(count: $0, seed: 4, firstLane: $1)
    }
    for (index, set) in agent.parameters.enumerated() {
      set.fillRandomly(deviation: 0.7, seed: UInt64(index))
    }
    let loop = TrainingLoop(agent)
    let lambda = returns == .gae ? 0.7 : 1
    var state = 0
    var differs = false
    for _ in 0..<6 {
      let network = PlainNetwork(agent.parameters[1])
      func value(_ state: Int) -> Double { network([Double(state)])[0] }
      let states = (0..<steps).map { (state + $0) % 3 }
      state = (state + steps) % 3
      /// The derivative of ½ Σ (V − target)² / T by V's last bias.
      func slope(afterLimit: Int) -> Double {
        var advantage = 0.0
        var sum = 0.0
        for (index, state) in states.enumerated().reversed() {
          let isTruncated = state == 2
          let next = isTruncated ? afterLimit : state + 1
          let delta = 1 + 0.9 * value(next) - value(state)
          let goesOn = !isTruncated && index < steps - 1
          advantage = delta + (goesOn ? 0.9 * lambda * advantage : 0)
          sum -= advantage / Double(steps)
        }
        return sum
      }
      try loop.update(of: 1)
      let found = agent.shards[0].gradients(of: 0)[1].values.last.map(Double.init)
      #expect(abs(try #require(found) - slope(afterLimit: 3)) < 1e-5)
      // V of the next episode's first observation would be another number.
      differs = differs || abs(slope(afterLimit: 0) - slope(afterLimit: 3)) > 1e-3
    }
    #expect(differs)
  }
}
