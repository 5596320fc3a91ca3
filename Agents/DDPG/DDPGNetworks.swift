import Differentiation
import GSL
import Networks

/// Actor and critic with their optimizers, and the target networks that follow them slowly.
final class DDPGNetworks {
  /// μ(s), through tanh within ±1.
  let actor: TrainedNetwork
  /// Q(s, a) of actions within ±1.
  let critic: TrainedNetwork
  /// μ'.
  let targetActor: ParameterSet<Float>
  /// Q'.
  let targetCritic: ParameterSet<Float>

  init(
    _ configuration: DDPGConfiguration, observationSize: Int, actionSize: Int
  ) throws(MemoryError) {
    func make(
      _ name: String, inputs: Int, outputs: Int, gain: Double
    ) throws(MemoryError) -> TrainedNetwork {
      var layout = ParameterLayout()
      let network = MLP(
        name,
        MLPConfiguration(
          inputSize: inputs, hiddenSizes: configuration.hiddenSizes, outputSize: outputs,
          activation: configuration.activation, outputGain: gain), in: &layout)
      return try TrainedNetwork(
        name, network, layout, .adam(beta2: configuration.adamBeta2),
        hiddenSizes: configuration.hiddenSizes)
    }
    actor = try make(
      "actor", inputs: observationSize, outputs: actionSize, gain: configuration.policyOutputGain)
    critic = try make("critic", inputs: observationSize + actionSize, outputs: 1, gain: 1)
    targetActor = ParameterSet(actor.parameters.layout)
    targetCritic = ParameterSet(critic.parameters.layout)
  }

  /// The trained networks.
  var trained: [TrainedNetwork] { [actor, critic] }

  /// μ(s) compiled for a number of rows.
  func policy(rows: Int) throws(ProgramError) -> CompiledNetwork {
    try CompiledNetwork(actor.network, actor.parameters, rows: rows) { $0.tanh() }
  }

  /// Each trained network beside the one that follows it.
  private var targets: [(network: TrainedNetwork, target: ParameterSet<Float>)] {
    [(actor, targetActor), (critic, targetCritic)]
  }

  func initialize(seed: UInt64) {
    for (lane, (network, target)) in targets.enumerated() {
      var stream = RandomStream(seed: seed, purpose: "initialization", lane: UInt64(lane))
      network.network.initialize(network.parameters, from: &stream)
      target.copy(from: network.parameters)
    }
  }

  /// Polyak averaging: θ' ← θ' + τ (θ − θ').
  func moveTargets(rate: Double) {
    for (network, target) in targets { target.move(towards: network.parameters, by: rate) }
  }

  func save(to checkpoint: inout SafetensorsFile) {
    for (network, target) in targets {
      checkpoint.tensors += network.parameters.safetensorsEntries()
      checkpoint.tensors += target.safetensorsEntries(prefix: "target.")
      checkpoint.tensors += network.optimizer.safetensorsEntries(
        prefix: "optimizer.\(network.name).")
    }
  }

  func restore(from checkpoint: SafetensorsFile) throws {
    for (network, target) in targets {
      try network.parameters.restore(from: checkpoint)
      try target.restore(from: checkpoint, prefix: "target.")
      try network.optimizer.restore(from: checkpoint, prefix: "optimizer.\(network.name).")
    }
  }
}
