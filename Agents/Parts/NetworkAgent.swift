import Networks
import ReinforcementLearning

/// An agent whose trained parameters are those of some networks.
public protocol NetworkAgent: Agent {
  /// Those that are trained, always in the same order.
  var networks: [TrainedNetwork] { get }
}

extension NetworkAgent {
  /// Those of the networks.
  public var parameters: [ParameterSet<Float>] { networks.map(\.parameters) }

  /// The norms of the last gradients, `policy_gradient_norm` and so on.
  public var metrics: [(name: String, value: Double?)] { gradientNorms }

  /// The norm of each network's last gradient.
  public var gradientNorms: [(name: String, value: Double?)] {
    networks.map { ("\($0.name)_gradient_norm", $0.norm) }
  }

  /// Makes sure that the gradients of a pass are finite, before any parameter moves.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let gradients = shards[0].gradients(of: pass)
    for network in networks where gradients.contains(where: { $0 === network.gradient }) {
      try network.measureGradient()
    }
  }

  /// Adds the networks with their optimizers, which is all where there is nothing else to keep.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    for network in networks { network.save(to: &checkpoint) }
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    for network in networks { try network.restore(from: checkpoint) }
  }
}
