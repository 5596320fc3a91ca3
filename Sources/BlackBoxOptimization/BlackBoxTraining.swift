import BlackBoxes
import Differentiation
import Estimators
import Foundation
import GSL
import Networks

/// Trains a policy over bits on instance after instance with one estimator, by one compiled program.
package final class BlackBoxTraining {
  /// log λ at the start: relaxed bits are nearly bits.
  private static let logTemperature = log(0.1)
  /// The share of the updates at the end of which the last regret is the mean.
  package static let lastShare = 0.05

  /// The estimator.
  package let estimator: BlackBoxEstimator
  /// How often f is evaluated.
  package let shape: BlackBoxShape
  /// θ.
  package let policy: LinearPolicy

  private let network: ControlNetwork?
  private let phi: ParameterSet<Float>?
  private let gradientOfTheta: ParameterSet<Float>
  private let gradientOfPhi: ParameterSet<Float>?
  private let replay: ReplaySurrogate?
  private let program: Program<Float>
  private let noise: [UnsafeMutableBufferPointer<Float>]
  private let evaluations: [Evaluation]
  private let contextMemory: UnsafeMutableBufferPointer<Float>?
  private let baselineMemory: UnsafeMutablePointer<Float>?
  private let slopes: UnsafeMutableBufferPointer<Float>?
  private let exactSlopes: UnsafeMutableBufferPointer<Float>?

  private struct Evaluation {
    let values: UnsafeMutableBufferPointer<Float>
    let signals: UnsafeMutableBufferPointer<Float>
  }

  // What belongs to the instance at hand.
  private var optimizers: (theta: Optimizer<Float>, phi: Optimizer<Float>?)
  private var average = MovingAverage()
  /// Whether the constant of c_φ has been set to what f is about.
  private var knowsLevel = false
  private var leastSquares = LeastSquaresSurrogate(count: 0, memory: 1)
  private var streams = Streams(seed: 0)
  private var problem: BlackBoxProblem?
  private var contexts: [[Float]] = []
  private var functions: [any PseudoBooleanFunction] = []

  private struct Streams {
    var noise, contexts, replay: RandomStream

    /// Lane 0 trains, lane 1 measures at a frozen policy.
    init(seed: UInt64, lane: UInt64 = 0) {
      noise = RandomStream(seed: seed, purpose: "black-box-noise", lane: lane)
      contexts = RandomStream(seed: seed, purpose: "black-box-contexts", lane: lane)
      replay = RandomStream(seed: seed, purpose: "black-box-replay", lane: lane)
    }
  }

  /// Does something with noise and observations that the training does not see, and then goes on as if
  /// nothing had been drawn.
  func withOtherNumbers<Result>(seed: UInt64, _ body: () throws -> Result) rethrows -> Result {
    let kept = streams
    defer { streams = kept }
    streams = Streams(seed: seed, lane: 1)
    return try body()
  }

  /// A training of policies of one shape.
  ///
  /// - Parameters:
  ///   - estimator: with a number of samples that it can do with.
  ///   - shape: how often f is evaluated.
  /// - Throws: `ProgramError` when there is no memory for the program.
  package init(_ estimator: BlackBoxEstimator, _ shape: BlackBoxShape) throws {
    (self.estimator, self.shape) = (estimator, shape)
    policy = LinearPolicy(variables: shape.variables, contextSize: shape.contextSize)
    replay =
      estimator == .surrogateNetwork
      ? try ReplaySurrogate(variables: shape.variables, contextSize: shape.contextSize) : nil
    if let replay {
      network = replay.network
    } else if estimator.learnsRelaxation {
      network = ControlNetwork(
        variables: shape.variables, contextSize: shape.contextSize, units: shape.units,
        isRelaxed: true)
    } else if estimator == .value {
      network = ControlNetwork(
        variables: 0, contextSize: shape.contextSize, units: shape.units, isRelaxed: false)
    } else {
      network = nil
    }
    phi = replay?.phi ?? network.map { ParameterSet($0.layout) }
    gradientOfTheta = ParameterSet(policy.parameters.layout)
    gradientOfPhi = phi.map { ParameterSet($0.layout) }

    let built = EstimateGraph(estimator, shape, policy: policy, network: network)
    var outputs = [ProgramOutput("theta", built.gradientOfTheta)]
    if !built.gradientOfPhi.isEmpty { outputs.append(ProgramOutput("phi", built.gradientOfPhi)) }
    var bindings = built.theta.bindings(to: policy.parameters)
    if let tensors = built.phi, let phi { bindings += tensors.bindings(to: phi) }
    var destinations = ["theta": gradientOfTheta.pointer]
    if let gradientOfPhi { destinations["phi"] = gradientOfPhi.pointer }
    let names = built.evaluations.indices.map { "value\($0)" }
    let values = zip(names, built.evaluations).map { ProgramOutput($0, $1.value) }
    // A stage has to have something to do, even where nothing is drawn.
    let first = values.isEmpty ? [ProgramOutput("nothing", built.graph.constant(0))] : values
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: first), ProgramStage(outputs: outputs)], bindings: bindings,
      destinations: destinations)
    self.program = program
    func memory(_ tensor: Tensor) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: program.inputPointer(tensor), count: tensor.shape.count)
    }
    noise = built.noise.map(memory)
    evaluations = zip(names, built.evaluations).map {
      Evaluation(values: program.outputBuffer($0), signals: memory($1.signal))
    }
    contextMemory = built.contexts.flatMap { program.reads($0) ? memory($0) : nil }
    baselineMemory = built.baseline.map { program.inputPointer($0) }
    slopes = built.slopes.map(memory)
    exactSlopes = built.exactSlopes.map(memory)
    optimizers = (
      Optimizer(.adam(), for: policy.parameters.layout), nil
    )
  }

  /// Makes everything as it is before the first update.
  ///
  /// - Parameters:
  ///   - problem: the instance.
  ///   - settings: of the estimator.
  ///   - seed: of noise, observations and c_φ; the same noise for every estimator as far as they draw alike.
  package func start(_ problem: BlackBoxProblem, _ settings: BlackBoxSettings, seed: UInt64) {
    self.problem = problem
    streams = Streams(seed: seed)
    var beginning = RandomStream(seed: seed, purpose: "black-box-policy")
    policy.initialize(from: &beginning)
    knowsLevel = false
    optimizers.theta = Optimizer(.adam(), for: policy.parameters.layout)
    var starts = RandomStream(seed: seed, purpose: "black-box-network")
    if let replay {
      replay.reset(from: &starts)
    } else if let network, let phi {
      network.initialize(phi, logTemperature: Self.logTemperature, from: &starts)
      optimizers.phi = Optimizer(.adam(), for: phi.layout)
    }
    if estimator == .average { average = MovingAverage(decay: settings.second) }
    if estimator == .surrogate {
      let (variables, size) = (shape.variables, shape.contextSize)
      leastSquares = LeastSquaresSurrogate(
        count: (1 + variables) * (1 + size), memory: settings.second)
    }
    if case .fixed(let function) = problem { (contexts, functions) = ([[]], [function]) }
  }

  /// One update.
  ///
  /// - Parameters:
  ///   - settings: as at the start.
  ///   - progress: the share of the updates that were made, in [0, 1).
  /// - Throws: `BlackBoxError` when f is not finite, `GradientError` when a gradient is not.
  package func update(_ settings: BlackBoxSettings, progress: Double) throws {
    drawContexts()
    try estimate()
    learn(settings)
    try optimizers.theta.update(
      policy.parameters, gradient: gradientOfTheta,
      learningRate: settings.rate * (settings.falls ? 1 - progress : 1))
    if let replay {
      try replay.fit(learningRate: settings.second, from: &streams.replay)
    } else if let phi, let gradientOfPhi {
      try optimizers.phi?.update(phi, gradient: gradientOfPhi, learningRate: settings.second)
      if !knowsLevel {
        // Adam takes steps of its rate: from 0 it would be on its way to a level of 5 for hundreds of updates.
        phi["bias"] = [Float(meanSignal())]
        knowsLevel = true
      }
    }
  }

  /// The observations of the next estimate.
  package func drawContexts() {
    guard case .contextual(let box) = problem else { return }
    contexts = (0..<shape.contexts).map { _ in box.context(from: &streams.contexts) }
    functions = contexts.map { box.function(at: $0) }
    guard let contextMemory else { return }
    for (row, context) in contexts.enumerated() {
      for (column, feature) in context.enumerated() {
        contextMemory[row * shape.contextSize + column] = feature
      }
    }
  }

  /// Estimates the gradient of −J for the observations that were drawn, and changes nothing else.
  ///
  /// - Returns: by θ.
  /// - Throws: `BlackBoxError` when f is not finite.
  @discardableResult
  package func estimate() throws -> UnsafeMutableBufferPointer<Float> {
    for buffer in noise {
      var span = buffer.mutableSpan
      streams.noise.fillLogistic(&span)
    }
    baselineMemory?[0] = Float(average.mean)
    if estimator == .surrogate { writeSlopes() }
    if let exactSlopes { write(slopesOfMean(), to: exactSlopes) }
    program.run(stage: 0)
    let width = shape.variables
    for evaluation in evaluations {
      for row in evaluation.signals.indices {
        let bits = UnsafeBufferPointer(
          rebasing: evaluation.values[row * width..<(row + 1) * width])
        let found = functions[row % functions.count].value(of: bits.span)
        guard Float(found).isFinite else {
          throw BlackBoxError(row: row, result: found, value: bits.map(Double.init))
        }
        evaluation.signals[row] = -Float(found)
      }
    }
    program.run(stage: 1)
    return gradientOfTheta.buffer
  }

  /// The gradient of −J for the observations that were drawn, by θ, without noise.
  package func exactGradient() -> [Double] {
    policy.gradient(
      zip(contexts, functions).map { context, function in
        let logits = policy.logits(at: context)
        var slopes = logits
        _ = EntropyObjective(function, entropyWeight: shape.entropyWeight)
          .value(atLogits: logits, gradient: &slopes)
        return (context, slopes.map { -$0 })
      })
  }

  /// ∂(−E f)/∂ℓ for each observation.
  private func slopesOfMean() -> [[Double]] {
    zip(contexts, functions).map { context, function in
      let logits = policy.logits(at: context)
      var slopes = logits
      _ = EntropyObjective(function, entropyWeight: 0).value(atLogits: logits, gradient: &slopes)
      return slopes.map { -$0 }
    }
  }

  private func write(_ rows: [[Double]], to memory: UnsafeMutableBufferPointer<Float>) {
    for (row, elements) in rows.enumerated() {
      for (column, element) in elements.enumerated() {
        memory[row * shape.variables + column] = Float(element)
      }
    }
  }
}

// What baselines and surrogates learn from the values of an update, after the update was estimated.
extension BlackBoxTraining {
  private func learn(_ settings: BlackBoxSettings) {
    switch estimator {
    case .average: average.update(meanSignal())
    case .surrogate:
      leastSquares.fade()
      forEachEvaluation { point, context, signal in
        leastSquares.add(spins: point, context: context, Double(signal))
      }
      leastSquares.solve()
    case .surrogateNetwork:
      forEachEvaluation { point, context, signal in replay?.add(point + context, -signal) }
    case .relax, .relaxRLOO, .rloo, .value, .disarm, .arms, .exact: break
    }
  }

  /// The mean of −f over the last update.
  private func meanSignal() -> Double {
    let signals = evaluations.flatMap { Array($0.signals) }
    return Double(signals.reduce(0, +)) / Double(signals.count)
  }

  /// Bits as −1 and 1, the observation, and −f.
  private func forEachEvaluation(_ body: ([Float], [Float], Float) -> Void) {
    for evaluation in evaluations {
      for (row, signal) in evaluation.signals.enumerated() {
        let bits = evaluation.values[row * shape.variables..<(row + 1) * shape.variables]
        body(bits.map { 2 * $0 - 1 }, contexts[row % contexts.count], signal)
      }
    }
  }

  /// What each bit does to the surrogate.
  private func writeSlopes() {
    guard let slopes else { return }
    let variables = shape.variables
    let rows = contexts.map { context in
      (0..<variables).map { leastSquares.slope(of: $0, among: variables, at: context) }
    }
    write(rows, to: slopes)
  }
}
