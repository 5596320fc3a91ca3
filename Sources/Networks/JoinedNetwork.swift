import Differentiation
import GSL

/// A multilayer perceptron with one output and several inputs side by side.
///
/// Its first layer is a sum of one product per input, so that an input with few rows is multiplied
/// once and not once for each block of rows that another input has.
public struct JoinedNetwork: Network {
  /// Weights and biases from input to output.
  public let parameters: [ParameterEntry]
  private let inputWeights: [String]
  private let inputSizes: [Int]
  private let firstBias: String
  private let rest: [Linear]
  private let activation: Activation

  /// Describes a network and adds its parameters to a layout.
  ///
  /// - Parameters:
  ///   - name: unique in the layout.
  ///   - inputs: the sizes of the inputs, by name.
  ///   - hiddenSizes: units of the hidden layers, at least one layer.
  ///   - activation: of the hidden layers.
  ///   - layout: takes the parameters.
  public init(
    _ name: String, inputs: [(name: String, size: Int)], hiddenSizes: [Int],
    activation: Activation, in layout: inout ParameterLayout
  ) {
    insist(
      !inputs.isEmpty && !hiddenSizes.isEmpty,
      "A joined network needs inputs and a hidden layer, but has \(inputs.count) inputs and hidden "
        + "sizes \(hiddenSizes).")
    let units = hiddenSizes[0]
    let first = layout.views.count
    inputSizes = inputs.map(\.size)
    inputWeights = inputs.map { layout.add("\(name).0.\($0.name)", [$0.size, units]).name }
    firstBias = layout.add("\(name).0.bias", [units]).name
    var layers: [Linear] = []
    let sizes = hiddenSizes + [1]
    for index in 1..<sizes.count {
      layers.append(
        Linear(
          "\(name).\(index)", inputSize: sizes[index - 1], outputSize: sizes[index],
          weightInitializer: .glorotUniform(gain: 1), in: &layout))
    }
    rest = layers
    parameters = layout.views[first...].map { ParameterEntry($0.name, $0.shape) }
    self.activation = activation
  }

  /// The sizes of all inputs together.
  public var inputShape: [Int] { [inputSizes.reduce(0, +)] }

  /// A single number.
  public var outputShape: [Int] { [] }

  /// Draws the parameters anew, as TensorFlow's dense layers begin.
  public func initialize<Scalar>(
    _ parameters: ParameterSet<Scalar>, from stream: inout RandomStream
  ) {
    for weight in inputWeights {
      parameters.initialize(weight, with: .glorotUniform(gain: 1), from: &stream)
    }
    for layer in rest { layer.initialize(parameters, from: &stream) }
  }

  /// The network's value.
  ///
  /// - Parameters:
  ///   - inputs: in the order of the initializer, each of B or K·B rows, or all of them in one
  ///     tensor side by side.
  ///   - parameters: the tensors of the layout.
  /// - Returns: `[K·B]`.
  public func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor {
    let inputs = inputs.count == 1 ? separated(inputs[0]) : inputs
    insist(
      inputs.count == inputSizes.count,
      "The network has \(inputSizes.count) inputs but got \(inputs.count).")
    let products = zip(inputs, inputWeights).map { $0.matrixProduct(parameters[$1]) }
    let rows = products.map { $0.shape[0] }
    let (most, least) = (rows.max() ?? 1, rows.min() ?? 1)
    let units = products[0].shape[1]
    // What few rows give is added up first, then to each block.
    let narrow = zip(products, rows).filter { $1 == least }.map(\.0)
    var sum = narrow.dropFirst().reduce(narrow[0]) { $0 + $1 } + parameters[firstBias]
    for (product, count) in zip(products, rows) where count > least {
      sum = sum + product.reshaped([most / least, least, units])
    }
    var x = activation(sum.reshaped([most, units]))
    for layer in rest.dropLast() { x = activation(layer(x, parameters: parameters)) }
    if let last = rest.last { x = last(x, parameters: parameters) }
    return x.reshaped([most])
  }

  /// The inputs that stand side by side in one tensor.
  private func separated(_ whole: Tensor) -> [Tensor] {
    guard inputSizes.count > 1 else { return [whole] }
    var start = 0
    return inputSizes.map { size in
      defer { start += size }
      return whole.slice(axis: 1, start..<start + size)
    }
  }
}
