import Differentiation
import GSL
import Networks

/// Actor and critic with their optimizers, and the target networks that follow them slowly.
final class DDPGNetworks {
  /// μ(s), through tanh within ±1.
  let actor: TrainedNetwork
  /// Q(s, a) of actions within ±1.
  let critic: TrainedNetwork
  /// μ' and Q'.
  let targets: TargetNetworks
  /// μ'.
  var targetActor: ParameterSet<Float> { targets.parameters[0] }
  /// Q'.
  var targetCritic: ParameterSet<Float> { targets.parameters[1] }

  init(
    _ configuration: DDPGConfiguration, observationSize: Int, actionSize: Int
  ) throws(MemoryError) {
    actor = try configuration.network(
      "actor", inputs: observationSize, outputs: actionSize, gain: configuration.policyOutputGain)
    critic = try configuration.network("critic", inputs: observationSize + actionSize, outputs: 1)
    targets = TargetNetworks(of: [actor, critic])
  }

  /// The trained networks.
  var trained: [TrainedNetwork] { [actor, critic] }

  func initialize(seed: UInt64) {
    trained.initialize(seed: seed)
    targets.copy()
  }
}
