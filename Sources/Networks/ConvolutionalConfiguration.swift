import Differentiation

/// The sizes and the start of what turns images into features.
public struct ConvolutionalConfiguration: Sendable, Hashable {
  /// One convolution.
  public struct Layer: Sendable, Hashable {
    /// Numbers for each window.
    public var channels: Int
    /// The windows.
    public var windows: Windows

    /// A convolution with square windows.
    ///
    /// - Parameters:
    ///   - channels: numbers for each window, at least 1.
    ///   - kernel: rows and columns of a window, at least 1.
    ///   - stride: rows and columns from one window to the next, at least 1.
    public init(channels: Int, kernel: Int, stride: Int = 1) {
      self.channels = channels
      windows = Windows(side: kernel, stride: stride)
    }
  }

  /// `[H, W, C]`: rows, columns and the numbers of a pixel.
  public var imageShape: [Int]
  /// What the numbers are multiplied with first: 1/255 for bytes that say how bright something is.
  public var scale: Double
  /// The convolutions, at least one.
  public var layers: [Layer]
  /// Units of the layers behind the convolutions, at least one; the last one's are the features.
  public var hiddenSizes: [Int]
  /// What follows each layer.
  public var activation: Activation
  /// The gain of the orthogonal weights; √2 keeps the scale of what passes through a ReLU.
  public var gain: Double

  /// Describes convolutions with layers behind them.
  ///
  /// - Parameters:
  ///   - imageShape: `[H, W, C]`, each at least 1.
  ///   - scale: what the numbers are multiplied with first.
  ///   - layers: the convolutions, at least one.
  ///   - hiddenSizes: units of the layers behind them, at least one.
  ///   - activation: what follows each layer.
  ///   - gain: of the orthogonal weights.
  public init(
    imageShape: [Int], scale: Double = 1, layers: [Layer], hiddenSizes: [Int],
    activation: Activation = .relu, gain: Double = 2.0.squareRoot()
  ) {
    self.imageShape = imageShape
    self.scale = scale
    self.layers = layers
    self.hiddenSizes = hiddenSizes
    self.activation = activation
    self.gain = gain
  }

  /// `[H, W, C]` of the image and of what each convolution makes of it.
  ///
  /// - Throws: ``ConvolutionalConfigurationError`` for what no network can be made of.
  public func shapes() throws(ConvolutionalConfigurationError) -> [[Int]] {
    guard imageShape.count == 3, imageShape.allSatisfy({ $0 >= 1 }) else {
      throw .noImage(shape: imageShape)
    }
    var shapes = [imageShape]
    for (index, layer) in layers.enumerated() {
      let shape = shapes[index]
      guard let count = layer.windows.count(inHeight: shape[0], width: shape[1]) else {
        throw .imageTooSmall(layer: index, shape: shape, image: imageShape, layer.windows)
      }
      shapes.append([count.rows, count.columns, layer.channels])
    }
    return shapes
  }
}

/// Why no convolutional network can be made.
public enum ConvolutionalConfigurationError: Error, Hashable, CustomStringConvertible {
  /// The shape is not that of an image.
  case noImage(shape: [Int])
  /// A window does not fit into what the layers before it have left of the image.
  case imageTooSmall(layer: Int, shape: [Int], image: [Int], Windows)

  /// What is wrong, the shapes received and what would be right.
  public var description: String {
    switch self {
    case .noImage(let shape):
      "An image has the shape [rows, columns, channels], each at least 1, not \(shape)."
    case .imageTooSmall(let layer, let shape, let image, let windows):
      "The windows of convolution \(layer), \(windows), do not fit into what it gets, "
        + "\(shape[0])×\(shape[1]) of an image \(image). Take smaller kernels or strides, or fewer layers."
    }
  }
}
