import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import Networks

/// The settings of the toy experiment.
struct ToySettings: Sendable {
  /// t.
  var target = 0.499
  var steps = 10_000
  /// Runs of one estimator, each with noise and a network of its own.
  var seeds: [UInt64] = Array(1...10)
  /// Every how many steps loss and variance are recorded.
  var interval = 50
  /// Draws behind each variance; the paper's number.
  var varianceDraws = 1000
  /// Of Adam, for the logit and for φ; the paper's number.
  var learningRate = 0.01
  /// Whether z̃ of REBAR and RELAX comes from the noise behind z, as in the paper.
  var isCoupled = true
}

/// What was recorded of all runs at one step.
struct ToyRecord: Sendable {
  let step: Int
  /// Per run.
  let losses: [Double]
  let probabilities: [Double]
  let logVariances: [Double]
}

/// All runs of one estimator, as the rows of one program.
///
/// Each row is an experiment of its own with batch 1: its own logit, φ, noise and moments. Side by
/// side they share the cost of walking through the program's instructions.
final class ToyTraining {
  /// The logarithm of a variance of 0 is recorded as this.
  static let leastLogVariance = -50.0

  let estimator: ToyEstimator
  let settings: ToySettings
  let logits: ParameterSet<Double>
  let phi: ParameterSet<Double>
  private let logitGradient: ParameterSet<Double>
  private let phiGradient: ParameterSet<Double>
  private let logitOptimizer: Optimizer<Double>
  private let phiOptimizer: Optimizer<Double>
  private let program: Program<Double>
  private let noise: [UnsafeMutablePointer<Double>]
  private let baseline: UnsafeMutablePointer<Double>?
  private let signals: UnsafeMutableBufferPointer<Double>?
  private var averages: [MovingAverage]
  private var streams: [RandomStream]
  private let probe: ToyProbe

  init(_ estimator: ToyEstimator, _ settings: ToySettings) throws {
    self.estimator = estimator
    self.settings = settings
    let runs = settings.seeds.count
    logits = ParameterSet([ParameterEntry("logit", [runs, 1])])
    logitGradient = ParameterSet(logits.layout)
    phi = ParameterSet(estimator.controlParameters(runs: runs))
    phiGradient = ParameterSet(phi.layout)
    var starts = settings.seeds.map { RandomStream(seed: $0, purpose: "toy-network") }
    estimator.initialize(phi, streams: &starts)
    streams = settings.seeds.map { RandomStream(seed: $0, purpose: "toy-noise") }
    averages = Array(repeating: MovingAverage(decay: 0.99), count: runs)
    // The paper's optimizer, with its defaults.
    logitOptimizer = Optimizer(.adam(), for: logits.layout)
    phiOptimizer = Optimizer(.adam(), for: phi.layout)

    let graph = Graph()
    let logit = graph.input("logit", shape: [runs, 1])
    let phiTensors = ParameterTensors(phi.layout, inputsOf: graph)
    let noiseTensors = ToyNoise(graph, rows: runs)
    let baselineTensor = estimator.usesBaseline ? graph.input("baseline", shape: [runs]) : nil
    let built = estimator.estimate(
      logits: logit, phi: phiTensors, noise: noiseTensors.next, isCoupled: settings.isCoupled,
      baseline: baselineTensor, target: settings.target)
    let weights = graph.constant(1, shape: [runs])
    var outputs = [ProgramOutput("gradient", built.gradient.distributionGradient)]
    if !phi.layout.views.isEmpty {
      // Rows share nothing, so the gradient of the sum holds the gradient of each run.
      outputs.append(
        ProgramOutput(
          "phi",
          gradient(
            of: built.gradient.squaredNorm(weights: weights), withRespectTo: phiTensors.tensors)))
    }
    if estimator.usesBaseline, let signal = built.signal {
      outputs.append(ProgramOutput("signals", signal))
    }
    program = try Program<Double>(
      stages: [ProgramStage(outputs: outputs)],
      bindings: [ProgramBinding(logit, logits.pointer, ownedBy: logits)]
        + phiTensors.bindings(to: phi),
      destinations: ["gradient": logitGradient.pointer, "phi": phiGradient.pointer])
    noise = noiseTensors.tensors.map { [program] in program.inputPointer($0) }
    baseline = baselineTensor.map { [program] in program.inputPointer($0) }
    signals = estimator.usesBaseline ? program.outputBuffer("signals") : nil
    probe = try ToyProbe(estimator, settings, phi: phi.layout)
  }

  /// One training step of every run.
  func step() throws {
    for run in streams.indices {
      for input in noise { input[run] = streams[run].logistic() }
    }
    if let baseline { for run in averages.indices { baseline[run] = averages[run].mean } }
    program.run()
    if let signals { for run in averages.indices { averages[run].update(signals[run]) } }
    try logitOptimizer.update(
      logits, gradient: logitGradient, learningRate: settings.learningRate)
    if phi.count > 0 {
      try phiOptimizer.update(phi, gradient: phiGradient, learningRate: settings.learningRate)
    }
  }

  /// Trains to the end.
  func run() throws -> [ToyRecord] {
    var records = [try record(step: 0)]
    for step in 1...settings.steps {
      try self.step()
      if step.isMultiple(of: settings.interval) || step == settings.steps {
        records.append(try record(step: step))
      }
    }
    return records
  }

  private func record(step: Int) throws -> ToyRecord {
    let probabilities = logits.values.map { 1 / (1 + exp(-$0)) }
    let (zero, one) = (pow(settings.target, 2), pow(1 - settings.target, 2))
    return ToyRecord(
      step: step, losses: probabilities.map { $0 * one + (1 - $0) * zero },
      probabilities: probabilities,
      logVariances: settings.seeds.indices.map { run in
        let variance = probe.variance(
          of: self, run: run, baseline: averages[run].mean, step: step)
        return variance > 0 ? max(log(variance), Self.leastLogVariance) : Self.leastLogVariance
      })
  }
}

/// Measures the variance of an estimator for the parameters of one run.
private final class ToyProbe {
  private let program: Program<Double>
  private let logit: UnsafeMutablePointer<Double>
  private let phi: [(pointer: UnsafeMutablePointer<Double>, view: ParameterView)]
  private let noise: [UnsafeMutableBufferPointer<Double>]
  private let baseline: UnsafeMutablePointer<Double>?

  init(_ estimator: ToyEstimator, _ settings: ToySettings, phi layout: ParameterLayout) throws {
    let graph = Graph()
    let draws = settings.varianceDraws
    let logitTensor = graph.input("logit", shape: [1, 1])
    let single = estimator.controlParameters(runs: 1)
    let phiTensors = ParameterTensors(single, inputsOf: graph)
    let noiseTensors = ToyNoise(graph, rows: draws)
    let baselineTensor = estimator.usesBaseline ? graph.input("baseline", shape: [1]) : nil
    let built = estimator.estimate(
      logits: logitTensor.broadcast(to: [draws, 1]), phi: phiTensors, noise: noiseTensors.next,
      isCoupled: settings.isCoupled, baseline: baselineTensor, target: settings.target)
    let gradient = built.gradient.distributionGradient[0].reshaped([draws])
    let variance = (gradient - gradient.mean()).squared().sum() / Double(draws - 1)
    program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("variance", variance)])])
    logit = program.inputPointer(logitTensor)
    baseline = baselineTensor.map { [program] in program.inputPointer($0) }
    noise = noiseTensors.tensors.map { [program] in
      UnsafeMutableBufferPointer(start: program.inputPointer($0), count: draws)
    }
    let (program, found) = (program, zip(phiTensors.tensors, layout.views))
    phi = found.filter { program.reads($0.0) }.map { (program.inputPointer($0.0), $0.1) }
  }

  func variance(of training: ToyTraining, run: Int, baseline mean: Double, step: Int) -> Double {
    logit[0] = training.logits.pointer[run]
    for (pointer, view) in phi {
      let width = view.shape[1]
      for index in 0..<width {
        pointer[index] = training.phi.pointer[view.range.lowerBound + run * width + index]
      }
    }
    baseline?[0] = mean
    var stream = RandomStream(
      seed: training.settings.seeds[run], purpose: "toy-variance", lane: UInt64(step))
    for buffer in noise {
      var span = buffer.mutableSpan
      stream.fillLogistic(&span)
    }
    program.run()
    return program.outputBuffer("variance")[0]
  }
}
