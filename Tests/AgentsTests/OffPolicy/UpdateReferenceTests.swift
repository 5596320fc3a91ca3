import Environments
import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What scripts/reference/off_policy_torch.py wrote.
struct UpdateReference: Decodable {
  struct Case: Decodable {
    let parameters, targets, batch, gradients, after: [String: [Double]]
    /// The gradients that mistakes would give.
    let mistakes: [String: [String: [Double]]]
    /// The parameters after an update whose learning rate is that of the run's beginning.
    let localSchedule: [String: [Double]]
  }
  let hidden: [Int]
  let discount, tau, rate: Double
  let cases: [String: Case]

  static func load() throws -> UpdateReference {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/updates.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: path))
  }
}

/// A task of the batch's sizes, in which nobody acts.
private struct Still: Environment {
  static let spec = EnvironmentSpec(name: "still", stepLimit: 4)
  var isDiscrete = false
  init() {}
  init(isDiscrete: Bool) { self.isDiscrete = isDiscrete }
  var hasActionMask: Bool { isDiscrete }
  var observationSpace: Space { .box(lower: [-9, -9], upper: [9, 9]) }
  var actionSpace: Space { .discrete(3) }
  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {}
  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    Transition(reward: 0, isTerminated: false)
  }
  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for index in mask.indices { mask[index] = 1 }
  }
}

/// An agent with the reference's parameters and batch, and where its numbers are.
private struct Update {
  let reference: UpdateReference.Case
  let agent: any OffPolicyAgent
  let networks: [(name: String, parameters: ParameterSet<Float>, gradient: ParameterSet<Float>)]
  let targets: [(name: String, parameters: ParameterSet<Float>)]
  let learner: any BatchLearner
  let differentiate: () -> Void

  /// Gives everything its numbers.
  func fill(noise: [(BatchNoise, String, Float)]) throws {
    func numbers(_ values: [Double]?, scale: Float = 1) throws -> [Float] {
      try #require(values).map { scale * Float($0) }
    }
    for network in networks {
      network.parameters.values = try numbers(reference.parameters[network.name])
    }
    for target in targets { target.parameters.values = try numbers(reference.targets[target.name]) }
    func write(_ name: String, _ column: ExperienceColumn<Float>?, scale: Float = 1) throws {
      guard let column else { return }
      for (index, value) in try numbers(reference.batch[name], scale: scale).enumerated() {
        column[index] = value
      }
    }
    let batch = learner.batch
    try write("observations", batch.observations)
    try write("actions", batch.actions)
    try write("rewards", batch.rewards)
    try write("continues", batch.continues)
    try write("next_observations", batch.nextObservations)
    try write("next_masks", batch.nextMasks)
    for (noise, name, scale) in noise {
      try write(name, noise.column, scale: scale)
      noise.scale()
    }
  }

  /// The largest distance to some numbers of any network, where there are such.
  func distance(
    _ numbers: [String: [Double]], _ sets: [(name: String, parameters: ParameterSet<Float>)]
  ) throws -> Double {
    try sets.map { name, set in
      let expected = try #require(numbers[name])
      #expect(expected.count == set.count)
      return zip(set.values, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
    }.max() ?? 0
  }
}

@Suite struct `One update is PyTorch's` {
  private func update(_ name: String) throws -> Update {
    let file = try UpdateReference.load()
    let reference = try #require(file.cases[name])
    // Half of the run is over: the line has come down to the rate.
    let rate = Schedule.linear(from: 2 * file.rate, to: 0)
    switch name {
    case "td3":
      var settings = TD3Configuration()
      (settings.hiddenSizes, settings.activation, settings.batchSize) = (file.hidden, .tanh, 8)
      (settings.discount, settings.targetRate, settings.policyDelay) = (file.discount, file.tau, 1)
      (settings.learningRate, settings.criticLearningRate) = (rate, rate)
      let agent = try TD3(settings, seed: 1) {
        try EnvironmentBatch<TwoLevers>(count: $0, seed: 1, firstLane: $1)
      }
      let trained = agent.networks.trained
      let update = Update(
        reference: reference, agent: agent,
        networks: trained.map { ($0.name, $0.parameters, $0.gradient) },
        targets: Array(zip(trained.map(\.name), agent.networks.targets.parameters)),
        learner: agent.learner, differentiate: { agent.learner.differentiate(movingActor: true) })
      try update.fill(noise: [(agent.learner.noise, "next_noise", 1)])
      return update
    case "sac":
      var settings = SACConfiguration()
      (settings.hiddenSizes, settings.activation, settings.batchSize) = (file.hidden, .tanh, 8)
      (settings.discount, settings.targetRate) = (file.discount, file.tau)
      (settings.learningRate, settings.criticLearningRate) = (rate, rate)
      settings.temperatureLearningRate = rate
      let agent = try SAC(settings, seed: 1) {
        try EnvironmentBatch<TwoLevers>(count: $0, seed: 1, firstLane: $1)
      }
      let networks = agent.networks
      let update = Update(
        reference: reference, agent: agent,
        networks: networks.trained.map { ($0.name, $0.parameters, $0.gradient) }
          + [("log_temperature", networks.logTemperature, networks.temperatureGradient)],
        targets: Array(zip(["critic", "second_critic"], networks.targets.parameters)),
        learner: agent.learner, differentiate: { agent.learner.differentiate() })
      try update.fill(noise: [
        (agent.learner.noise, "noise", 1), (agent.learner.nextNoise, "next_noise", 0.5),
      ])
      return update
    default:
      var settings = DQNConfiguration()
      (settings.hiddenSizes, settings.activation, settings.batchSize) = (file.hidden, .tanh, 8)
      (settings.discount, settings.targetRate) = (file.discount, file.tau)
      settings.learningRate = rate
      settings.maxGradientNorm = 0
      let agent = try DQN(settings, seed: 1) {
        try EnvironmentBatch(Still(isDiscrete: true), count: $0, seed: 1, firstLane: $1)
      }
      let value = agent.networks.value
      let update = Update(
        reference: reference, agent: agent,
        networks: [("value", value.parameters, value.gradient)],
        targets: [("value", agent.networks.targets.parameters[0])], learner: agent.learner,
        differentiate: { agent.learner.run(update: 0) })
      try update.fill(noise: [])
      return update
    }
  }

  @Test(arguments: ["td3", "sac", "dqn"])
  func `in its gradients, parameters and targets, and none of the usual mistakes'`(
    agent name: String
  ) throws {
    let update = try update(name)
    update.differentiate()
    let gradients = update.networks.map { (name: $0.name, parameters: $0.gradient) }
    #expect(try update.distance(update.reference.gradients, gradients) < 1e-5)
    #expect(update.reference.mistakes.count >= 4)
    for (mistake, wrong) in update.reference.mistakes {
      #expect(try update.distance(wrong, gradients) > 5e-4, "\(mistake)")
    }
    try update.agent.receive(gradient: 0, at: RunPosition(step: 500, of: 1_000))
    let parameters =
      update.networks.map { (name: $0.name, parameters: $0.parameters) }
      + update.targets.map { (name: "target.\($0.name)", parameters: $0.parameters) }
    #expect(try update.distance(update.reference.after, parameters) < 1e-5)
    // A schedule that counted updates would be at its beginning.
    #expect(try update.distance(update.reference.localSchedule, parameters) > 5e-4)
  }
}
