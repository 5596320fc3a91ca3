import Differentiation
import Estimators
import GSL
import Networks
import ReinforcementLearning

/// A model, its estimator and their optimizers: one training step after the other.
///
/// Noise, order and dynamic binarization follow from the seed and the number of the step, so that a
/// run which is interrupted and goes on has the same numbers as one that is not.
package final class VAETrainer {
  /// The settings.
  package let configuration: VAEConfiguration
  /// The model.
  package let model: DiscreteVAE
  /// φ's names.
  package let control: ControlVariate
  /// The images.
  package let images: DatasetImages
  /// θ.
  package let theta: ParameterSet<Float>
  /// φ.
  package let phi: ParameterSet<Float>
  /// The gradient of the last step by θ.
  package let thetaGradient: ParameterSet<Float>
  /// The program of a step.
  package let program: Program<Float>
  /// Steps so far.
  package private(set) var step = 0

  private let phiGradient: ParameterSet<Float>
  private let thetaOptimizer: Optimizer<Float>
  private let phiOptimizer: Optimizer<Float>
  private let variance: GradientVariance
  private var order: BatchOrder
  private var center = MovingAverage(decay: 0.99)
  private var lossSum = 0.0
  private var lossCount = 0
  private let imageInput: UnsafeMutablePointer<Float>
  private let noiseInputs: [UnsafeMutableBufferPointer<Float>]
  private let centerInput: UnsafeMutablePointer<Float>?
  private let losses: UnsafeMutableBufferPointer<Float>

  /// Every how many steps the gradient enters the moving variance.
  private static let varianceInterval = 10

  /// A run at its start.
  ///
  /// - Throws: `ProgramError` when the graph cannot be compiled.
  package init(_ configuration: VAEConfiguration, _ images: DatasetImages) throws {
    self.configuration = configuration
    self.images = images
    let seed = UInt64(configuration.seed)
    model = DiscreteVAE(
      configuration.model, latents: configuration.latents, means: images.means)
    control = ControlVariate(model, configuration.estimation)
    theta = ParameterSet(model.layout)
    thetaGradient = ParameterSet(model.layout)
    phi = ParameterSet(control.layout)
    phiGradient = ParameterSet(control.layout)
    // θ's start does not depend on φ, so that estimators are compared from the same model.
    var stream = RandomStream(seed: seed, purpose: "vae-model")
    model.initialize(theta, from: &stream)
    stream = RandomStream(seed: seed, purpose: "vae-control")
    control.initialize(phi, from: &stream)
    // β₂ of the authors: the average of squares hardly forgets.
    let adam = OptimizerConfiguration.adam(beta1: 0.9, beta2: 0.99999, epsilon: 1e-8)
    thetaOptimizer = Optimizer(adam, for: theta.layout)
    phiOptimizer = Optimizer(adam, for: phi.layout)
    variance = GradientVariance(theta.layout)
    order = BatchOrder(seed: seed, count: images.train.count, batch: configuration.batch)

    let graph = TrainingGraph(
      model, control, configuration.estimation, batch: configuration.batch, in: Graph())
    var outputs = [
      ProgramOutput("theta", graph.thetaGradient), ProgramOutput("loss", graph.loss),
    ]
    if !graph.phiGradient.isEmpty { outputs.append(ProgramOutput("phi", graph.phiGradient)) }
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: outputs)],
      bindings: graph.theta.bindings(to: theta) + graph.phi.bindings(to: phi),
      destinations: ["theta": thetaGradient.pointer, "phi": phiGradient.pointer])
    self.program = program
    imageInput = program.inputPointer(graph.images)
    noiseInputs = graph.noise.map {
      UnsafeMutableBufferPointer(start: program.inputPointer($0), count: $0.shape.count)
    }
    centerInput = graph.center.map { program.inputPointer($0) }
    losses = program.outputBuffer("loss")
  }

  /// Makes one step.
  ///
  /// - Throws: `GradientError` when a gradient is not finite; nothing has then changed.
  package func update() throws {
    let rate = configuration.learningRate
    try update(
      modelRate: rate, controlRate: rate * configuration.controlLearningRateScale)
  }

  /// Makes one step of φ alone, while θ stands still.
  ///
  /// - Parameter learningRate: of φ.
  /// - Throws: `GradientError` when a gradient is not finite; nothing has then changed.
  package func updateControl(learningRate: Double) throws {
    try update(modelRate: nil, controlRate: learningRate)
  }

  private func update(modelRate: Double?, controlRate: Double) throws {
    estimate(atStep: step, images: order.images(ofStep: step))
    let loss = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    // Both norms first: neither set moves when one of the gradients is not finite.
    let norms = (try thetaGradient.finiteNorm(), try phiGradient.finiteNorm())
    if let modelRate {
      try thetaOptimizer.update(
        theta, gradient: thetaGradient, learningRate: modelRate, norm: norms.0)
    }
    if phi.count > 0 {
      try phiOptimizer.update(
        phi, gradient: phiGradient, learningRate: controlRate, norm: norms.1)
    }
    if step.isMultiple(of: Self.varianceInterval) { variance.add(thetaGradient) }
    center.update(loss)
    lossSum += loss
    lossCount += 1
    step += 1
  }

  /// Computes the gradients of a step without moving anything.
  package func estimate(atStep step: Int, images batch: some Sequence<Int>) {
    write(batch, step: step)
    for (lane, buffer) in noiseInputs.enumerated() {
      var stream = RandomStream(
        seed: UInt64(configuration.seed), purpose: "vae-noise", lane: UInt64(lane),
        episode: UInt64(step))
      var span = buffer.mutableSpan
      stream.fillLogistic(&span)
    }
    centerInput?.pointee = Float(center.mean)
    program.run()
  }

  private func write(_ batch: some Sequence<Int>, step: Int) {
    let size = model.pixels
    guard let gray = images.grayTrain else {
      for (row, image) in batch.enumerated() {
        images.train.write(image, to: imageInput + row * size)
      }
      return
    }
    var stream = RandomStream(
      seed: UInt64(configuration.seed), purpose: "vae-dynamic", lane: UInt64(step))
    for (row, image) in batch.enumerated() {
      gray.write(image, drawnFrom: &stream, to: imageInput + row * size)
    }
  }

  /// The mean of −f over the steps since the last call, and the moving logarithmic variance.
  package func takeMetrics() -> (objective: Double?, logVariance: Double?) {
    defer { (lossSum, lossCount) = (0, 0) }
    return (lossCount > 0 ? -lossSum / Double(lossCount) : nil, logVariance)
  }

  /// The moving logarithmic variance.
  package var logVariance: Double? { variance.logMeanVariance }

  /// The temperatures and scales as they are, by name.
  package var controlScalars: [(name: String, value: Double)] {
    phi.layout.views.filter(\.shape.isEmpty).map { ($0.name, Double(phi[$0.name][0])) }
  }
}

extension VAETrainer {
  /// What a checkpoint holds beside the arrays.
  private struct State: Codable {
    var step: Int
    var center: MovingAverage
    var lossSum: Double
    var lossCount: Int
  }

  /// What stands in front of θ's names in a checkpoint.
  static let thetaPrefix = "theta/"

  /// Writes everything that the run needs to go on.
  package func save(to checkpoint: inout SafetensorsFile) throws {
    checkpoint.tensors += theta.safetensorsEntries(prefix: Self.thetaPrefix)
    checkpoint.tensors += phi.safetensorsEntries(prefix: "phi/")
    checkpoint.tensors += thetaOptimizer.safetensorsEntries(prefix: "optimizer/theta/")
    checkpoint.tensors += phiOptimizer.safetensorsEntries(prefix: "optimizer/phi/")
    variance.save(to: &checkpoint, name: "variance")
    let state = State(step: step, center: center, lossSum: lossSum, lossCount: lossCount)
    checkpoint.metadata["trainer"] = try encodeState(state)
  }

  /// Takes over what ``save(to:)`` wrote.
  ///
  /// - Throws: `SafetensorsError` or `DecodingError` that says what is missing or does not fit.
  package func restore(from checkpoint: SafetensorsFile) throws {
    let state: State = try decodeState(checkpoint.metadata["trainer"], named: "trainer")
    try theta.restore(from: checkpoint, prefix: Self.thetaPrefix)
    try phi.restore(from: checkpoint, prefix: "phi/")
    try thetaOptimizer.restore(from: checkpoint, prefix: "optimizer/theta/")
    try phiOptimizer.restore(from: checkpoint, prefix: "optimizer/phi/")
    try variance.restore(from: checkpoint, name: "variance")
    step = state.step
    center = state.center
    (lossSum, lossCount) = (state.lossSum, state.lossCount)
  }
}
