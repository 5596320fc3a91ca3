import Differentiation
import Networks
import ReinforcementLearning

/// What the networks of an agent see of a task: rows of numbers, or images.
struct ObservationModel: Sendable {
  /// D.
  let size: Int
  /// Units of the hidden layers.
  var hiddenSizes: [Int]
  /// What follows each layer but the last.
  let activation: Activation
  /// How observations are images; nil where they are rows of numbers.
  var images: ImageModel?

  /// Whether observations stay bytes up to the first layer.
  var isBytes: Bool { images?.isBytes ?? false }

  /// Whether all networks see the features of one torso.
  var sharesTorso: Bool { images?.settings.sharedTorso ?? false }

  /// Adds a network to a layout: on the observations, or on what a shared torso makes of them.
  ///
  /// - Parameters:
  ///   - name: unique in the layout.
  ///   - others: numbers that it sees beside them.
  ///   - outputs: how many it has.
  ///   - gain: of the last layer's weights.
  ///   - headSizes: units of the hidden layers behind the features of an image.
  ///   - layout: takes the parameters.
  ///   - makeHead: makes of a perceptron what takes its place.
  /// - Returns: the network.
  func network(
    _ name: String, besides others: Int = 0, outputs: Int, gain: Double = 1,
    headSizes: [Int] = [], in layout: inout ParameterLayout,
    makeHead: (MLP, inout ParameterLayout) -> any Network = { perceptron, _ in perceptron }
  ) -> any Network {
    let torso = images.flatMap { images in
      sharesTorso
        ? nil
        : ConvolutionalTorso(
          name, images.convolutions(hiddenSizes: hiddenSizes, activation: activation), in: &layout)
    }
    let features = images == nil ? size : hiddenSizes[hiddenSizes.count - 1]
    let perceptron = MLP(
      name,
      MLPConfiguration(
        inputSize: features + others, hiddenSizes: images == nil ? hiddenSizes : headSizes,
        outputSize: outputs, activation: activation, outputGain: gain), in: &layout)
    let head = makeHead(perceptron, &layout)
    return torso.map { ConvolutionalNetwork($0, head) } ?? head
  }

  /// The torso that all networks share, its parameters zeros; nil where they share none.
  ///
  /// - Parameter optimizer: what moves its parameters.
  /// - Returns: from images to features.
  /// - Throws: `MemoryError` where there is not enough of it to train it.
  func torso(_ optimizer: OptimizerConfiguration) throws(MemoryError) -> TrainedNetwork? {
    guard sharesTorso, let images else { return nil }
    var layout = ParameterLayout()
    let torso = ConvolutionalTorso(
      "torso", images.convolutions(hiddenSizes: hiddenSizes, activation: activation), in: &layout)
    return try TrainedNetwork("torso", torso, layout, optimizer, hiddenSizes: hiddenSizes)
  }
}

/// How observations are images, and which convolutions see them.
struct ImageModel: Sendable, Hashable {
  /// `[H, W, C]`.
  let shape: [Int]
  /// Whether they are bytes.
  let isBytes: Bool
  /// What they are multiplied with first.
  let scale: Double
  /// The convolutions.
  let settings: NetworkSettings

  /// Bytes that are 0 or 1 say whether something is there, and are not scaled.
  init(_ box: BoxSpace, _ settings: NetworkSettings) {
    shape = box.shape
    isBytes = box.elementType == .uint8
    scale = isBytes && box.upper.contains { $0 > 1 } ? 1 / 255 : 1
    self.settings = settings
  }

  /// The convolutions, and layers of units behind them.
  func convolutions(hiddenSizes: [Int], activation: Activation) -> ConvolutionalConfiguration {
    ConvolutionalConfiguration(
      imageShape: shape, scale: scale,
      layers: settings.channels.indices.map {
        .init(
          channels: settings.channels[$0], kernel: settings.kernels[$0],
          stride: settings.strides[$0])
      }, hiddenSizes: hiddenSizes, activation: activation)
  }
}
