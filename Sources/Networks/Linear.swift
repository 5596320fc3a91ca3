import Differentiation
import GSL

/// A layer that multiplies by a weight matrix and adds a bias.
///
/// It owns no numbers: it knows the names of its parameters in a layout.
public struct Linear: Sendable, Hashable {
  /// The parameter `[inputs, outputs]`.
  public let weight: String
  /// The parameter `[outputs]`.
  public let bias: String
  /// How the weight begins; the bias begins at zero.
  public let weightInitializer: Initializer

  /// Describes a layer and adds its parameters, `name.weight` and `name.bias`, to a layout.
  ///
  /// - Parameters:
  ///   - name: unique in the layout, such as `policy.0`.
  ///   - inputSize: the number of inputs, at least 1.
  ///   - outputSize: the number of outputs, at least 1.
  ///   - weightInitializer: how the weight begins.
  ///   - layout: takes the parameters, the weight first.
  public init(
    _ name: String, inputSize: Int, outputSize: Int, weightInitializer: Initializer,
    in layout: inout ParameterLayout
  ) {
    weight = layout.add("\(name).weight", [inputSize, outputSize]).name
    bias = layout.add("\(name).bias", [outputSize]).name
    self.weightInitializer = weightInitializer
  }

  /// Draws the layer's parameters anew.
  public func initialize<Scalar>(
    _ parameters: ParameterSet<Scalar>, from stream: inout RandomStream
  ) {
    parameters.initialize(weight, with: weightInitializer, from: &stream)
    parameters.initialize(bias, with: .zeros, from: &stream)
  }

  /// The outputs `[B, outputs]` for the inputs `[B, inputs]`.
  public func callAsFunction(_ x: Tensor, parameters: ParameterTensors) -> Tensor {
    x.matrixProduct(parameters[weight]) + parameters[bias]
  }
}
