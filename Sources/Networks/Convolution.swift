import Differentiation
import GSL

/// A layer that multiplies each window of an image by one weight matrix and adds a bias.
///
/// It owns no numbers: it knows the names of its parameters in a layout.
public struct Convolution: Sendable, Hashable {
  /// The parameter `[height, width, inputs, outputs]` of the window.
  public let weight: String
  /// The parameter `[outputs]`.
  public let bias: String
  /// The windows that are taken.
  public let windows: Windows
  /// How the weight begins; the bias begins at zero.
  public let weightInitializer: Initializer

  /// Describes a layer and adds its parameters, `name.weight` and `name.bias`, to a layout.
  ///
  /// - Parameters:
  ///   - name: unique in the layout, such as `policy.convolution.0`.
  ///   - windows: which are taken.
  ///   - inputs: numbers of a pixel, at least 1.
  ///   - outputs: numbers for each window, at least 1.
  ///   - weightInitializer: how the weight begins.
  ///   - layout: takes the parameters, the weight first.
  public init(
    _ name: String, _ windows: Windows, inputs: Int, outputs: Int, weightInitializer: Initializer,
    in layout: inout ParameterLayout
  ) {
    weight = layout.add("\(name).weight", [windows.height, windows.width, inputs, outputs]).name
    bias = layout.add("\(name).bias", [outputs]).name
    self.windows = windows
    self.weightInitializer = weightInitializer
  }

  /// Draws the layer's parameters anew.
  public func initialize<Scalar>(
    _ parameters: ParameterSet<Scalar>, from stream: inout RandomStream
  ) {
    parameters.initialize(weight, with: weightInitializer, from: &stream)
    parameters.initialize(bias, with: .zeros, from: &stream)
  }

  /// What the layer makes of images.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, inputs]`.
  ///   - parameters: the tensors of the layout.
  ///   - activation: what follows.
  /// - Returns: `[B, H′, W′, outputs]`.
  public func callAsFunction(
    _ images: Tensor, parameters: ParameterTensors, activation: Activation
  ) -> Tensor {
    let taken = images.windows(windows)
    let (weight, size) = (parameters[weight], taken.shape[3] * taken.shape[4])
    let outputs = weight.shape[3]
    let product = taken.reshaped([taken.shape.count / size, size])
      .matrixProduct(weight.reshaped([size, outputs]))
    // Before the shape changes, so that the product's kernel does it.
    return activation(product + parameters[bias])
      .reshaped([images.shape[0], taken.shape[1], taken.shape[2], outputs])
  }
}
