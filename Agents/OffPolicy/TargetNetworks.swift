import Networks
import ReinforcementLearning

/// Networks that follow trained ones slowly, so that what is learned towards does not run away.
///
/// Mnih et al. (2015) copy from time to time; Lillicrap et al. (2016) move all the time.
final class TargetNetworks {
  /// θ' of each.
  let parameters: [ParameterSet<Float>]
  private let networks: [TrainedNetwork]

  /// Targets of networks, to be copied once those have their parameters.
  init(of networks: [TrainedNetwork]) {
    self.networks = networks
    parameters = networks.map { ParameterSet($0.parameters.layout) }
  }

  /// Makes the targets what the networks are.
  func copy() {
    for (network, target) in zip(networks, parameters) { target.copy(from: network.parameters) }
  }

  /// Polyak averaging: θ' ← θ' + τ (θ − θ'); a copy for a τ of 1.
  func move(by rate: Double) {
    if rate == 1 { return copy() }
    for (network, target) in zip(networks, parameters) {
      target.move(towards: network.parameters, by: rate)
    }
  }

  func save(to checkpoint: inout SafetensorsFile) {
    for target in parameters {
      checkpoint.tensors += target.safetensorsEntries(prefix: "target.")
    }
  }

  func restore(from checkpoint: SafetensorsFile) throws {
    for target in parameters { try target.restore(from: checkpoint, prefix: "target.") }
  }
}
