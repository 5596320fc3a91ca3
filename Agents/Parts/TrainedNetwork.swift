import Differentiation
import GSL
import Networks
import ReinforcementLearning

/// A network with its parameters, their gradient and the optimizer that moves them along it.
///
/// Several networks of an agent have one each: what moves one must not rescale the step of another.
public final class TrainedNetwork {
  /// Under which it is saved.
  public let name: String
  /// The function.
  public let network: any Network
  /// What is trained.
  public let parameters: ParameterSet<Float>
  /// Of a loss, in the layout of the parameters: that of the agent's first shard, and the sum over all
  /// of them once they are added up.
  public let gradient: ParameterSet<Float>
  /// What moves the parameters.
  public let optimizer: Optimizer<Float>
  /// The norm of the last gradient, before clipping; nil before the first.
  public private(set) var norm: Double?
  /// Whether the norm is that of the gradient there is.
  private var isMeasured = false

  /// Copies of the parameters that exist at once at most: values, gradient, optimizer and statistics
  /// in use, and what is saved of them as tensors and as the bytes of a file.
  private static let copies = 14

  /// A network whose parameters are zeros.
  init(
    _ name: String, _ network: any Network, _ layout: ParameterLayout,
    _ optimizer: OptimizerConfiguration, hiddenSizes sizes: [Int]
  ) throws(MemoryError) {
    try AvailableMemory.require(
      layout.count.multipliedReportingOverflow(by: 4 * Self.copies).overflow
        ? nil : layout.count * 4 * Self.copies,
      for:
        "Training the network \"\(name)\" of \(layout.count) parameters, hidden_sizes \(sizes),",
      remedy: "Lower hidden_sizes, of images also network.channels; most tasks here use [64, 64].")
    self.name = name
    self.network = network
    parameters = ParameterSet(layout)
    gradient = ParameterSet(layout)
    self.optimizer = Optimizer(optimizer, for: layout)
  }

  /// A multilayer perceptron with fresh parameters.
  ///
  /// - Parameters:
  ///   - name: under which it is saved; of no other of the agent's networks.
  ///   - sizes: the number of inputs, of the units of each hidden layer and of outputs.
  ///   - outputGain: of the last layer's weights; policies start well at 0.01, see
  ///     `MLPConfiguration`.
  ///   - optimizer: what moves the parameters.
  ///   - seed: the run's.
  /// - Throws: `MLPConfigurationError` for sizes that no network has; `MemoryError` where there is not
  ///   enough of it.
  public convenience init(
    _ name: String, _ sizes: [Int], outputGain: Double = 1,
    optimizer: OptimizerConfiguration = .rmsProp(), seed: UInt64 = 0
  ) throws {
    insist(sizes.count >= 2, "A network has inputs and outputs, not the sizes \(sizes).")
    let hiddenSizes = Array(sizes[1..<sizes.count - 1])
    let configuration = MLPConfiguration(
      inputSize: sizes[0], hiddenSizes: hiddenSizes, outputSize: sizes[sizes.count - 1],
      outputGain: outputGain)
    try configuration.validate()
    try optimizer.validate()
    var layout = ParameterLayout()
    let network = MLP(name, configuration, in: &layout)
    try self.init(name, network, layout, optimizer, hiddenSizes: hiddenSizes)
    var stream = RandomStream(
      seed: seed, purpose: StreamPurpose(rawValue: "initialization.\(name)"))
    network.initialize(parameters, from: &stream)
  }

  /// The outputs for some rows, see `Network`.
  ///
  /// - Parameters:
  ///   - inputs: `[B, …]`, one or several side by side.
  ///   - parameters: this network's as tensors of the inputs' graph.
  /// - Returns: `[B, outputs]`.
  public func callAsFunction(_ inputs: Tensor..., parameters: ParameterTensors) -> Tensor {
    network(inputs, parameters: parameters)
  }

  /// Where a shard writes its share of the gradient: the first into `gradient` itself, in which the
  /// training loop adds all shares up, another into a set of its own.
  ///
  /// - Parameter isFirst: whether it is the agent's first shard in this process.
  /// - Returns: of the layout of the parameters.
  public func gradient(ofFirstShard isFirst: Bool) -> ParameterSet<Float> {
    isFirst ? gradient : ParameterSet(parameters.layout)
  }

  /// Makes sure that the gradient is finite, before any of an agent's networks moves.
  ///
  /// - Throws: `GradientError` that names what is not.
  public func measureGradient() throws(GradientError) {
    norm = try gradient.finiteNorm()
    isMeasured = true
  }

  /// Moves the parameters along the gradient.
  ///
  /// - Parameters:
  ///   - rate: the learning rate.
  ///   - position: in the run, for schedules.
  ///   - maximumNorm: to which the gradient is clipped; 0 for no limit.
  /// - Throws: `GradientError` for what is not finite.
  public func update(
    _ rate: Schedule, at position: RunPosition, maximumNorm: Double = 0
  ) throws(GradientError) {
    norm = try optimizer.update(
      parameters, gradient: gradient,
      learningRate: rate.value(atStep: position.step, of: position.steps),
      maximumNorm: maximumNorm > 0 ? maximumNorm : nil, norm: isMeasured ? norm : nil)
    isMeasured = false
  }

  /// Adds parameters and the optimizer's moments to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile) {
    checkpoint.tensors += parameters.safetensorsEntries()
    checkpoint.tensors += optimizer.safetensorsEntries(prefix: "optimizer.\(name).")
  }

  /// Takes over what `save` wrote.
  ///
  /// - Throws: what is missing or does not fit.
  public func restore(from checkpoint: SafetensorsFile) throws {
    try parameters.restore(from: checkpoint)
    try optimizer.restore(from: checkpoint, prefix: "optimizer.\(name).")
  }
}

extension [TrainedNetwork] {
  /// Draws fresh parameters, each network's from a stream of its own.
  func initialize(seed: UInt64) {
    for (lane, network) in enumerated() {
      var stream = RandomStream(seed: seed, purpose: "initialization", lane: UInt64(lane))
      network.network.initialize(network.parameters, from: &stream)
    }
  }
}
