import Differentiation
import GSL

/// A function with parameters, whatever is inside: layers of units, windows of an image, several inputs.
///
/// It owns no numbers: it has added its parameters to a layout, by name, and finds them there again.
/// Whoever holds a network through this protocol can have another kind of it.
///
/// ```swift
/// var layout = ParameterLayout()
/// let network: any Network = MLP("policy", configuration, in: &layout)
/// let parameters = ParameterSet<Float>(layout)
/// network.initialize(parameters, from: &stream)
/// let outputs = network(observations, parameters: ParameterTensors(layout, inputsOf: graph))
/// ```
public protocol Network: Sendable {
  /// The extents of one row of input, all inputs side by side.
  var inputShape: [Int] { get }

  /// The extents of one row of output; empty for a single number.
  var outputShape: [Int] { get }

  /// What it has added to its layout, from input to output, the bias of the output last.
  var parameters: [ParameterEntry] { get }

  /// Draws all parameters of the network anew, from input to output.
  func initialize<Scalar>(_ parameters: ParameterSet<Scalar>, from stream: inout RandomStream)

  /// The outputs for some rows.
  ///
  /// - Parameters:
  ///   - inputs: `[B] + ` parts of `inputShape` that make it up side by side, in order. The rows of one with
  ///     fewer than the others serve each block of so many rows.
  ///   - parameters: the tensors of the layout.
  /// - Returns: `[B] + outputShape`.
  func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor
}

extension Network {
  /// The outputs `[B] + outputShape` for the inputs `[B] + inputShape`.
  public func callAsFunction(_ x: Tensor, parameters: ParameterTensors) -> Tensor {
    self([x], parameters: parameters)
  }
}

extension [Tensor] {
  /// Inputs of a network side by side, `[B, …]` each; one with fewer rows is repeated.
  public var sideBySide: Tensor {
    if count == 1 { return self[0] }
    let rows = map { $0.shape[0] }.max() ?? 0
    return Tensor.concatenate(
      map { Tensor.concatenate([Tensor](repeating: $0, count: rows / $0.shape[0]), axis: 0) },
      axis: 1)
  }
}
