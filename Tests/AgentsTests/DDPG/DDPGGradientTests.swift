import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What the learner computes, against the definition evaluated by hand in double precision.
struct DDPGGradientTests {
  private static let (batchSize, d, c, discount) = (6, 3, 2, 0.9)

  /// Networks with random parameters and a learner whose batch is random.
  private struct Setting {
    let networks: DDPGNetworks
    let learner: DDPGLearner

    init(seed: UInt64) throws {
      var configuration = DDPGConfiguration()
      configuration.hiddenSizes = [4, 5]
      configuration.activation = .tanh
      networks = try DDPGNetworks(configuration, observationSize: d, actionSize: c)
      let sets = networks.trained.map(\.parameters) + networks.targets.parameters
      for (index, set) in sets.enumerated() {
        set.fillRandomly(deviation: 0.6, seed: 10 * seed + UInt64(index))
      }
      learner = try DDPGLearner(networks, batchSize: batchSize, discount: discount)
      var stream = RandomStream(seed: seed, purpose: "batch")
      for index in 0..<batchSize {
        for k in 0..<d {
          learner.batch.observations[index * d + k] = Float(stream.gaussian())
          learner.batch.nextObservations[index * d + k] = Float(stream.gaussian())
        }
        for k in 0..<c { learner.batch.actions[index * c + k] = Float(stream.uniform(in: -1...1)) }
        learner.batch.rewards[index] = Float(stream.gaussian())
        learner.batch.continues[index] = index % 3 == 1 ? 0 : 1
      }
    }

    private func row(_ memory: ExperienceColumn<Float>, _ index: Int, _ size: Int) -> [Double] {
      (0..<size).map { Double(memory[index * size + $0]) }
    }

    /// The mean of (Q(s, a) − y)²; `termination` false is the mistake of going on after an end.
    func criticLoss(
      _ critic: ParameterSet<Float>, movingTargets: Bool = false, termination: Bool = true
    ) -> Double {
      let q = PlainNetwork(critic)
      let nextQ = movingTargets ? q : PlainNetwork(networks.targetCritic)
      let nextPolicy = PlainNetwork(networks.targetActor)
      return (0..<batchSize).reduce(0.0) { sum, index in
        let next = row(learner.batch.nextObservations, index, d)
        let goesOn = termination ? Double(learner.batch.continues[index]) : 1
        let target =
          Double(learner.batch.rewards[index]) + discount * goesOn
          * nextQ(next + nextPolicy(next).map { tanh($0) })[0]
        let input = row(learner.batch.observations, index, d) + row(learner.batch.actions, index, c)
        let error = q(input)[0] - target
        return sum + error * error / Double(batchSize)
      }
    }

    /// Minus the mean of Q(s, μ(s)).
    func actorLoss(_ actor: ParameterSet<Float>) -> Double {
      let (q, policy) = (PlainNetwork(networks.critic.parameters), PlainNetwork(actor))
      return (0..<batchSize).reduce(0.0) { sum, index in
        let state = row(learner.batch.observations, index, d)
        return sum - q(state + policy(state).map { tanh($0) })[0] / Double(batchSize)
      }
    }

    /// The largest difference between a gradient and central differences of a loss.
    func error(
      of gradient: ParameterSet<Float>, at parameters: ParameterSet<Float>,
      _ loss: (ParameterSet<Float>) -> Double
    ) -> Double {
      let moved = parameters.copy()
      return (0..<parameters.count).map { index in
        let ends = [Float(0.01), -0.01].map { step in
          moved.pointer[index] = parameters.pointer[index] + step
          return (at: Double(moved.pointer[index]), loss: loss(moved))
        }
        moved.pointer[index] = parameters.pointer[index]
        let slope = (ends[0].loss - ends[1].loss) / (ends[0].at - ends[1].at)
        return abs(slope - Double(gradient.pointer[index]))
      }.max() ?? 0
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `the critic's gradient is that of the squared error to a fixed target`(seed: UInt64) throws {
    let setting = try Setting(seed: seed)
    setting.learner.run(update: 0)
    let critic = setting.networks.critic
    #expect(abs(setting.learner.criticLoss - setting.criticLoss(critic.parameters)) < 1e-5)
    // Central differences of step 0.01 are wrong by about 1e-4 times the third derivative.
    let error = setting.error(of: critic.gradient, at: critic.parameters) { setting.criticLoss($0) }
    #expect(error < 2e-3)
    // Neither a target that moves with the critic nor one without ends would pass.
    let moving = setting.error(of: critic.gradient, at: critic.parameters) {
      setting.criticLoss($0, movingTargets: true)
    }
    let endless = setting.error(of: critic.gradient, at: critic.parameters) {
      setting.criticLoss($0, termination: false)
    }
    #expect(moving > 0.02 && endless > 0.02, "\(moving), \(endless)")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `the actor's gradient climbs the critic at the actor's own actions`(seed: UInt64) throws {
    let setting = try Setting(seed: seed)
    setting.learner.run(update: 0)
    let actor = setting.networks.actor
    #expect(abs(setting.learner.meanValue + setting.actorLoss(actor.parameters)) < 1e-5)
    let error = setting.error(of: actor.gradient, at: actor.parameters) { setting.actorLoss($0) }
    #expect(error < 2e-3)
    let downhill = setting.error(of: actor.gradient, at: actor.parameters) {
      -setting.actorLoss($0)
    }
    #expect(downhill > 0.02, "\(downhill)")
  }

  @Test func `target networks begin as copies and follow by the rate`() throws {
    let loop = try DDPGTraining.twoLevers { $0.targetRate = 0.25 }
    var file = SafetensorsFile()
    try loop.save(to: &file)
    func values(_ name: String) throws -> [Float] {
      try #require(file[name]).values(as: Float.self)
    }
    let names = loop.agent.parameters.flatMap(\.layout.names)
    for name in names { #expect(try values("target.\(name)") == values(name)) }
    var updates = 0
    while updates < 3 {
      let before = try names.map { try values("target.\($0)") }
      let parameters = try names.map(values)
      try loop.update(of: 1_000)
      file = SafetensorsFile()
      try loop.save(to: &file)
      guard try names.map(values) != parameters else { continue }
      updates += 1
      for (name, old) in zip(names, before) {
        let (goal, new) = (try values(name), try values("target.\(name)"))
        for index in old.indices {
          #expect(abs(new[index] - (old[index] + 0.25 * (goal[index] - old[index]))) < 1e-6)
        }
      }
    }
  }
}
