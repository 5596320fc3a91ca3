import BlackBoxes
import Differentiation
import Estimators
import GSL
import Networks

/// Trains an autoregressive policy to copy sequences, with one reward at the end of each copy.
///
/// A symbol is a choice of its own, as in reinforcement learning, and its control variate knows what is to be
/// copied there; most of the variance of a symbol's reward comes from the other symbols.
package final class CopyTraining {
  /// The estimators that it has; the others are for bits that are chosen at once.
  package static let estimators: [BlackBoxEstimator] = [
    .relax, .relaxRLOO, .rloo, .average, .value,
  ]

  /// The estimator.
  package let estimator: BlackBoxEstimator
  /// How many copies an update has.
  package let shape: CopyShape
  /// θ.
  package let theta: ParameterSet<Float>
  /// Of −E reward, as it was estimated last.
  package let gradientOfTheta: ParameterSet<Float>

  private let task: CopyTask
  private let network: ControlNetwork?
  private let phi: ParameterSet<Float>?
  private let gradientOfPhi: ParameterSet<Float>?
  private let program: Program<Float>
  private let noise, shown, signals, written: UnsafeMutableBufferPointer<Float>

  // What belongs to the seed at hand.
  private var optimizers: (theta: Optimizer<Float>, phi: Optimizer<Float>?)
  private var average = MovingAverage()
  private var knowsLevel = false
  private var noises = RandomStream(seed: 0, purpose: "black-box-noise")
  private var texts = RandomStream(seed: 0, purpose: "black-box-contexts")

  /// A training.
  ///
  /// - Parameters:
  ///   - estimator: one of ``estimators``.
  ///   - shape: how many copies an update has.
  /// - Throws: `ProgramError` when there is no memory for the program.
  package init(_ estimator: BlackBoxEstimator, _ shape: CopyShape) throws {
    (self.estimator, self.shape) = (estimator, shape)
    task = CopyTask(length: shape.length, vocabulary: shape.vocabulary)
    let kinds = shape.vocabulary
    network =
      estimator.learnsRelaxation || estimator == .value
      ? ControlNetwork(
        variables: estimator == .value ? 0 : kinds, contextSize: kinds, units: shape.units,
        isRelaxed: false) : nil
    theta = ParameterSet(CopyGraph.layout(vocabulary: kinds))
    gradientOfTheta = ParameterSet(theta.layout)
    phi = network.map { ParameterSet($0.layout) }
    gradientOfPhi = phi.map { ParameterSet($0.layout) }
    optimizers = (Optimizer(.adam(), for: theta.layout), nil)

    let built = CopyGraph(estimator, shape, network: network)
    var outputs = [ProgramOutput("theta", built.gradientOfTheta)]
    var bindings = built.theta.bindings(to: theta)
    var destinations = ["theta": gradientOfTheta.pointer]
    if let tensors = built.phi, let phi, let gradientOfPhi {
      outputs.append(ProgramOutput("phi", built.gradientOfPhi))
      bindings += tensors.bindings(to: phi)
      destinations["phi"] = gradientOfPhi.pointer
    }
    let program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [ProgramOutput("written", built.written)]),
        ProgramStage(outputs: outputs),
      ], bindings: bindings, destinations: destinations)
    self.program = program
    func memory(_ tensor: Tensor) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: program.inputPointer(tensor), count: tensor.shape.count)
    }
    (noise, shown, signals) = (memory(built.noise), memory(built.shown), memory(built.signals))
    written = program.outputBuffer("written")
  }

  /// Makes everything as it is before the first update.
  ///
  /// - Parameters:
  ///   - settings: of the estimator.
  ///   - seed: of sequences, noise and c_φ.
  package func start(_ settings: BlackBoxSettings, seed: UInt64) {
    theta.fill(0)
    optimizers.theta = Optimizer(.adam(), for: theta.layout)
    if let network, let phi {
      var starts = RandomStream(seed: seed, purpose: "black-box-network")
      network.initialize(phi, logTemperature: 0, from: &starts)
      optimizers.phi = Optimizer(.adam(), for: phi.layout)
    }
    knowsLevel = false
    if estimator == .average { average = MovingAverage(decay: settings.second) }
    noises = RandomStream(seed: seed, purpose: "black-box-noise")
    texts = RandomStream(seed: seed, purpose: "black-box-contexts")
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - settings: of the estimator.
  ///   - seed: of everything that is drawn.
  ///   - updates: how many.
  /// - Returns: 1 less the mean reward of the copies of each update, an unbiased estimate of the regret.
  /// - Throws: `GradientError` when a gradient is not finite.
  package func run(_ settings: BlackBoxSettings, seed: UInt64, updates: Int) throws -> BlackBoxRun {
    start(settings, seed: seed)
    var regrets: [Double] = []
    for number in 0..<updates {
      let progress = Double(number) / Double(updates)
      regrets.append(CopyTask.upperBound - (try update(settings, progress: progress)))
    }
    return BlackBoxRun(regrets: regrets, frozen: nil)
  }

  /// One update.
  ///
  /// - Parameters:
  ///   - settings: as at the start.
  ///   - progress: the share of the updates that were made, in [0, 1).
  /// - Returns: the mean reward of its copies.
  /// - Throws: `GradientError` when a gradient is not finite.
  @discardableResult
  package func update(_ settings: BlackBoxSettings, progress: Double) throws -> Double {
    let mean = estimate()
    if estimator == .average { average.update(-mean) }
    try optimizers.theta.update(
      theta, gradient: gradientOfTheta,
      learningRate: settings.rate * (settings.falls ? 1 - progress : 1))
    if let phi, let gradientOfPhi {
      try optimizers.phi?.update(phi, gradient: gradientOfPhi, learningRate: settings.second)
      // From 0 it would be on its way for hundreds of updates; without the others' mean it is 0.
      if !knowsLevel, estimator != .relaxRLOO { phi["bias"] = [Float(-mean)] }
      knowsLevel = true
    }
    return mean
  }

  /// Draws sequences and copies, estimates the gradient into ``gradientOfTheta``, and changes nothing else.
  ///
  /// - Returns: the mean reward of the copies.
  @discardableResult
  package func estimate() -> Double {
    let (rows, kinds) = (shape.rows, shape.vocabulary)
    let originals = (0..<shape.sequences).map { _ in task.sequence(from: &texts) }
    shown.update(repeating: 0)
    for position in 0..<shape.length {
      for row in 0..<rows {
        shown[(position * rows + row) * kinds + originals[row % shape.sequences][position]] = 1
      }
    }
    var span = noise.mutableSpan
    noises.fillExponential(&span)
    program.run(stage: 0)
    var total = 0.0
    for row in 0..<rows {
      let copy = (0..<shape.length).map { position in
        let start = (position * rows + row) * kinds
        return (0..<kinds).first { written[start + $0] > 0.5 } ?? 0
      }
      let reward = task.reward(of: copy, for: originals[row % shape.sequences])
      total += reward
      signals[row] = Float(-reward - (estimator == .average ? average.mean : 0))
    }
    program.run(stage: 1)
    return total / Double(rows)
  }
}
