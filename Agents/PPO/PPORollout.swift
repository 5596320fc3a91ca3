import Differentiation
import Networks
import ReinforcementLearning

/// The networks of PPO, each with parameters, gradient and optimizer of its own.
struct PPONetworks {
  let policy: TrainedNetwork
  let value: TrainedNetwork
  /// That makes features of observations for both; nil where each sees the observations.
  let torso: TrainedNetwork?

  /// - Parameters:
  ///   - configuration: the settings.
  ///   - model: of the policy.
  ///   - seed: the run's.
  /// - Throws: `MemoryError` where there is not enough of it to train them.
  init(
    _ configuration: PPOConfiguration, _ model: PolicyModel, seed: UInt64
  ) throws(MemoryError) {
    policy = try model.network(
      outputGain: configuration.policyOutputGain,
      initialLogDeviation: configuration.initialLogDeviation, optimizer: configuration.optimizer,
      seed: seed)
    value = try model.valueNetwork(optimizer: configuration.optimizer, seed: seed)
    torso = try model.torso(optimizer: configuration.optimizer, seed: seed)
  }

  var all: [TrainedNetwork] { [policy, value] + [torso].compactMap { $0 } }
}

/// The rollout of a shard of PPO: rows as they were acted on, and what V makes of them.
///
/// Shapes: R = T·N rows, row t·N + n being step t of lane n.
final class PPORollout {
  let program: Program<Float>
  let experience: Experience
  private let advantages: StepAdvantages

  /// The column of what has a log-probability: the action itself, but for squashed ones.
  static func scored(_ model: PolicyModel) -> ColumnName {
    model.isSquashed && model.kind == .gaussian ? "unsquashed_action" : .action
  }

  /// - Parameters:
  ///   - lanes: N, that act.
  ///   - networks: policy and V.
  ///   - model: of the policy.
  ///   - configuration: the settings.
  /// - Throws: `ProgramError` where there is too little memory.
  init(
    _ lanes: Lanes, _ networks: PPONetworks, _ model: PolicyModel,
    _ configuration: PPOConfiguration
  ) throws(ProgramError) {
    let rows = configuration.rolloutSteps * lanes.count
    let table = ExperienceGraph(rows: rows, lanes: lanes.count)
    let x = table.input(
      .observation, width: lanes.observationSize, isBytes: model.observations.isBytes)
    let mask = model.maskSize(hasMask: lanes.environment.hasActionMask).map {
      table.input(.mask, width: $0)
    }
    let noise = table.input(.noise, width: lanes.actions.noiseSize)
    let seen = networks.torso.map { $0(x, parameters: table.parameters($0.parameters)) } ?? x
    let theta = table.parameters(networks.policy.parameters)
    let policy = model.distribution(
      outputs: networks.policy(seen, parameters: theta), parameters: theta, mask: mask)
    let drawn = policy.drawn(noise: noise)
    let scored = Self.scored(model)
    let value = networks.value(seen, parameters: table.parameters(networks.value.parameters))
    program = try table.compile([
      ProgramStage(
        rowInputs: [x, noise] + [mask].compactMap { $0 },
        outputs: [table.output(.action, policy.action(ofDrawn: drawn))]
          + (scored == .action ? [] : [table.output(scored, drawn)])
          + [table.output(.logProbability, policy.logProbability(ofDrawn: drawn))]),
      ProgramStage(outputs: [table.output(.value, value.reshaped([rows]), isComputed: true)]),
    ])
    experience = table.experience
    experience.add(.advantage, isComputed: true)
    experience.add(.valueTarget, isComputed: true)
    advantages = try StepAdvantages(
      experience, of: lanes, value: networks.value, discount: configuration.discount,
      lambda: configuration.gaeLambda, on: networks.torso)
  }

  /// Computes advantages, and what V is to become.
  func writeAdvantages() {
    program.run(stage: 1)
    advantages.write(into: experience[.advantage], values: experience[.value])
    let rows = 0..<experience.count
    let (advantage, value, target) = (
      experience[.advantage].elements(rows), experience[.value].elements(rows),
      experience[.valueTarget].elements(rows)
    )
    for row in rows { target[row] = advantage[row] + value[row] }
  }
}
