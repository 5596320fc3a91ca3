import Differentiation
import Networks

/// Q with its optimizer, and the target network that follows it.
///
/// Shapes: D observation, A choices.
struct DQNNetworks {
  /// Q(s, ·), from D numbers to A.
  let value: TrainedNetwork
  /// Q'.
  let targets: TargetNetworks

  init(
    _ configuration: DQNConfiguration, _ observations: ObservationModel, choices: Int
  ) throws(MemoryError) {
    var layout = ParameterLayout()
    let network = observations.network("value", outputs: choices, in: &layout)
    value = try TrainedNetwork(
      "value", network, layout, .adam(beta2: configuration.adamBeta2),
      hiddenSizes: configuration.hiddenSizes)
    targets = TargetNetworks(of: [value])
  }

  /// The number of the most valuable action of each row, among those that are allowed.
  ///
  /// - Parameters:
  ///   - values: `[B, A]`.
  ///   - masks: `[B, A]`, or nil where all are allowed.
  /// - Returns: `[B]`.
  static func best(_ values: Tensor, allowing masks: Tensor?) -> Tensor {
    guard let masks else { return values.argMax() }
    // Below any value in single precision.
    return masks.select(values, otherwise: values.graph.constant(-1e38)).argMax()
  }
}
