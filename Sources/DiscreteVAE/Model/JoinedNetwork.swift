import Differentiation
import GSL
import Networks

/// A multilayer perceptron with one output and several inputs side by side.
///
/// Its first layer is a sum of one product per input, so that an input with few rows is multiplied
/// once and not once for each block of rows that another input has.
struct JoinedNetwork: Sendable {
  private let inputWeights: [String]
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
  init(
    _ name: String, inputs: [(name: String, size: Int)], hiddenSizes: [Int],
    activation: Activation, in layout: inout ParameterLayout
  ) {
    let units = hiddenSizes[0]
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
    self.activation = activation
  }

  /// Draws the parameters anew, as TensorFlow's dense layers begin (the authors' code).
  func initialize<Scalar>(_ parameters: ParameterSet<Scalar>, from stream: inout RandomStream) {
    for weight in inputWeights {
      parameters.initialize(weight, with: .glorotUniform(gain: 1), from: &stream)
    }
    for layer in rest { layer.initialize(parameters, from: &stream) }
  }

  /// The network's value.
  ///
  /// - Parameters:
  ///   - inputs: in the order of the initializer, each of B or K·B rows; the last has the most.
  ///   - parameters: the tensors of the layout.
  /// - Returns: `[K·B]`.
  func callAsFunction(_ inputs: [Tensor], parameters: ParameterTensors) -> Tensor {
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
}
