import Differentiation
import GSL

/// A multilayer perceptron: linear layers with an activation between each two.
///
/// It owns no numbers: it knows the names of its parameters in a layout, `name.0.weight`,
/// `name.0.bias`, `name.1.weight` and so on, from input to output.
public struct MLP: Network, Hashable {
  /// The sizes and the start.
  public let configuration: MLPConfiguration
  /// The linear layers from input to output.
  public let layers: [Linear]

  /// Describes a network and adds its parameters to a layout.
  ///
  /// - Parameters:
  ///   - name: unique in the layout, such as `policy`.
  ///   - configuration: valid settings; see ``MLPConfiguration/validate()``.
  ///   - layout: takes the parameters.
  public init(_ name: String, _ configuration: MLPConfiguration, in layout: inout ParameterLayout) {
    do { try configuration.validate() } catch { fatalError(error.description) }
    self.configuration = configuration
    let sizes = configuration.sizes
    layers = (0..<sizes.count - 1).map { index in
      let isOutput = index == sizes.count - 2
      return Linear(
        "\(name).\(index)", inputSize: sizes[index], outputSize: sizes[index + 1],
        weightInitializer: .orthogonal(
          gain: isOutput ? configuration.outputGain : configuration.hiddenGain),
        in: &layout)
    }
  }

  /// `[inputs]`.
  public var inputShape: [Int] { [configuration.inputSize] }

  /// `[outputs]`.
  public var outputShape: [Int] { [configuration.outputSize] }

  /// Weight and bias of each layer.
  public var parameters: [ParameterEntry] {
    let sizes = configuration.sizes
    return layers.enumerated().flatMap { index, layer in
      [
        ParameterEntry(layer.weight, [sizes[index], sizes[index + 1]]),
        ParameterEntry(layer.bias, [sizes[index + 1]]),
      ]
    }
  }

  /// Draws all parameters of the network anew, from input to output.
  public func initialize<Scalar>(
    _ parameters: ParameterSet<Scalar>, from stream: inout RandomStream
  ) {
    for layer in layers { layer.initialize(parameters, from: &stream) }
  }

  /// The outputs `[B, outputs]` for inputs `[B, …]`, or fewer rows, that have `inputs` columns together.
  public func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor {
    var x = inputs.sideBySide
    for layer in layers.dropLast() {
      x = configuration.activation(layer(x, parameters: parameters))
    }
    return layers.last.map { $0(x, parameters: parameters) } ?? x
  }
}
