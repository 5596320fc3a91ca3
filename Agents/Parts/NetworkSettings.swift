import Networks
import ReinforcementLearning

/// Which network sees the observations of a task.
public struct NetworkSettings: Codable, Sendable, Hashable {
  /// The kind: `automatic` takes convolutions where observations are bytes with three axes, layers of units elsewhere.
  public var kind = NetworkKind.automatic
  /// Numbers that each convolution has for a window.
  public var channels = [16]
  /// Rows and columns of each convolution's windows.
  public var kernels = [3]
  /// Rows and columns from one window to the next, for each convolution.
  public var strides = [1]
  /// Whether policy, V and c see the features of one torso of convolutions, where there are such; else each has its own.
  public var sharedTorso = false
  /// Weight of V's gradient in what moves a shared torso; Stable-Baselines3's for A2C and PPO.
  public var valueWeight = 0.5

  /// Whether there is a torso to share: with `perceptron` there is none, whatever a preset for images says.
  var hasSharedTorso: Bool { sharedTorso && kind != .perceptron }

  /// The defaults: the network of Young and Tian (2019) for MinAtar.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  func validate() throws(ConfigurationValueError) {
    try require(
      (1...16).contains(channels.count) && channels.allSatisfy { (1...4096).contains($0) },
      "network.channels", channels, "one to 16 numbers from 1 to 4096, such as [32, 64, 64]")
    for (name, sizes, usual) in [
      ("network.kernels", kernels, "[8, 4, 3]"), ("network.strides", strides, "[4, 2, 1]"),
    ] {
      try require(
        sizes.count == channels.count && sizes.allSatisfy { (1...1024).contains($0) }, name, sizes,
        "as many numbers from 1 to 1024 as network.channels, which is \(channels); \(usual) is usual "
          + "for three")
    }
    try require(
      valueWeight.isFinite && valueWeight >= 0, "network.value_weight", valueWeight,
      "finite and not negative; 0.5 is usual")
  }

  /// How a task's observations are seen as images; nil where layers of units see them.
  ///
  /// - Parameters:
  ///   - space: that of the observations.
  ///   - normalizes: whether they are shifted and scaled by running statistics.
  /// - Returns: the images.
  /// - Throws: `ConfigurationValueError` for settings that do not fit the space.
  func images(of space: Space, normalizes: Bool) throws(ConfigurationValueError) -> ImageModel? {
    guard kind != .perceptron, case .box(let box) = space, box.shape.count == 3,
      kind == .convolutional || space.isImage
    else {
      try require(
        kind != .convolutional, "network.kind", kind.rawValue,
        "automatic or perceptron with this task's observations, which are \(space): convolutions need "
          + "three axes, rows, columns and channels")
      try require(
        !hasSharedTorso, "network.shared_torso", sharedTorso,
        "false with this task's observations, which no convolutions see")
      return nil
    }
    try require(
      !normalizes, "normalize_observations", normalizes,
      "false with convolutions (network.kind), which scale bytes themselves and take other numbers as they "
        + "are")
    let images = ImageModel(box, self)
    do {
      _ = try images.convolutions(hiddenSizes: [1], activation: .relu).shapes()
    } catch .imageTooSmall(let layer, let shape, let image, let windows) {
      throw ConfigurationValueError(
        key: "network.kernels", value: "\(kernels)",
        expected: "such that the windows fit: those of convolution \(layer) (from 0), "
          + "\(windows.height)×\(windows.width) with strides "
          + "\(windows.verticalStride)×\(windows.horizontalStride), get "
          + "\(shape[0])×\(shape[1]) of an image \(image), rows, columns and channels")
    } catch {
      throw ConfigurationValueError(
        key: "network.kind", value: kind.rawValue, expected: "perceptron: \(error)")
    }
    return images
  }
}

/// The kinds of networks.
public enum NetworkKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// What suits the observations.
  case automatic
  /// Layers of units.
  case perceptron
  /// Convolutions of an image, then layers of units.
  case convolutional
}

extension Space {
  /// Whether observations of this space are bytes with three axes, which convolutions see unless told otherwise.
  package var isImage: Bool {
    guard case .box(let box) = self else { return false }
    return box.elementType == .uint8 && box.shape.count == 3
  }

  /// Whether it is an image of at least 36 rows and columns, in which the windows that are usual for Atari find room.
  package var isLargeImage: Bool {
    guard isImage, case .box(let box) = self else { return false }
    return min(box.shape[0], box.shape[1]) >= 36
  }
}
