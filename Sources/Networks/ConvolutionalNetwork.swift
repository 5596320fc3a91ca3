import Differentiation
import GSL

/// A network of an image, and of other inputs beside it: a torso that finds features, and a head on them.
///
/// ```swift
/// let torso = ConvolutionalTorso("policy", configuration, in: &layout)
/// let head = MLP("policy", MLPConfiguration(inputSize: torso.featureCount, hiddenSizes: [], outputSize: 3), in: &layout)
/// let network: any Network = ConvolutionalNetwork(torso, head)
/// ```
public struct ConvolutionalNetwork: Network {
  /// From the image to features.
  public let torso: ConvolutionalTorso
  /// From the features, and what stands beside them, to the outputs.
  public let head: any Network

  /// A network of two parts, whose parameters are in one layout.
  ///
  /// - Parameters:
  ///   - torso: from the image to features.
  ///   - head: of one row of numbers, the features first.
  public init(_ torso: ConvolutionalTorso, _ head: any Network) {
    insist(
      head.inputShape.count == 1 && head.inputShape[0] >= torso.featureCount,
      "A head of the inputs \(head.inputShape) cannot stand on \(torso.featureCount) features.")
    self.torso = torso
    self.head = head
  }

  /// Numbers of the inputs beside the image.
  private var others: Int { head.inputShape[0] - torso.featureCount }

  /// `[H, W, C]`, or the number of all inputs side by side where there are others.
  public var inputShape: [Int] {
    others == 0 ? torso.inputShape : [torso.inputShape.reduce(1, *) + others]
  }

  /// That of the head.
  public var outputShape: [Int] { head.outputShape }

  /// Those of the torso, then those of the head.
  public var parameters: [ParameterEntry] { torso.parameters + head.parameters }

  /// Draws all parameters of the network anew, from input to output.
  public func initialize<Scalar>(
    _ parameters: ParameterSet<Scalar>, from stream: inout RandomStream
  ) {
    torso.initialize(parameters, from: &stream)
    head.initialize(parameters, from: &stream)
  }

  /// The outputs for images `[B, H · W · C]`, and other inputs of B or K·B rows behind them.
  public func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor {
    let size = torso.inputShape.reduce(1, *)
    if inputs.count == 1, others > 0 {
      let whole = inputs[0]
      return self(
        [whole.slice(axis: 1, 0..<size), whole.slice(axis: 1, size..<size + others)],
        parameters: parameters)
    }
    return head(
      [torso([inputs[0]], parameters: parameters)] + inputs.dropFirst(), parameters: parameters)
  }
}
