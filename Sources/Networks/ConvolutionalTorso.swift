import Differentiation
import GSL

/// Convolutions and layers of units behind them: from an image to features.
///
/// Its parameters are `name.convolution.0.weight`, `name.convolution.0.bias` and so on, then
/// `name.dense.0.weight` and so on.
public struct ConvolutionalTorso: Network {
  /// The sizes and the start.
  public let configuration: ConvolutionalConfiguration
  /// Weights and biases from the image to the features.
  public let parameters: [ParameterEntry]
  private let convolutions: [Convolution]
  private let dense: [Linear]

  /// Describes a network and adds its parameters to a layout.
  ///
  /// - Parameters:
  ///   - name: unique in the layout.
  ///   - configuration: valid settings; see ``ConvolutionalConfiguration/shapes()``.
  ///   - layout: takes the parameters.
  public init(
    _ name: String, _ configuration: ConvolutionalConfiguration, in layout: inout ParameterLayout
  ) {
    let shapes: [[Int]]
    do { shapes = try configuration.shapes() } catch { fatalError(error.description) }
    insist(
      !configuration.layers.isEmpty && !configuration.hiddenSizes.isEmpty,
      "A convolutional network needs a convolution and a layer behind it, but has "
        + "\(configuration.layers.count) and the sizes \(configuration.hiddenSizes).")
    let first = layout.views.count
    let start = Initializer.orthogonal(gain: configuration.gain)
    var convolutions: [Convolution] = []
    for (index, layer) in configuration.layers.enumerated() {
      convolutions.append(
        Convolution(
          "\(name).convolution.\(index)", layer.windows, inputs: shapes[index][2],
          outputs: layer.channels, weightInitializer: start, in: &layout))
    }
    let sizes = [shapes[shapes.count - 1].reduce(1, *)] + configuration.hiddenSizes
    var dense: [Linear] = []
    for index in configuration.hiddenSizes.indices {
      dense.append(
        Linear(
          "\(name).dense.\(index)", inputSize: sizes[index], outputSize: sizes[index + 1],
          weightInitializer: start, in: &layout))
    }
    self.configuration = configuration
    self.convolutions = convolutions
    self.dense = dense
    parameters = layout.views[first...].map { ParameterEntry($0.name, $0.shape) }
  }

  /// `[H, W, C]`.
  public var inputShape: [Int] { configuration.imageShape }

  /// `[features]`.
  public var outputShape: [Int] { [featureCount] }

  /// How many features there are.
  public var featureCount: Int { configuration.hiddenSizes[configuration.hiddenSizes.count - 1] }

  /// Draws all parameters of the network anew, from input to output.
  public func initialize<Scalar>(
    _ parameters: ParameterSet<Scalar>, from stream: inout RandomStream
  ) {
    for layer in convolutions { layer.initialize(parameters, from: &stream) }
    for layer in dense { layer.initialize(parameters, from: &stream) }
  }

  /// The features `[B, features]` of images `[B, H · W · C]`, or `[B, H, W, C]`.
  public func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor {
    let (rows, shape) = (inputs[0].shape[0], configuration.imageShape)
    insist(
      inputs.count == 1 && inputs[0].shape.count == rows * shape.reduce(1, *),
      "The network was made for images \(shape) but got \(inputs.map(\.shape)).")
    var x = inputs[0]
    if configuration.scale != 1 { x = x * configuration.scale }
    x = x.reshaped([rows, shape[0], shape[1], shape[2]])
    for layer in convolutions {
      x = layer(x, parameters: parameters, activation: configuration.activation)
    }
    x = x.reshaped([rows, x.shape.count / rows])
    for layer in dense { x = configuration.activation(layer(x, parameters: parameters)) }
    return x
  }
}
