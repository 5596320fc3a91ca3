import Differentiation
import GSL
import Networks

/// A network plus a linear map of the same inputs, which begins at zero.
///
/// What is additive in the inputs is learned by the linear part at once, and the network is left with how
/// they interact.
struct LinearSum: Network {
  private let network: MLP
  private let linear: Linear

  /// - Parameters:
  ///   - network: whose parameters are in the layout.
  ///   - name: of the linear map, unique in the layout.
  ///   - layout: takes the linear map's parameters.
  init(_ network: MLP, _ name: String, in layout: inout ParameterLayout) {
    self.network = network
    linear = Linear(
      name, inputSize: network.configuration.inputSize,
      outputSize: network.configuration.outputSize, weightInitializer: .zeros, in: &layout)
  }

  var inputShape: [Int] { network.inputShape }
  var outputShape: [Int] { network.outputShape }

  var parameters: [ParameterEntry] {
    let (inputs, outputs) = (network.configuration.inputSize, network.configuration.outputSize)
    return [
      ParameterEntry(linear.weight, [inputs, outputs]), ParameterEntry(linear.bias, [outputs]),
    ] + network.parameters
  }

  func initialize<Scalar>(_ parameters: ParameterSet<Scalar>, from stream: inout RandomStream) {
    network.initialize(parameters, from: &stream)
    linear.initialize(parameters, from: &stream)
  }

  func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor {
    let joined = inputs.sideBySide
    return network(joined, parameters: parameters) + linear(joined, parameters: parameters)
  }
}
