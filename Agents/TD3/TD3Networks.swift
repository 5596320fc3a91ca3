import Differentiation
import Networks

/// Actor and critics with their optimizers, and the target networks that follow them slowly.
struct TD3Networks {
  /// μ(s), through tanh within ±1.
  let actor: TrainedNetwork
  /// Q₁(s, a) and Q₂(s, a) of actions within ±1.
  let critics: TwinCritics
  /// μ', Q₁' and Q₂'.
  let targets: TargetNetworks

  init(
    _ configuration: TD3Configuration, observationSize: Int, actionSize: Int
  ) throws(MemoryError) {
    actor = try configuration.network(
      "actor", inputs: observationSize, outputs: actionSize, gain: configuration.policyOutputGain)
    critics = try TwinCritics(
      configuration, observationSize: observationSize, actionSize: actionSize)
    targets = TargetNetworks(of: [actor] + critics.networks)
  }

  /// The trained networks.
  var trained: [TrainedNetwork] { [actor] + critics.networks }
}
