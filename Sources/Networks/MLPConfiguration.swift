/// The sizes and the start of a multilayer perceptron.
public struct MLPConfiguration: Sendable, Hashable, Codable {
  /// The number of inputs.
  public var inputSize: Int
  /// The number of units of each hidden layer; none makes a linear map.
  public var hiddenSizes: [Int]
  /// The number of outputs.
  public var outputSize: Int
  /// What follows each hidden layer; nothing follows the output.
  public var activation: Activation
  /// The gain of the orthogonal hidden weights.
  public var hiddenGain: Double
  /// The gain of the orthogonal output weight.
  public var outputGain: Double

  /// Describes a network.
  ///
  /// - Parameters:
  ///   - inputSize: the number of inputs, at least 1.
  ///   - hiddenSizes: the number of units of each hidden layer, each at least 1.
  ///   - outputSize: the number of outputs, at least 1.
  ///   - activation: what follows each hidden layer.
  ///   - hiddenGain: the gain of the hidden weights. √2 keeps the scale of what passes through a
  ///     ReLU (He et al., 2015), and is what actor-critic implementations use for tanh too
  ///     (Andrychowicz et al., 2021).
  ///   - outputGain: the gain of the output weight. Policies start well at 0.01, where all actions
  ///     are about equally likely (the same study).
  public init(
    inputSize: Int, hiddenSizes: [Int], outputSize: Int, activation: Activation = .tanh,
    hiddenGain: Double = 2.0.squareRoot(), outputGain: Double = 1
  ) {
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.outputSize = outputSize
    self.activation = activation
    self.hiddenGain = hiddenGain
    self.outputGain = outputGain
  }

  /// The number of inputs, of the units of each hidden layer and of outputs.
  public var sizes: [Int] { [inputSize] + hiddenSizes + [outputSize] }

  /// Checks that the network can be built.
  ///
  /// - Throws: ``MLPConfigurationError`` for the first setting that is out of its range.
  public func validate() throws(MLPConfigurationError) {
    for size in sizes where size < 1 { throw .sizeNotPositive(size, sizes: sizes) }
    for (name, gain) in [("hidden", hiddenGain), ("output", outputGain)] where !gain.isFinite {
      throw .gainNotFinite(name: name, value: gain)
    }
  }
}

/// Which setting of a network is out of its range.
public enum MLPConfigurationError: Error, Hashable, CustomStringConvertible {
  /// A layer has less than one unit.
  case sizeNotPositive(Int, sizes: [Int])
  /// A gain is NaN or infinite.
  case gainNotFinite(name: String, value: Double)

  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .sizeNotPositive(let size, let sizes):
      "Every layer needs at least 1 unit but one of \(sizes) has \(size). Most tasks here use 64."
    case .gainNotFinite(let name, let value):
      "The \(name) gain must be finite but is \(value). Most tasks here use √2 and 0.01 to 1."
    }
  }
}
