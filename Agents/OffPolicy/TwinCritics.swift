import Differentiation
import Networks

/// Two critics of state and action, of which the lower one is believed.
///
/// Fujimoto, van Hoof and Meger (2018): the maximum over actions finds what a critic takes for too good,
/// and two critics seldom err alike.
///
/// Shapes: B rows of a batch, D observation, C components of an action.
struct TwinCritics {
  /// Q₁ and Q₂.
  let networks: [TrainedNetwork]

  init(
    _ settings: some OffPolicySettings, observationSize: Int, actionSize: Int
  ) throws(MemoryError) {
    let inputs = observationSize + actionSize
    networks = [
      try settings.network("critic", inputs: inputs, outputs: 1),
      try settings.network("second_critic", inputs: inputs, outputs: 1),
    ]
  }

  /// Q of each.
  ///
  /// - Parameters:
  ///   - observations: `[B, D]`.
  ///   - actions: `[B, C]` within ±1.
  ///   - parameters: of each critic.
  /// - Returns: `[B]` of each.
  func values(
    _ observations: Tensor, _ actions: Tensor, _ parameters: [ParameterTensors]
  ) -> [Tensor] {
    zip(networks, parameters).map { network, parameters in
      network(observations, actions, parameters: parameters).reshaped([observations.shape[0]])
    }
  }

  /// The lower of both, `[B]`.
  func lowest(
    _ observations: Tensor, _ actions: Tensor, _ parameters: [ParameterTensors]
  ) -> Tensor {
    let values = values(observations, actions, parameters)
    return Tensor.minimum(values[0], values[1])
  }

  /// The mean of (Q₁ − y)² + (Q₂ − y)².
  static func loss(_ values: [Tensor], target: Tensor) -> Tensor {
    (values[0] - target).squared().mean() + (values[1] - target).squared().mean()
  }
}
