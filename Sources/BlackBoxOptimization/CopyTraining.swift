import BlackBoxes
import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import Networks

/// Trains an autoregressive policy to copy sequences, with one reward at the end of each copy.
///
/// The logits of a symbol are linear in the symbol to be copied and in the one that was written last. A step is
/// a choice of its own, as in reinforcement learning: its control variate may know what was written before.
package final class CopyTraining {
  /// The estimators that it has.
  package static let estimators: [BlackBoxEstimator] = [
    .relax, .relaxRLOO, .rloo, .average, .value,
  ]

  package let estimator: BlackBoxEstimator
  private let task: CopyTask
  private let sequences: Int
  private let samples: Int
  private let theta: ParameterSet<Float>
  private let phi: ParameterSet<Float>?
  private let network: ControlNetwork?
  private let gradientOfTheta: ParameterSet<Float>
  private let gradientOfPhi: ParameterSet<Float>?
  private let program: Program<Float>
  private let noise: UnsafeMutableBufferPointer<Float>
  private let shown: UnsafeMutableBufferPointer<Float>
  private let signals: UnsafeMutableBufferPointer<Float>
  private let written: UnsafeMutableBufferPointer<Float>

  /// A training.
  ///
  /// - Parameters:
  ///   - estimator: one of ``estimators``.
  ///   - task: what to copy.
  ///   - sequences: B, sequences of an update.
  ///   - samples: K, copies of each.
  ///   - units: of c_φ's one layer.
  /// - Throws: `ProgramError` when there is no memory for the program.
  package init(
    _ estimator: BlackBoxEstimator, _ task: CopyTask, sequences: Int, samples: Int, units: Int = 16
  ) throws {
    (self.estimator, self.task) = (estimator, task)
    (self.sequences, self.samples) = (sequences, samples)
    let (length, kinds, rows) = (task.length, task.vocabulary, sequences * samples)
    theta = ParameterSet([
      ParameterEntry("shown", [kinds, kinds]), ParameterEntry("last", [kinds, kinds]),
      ParameterEntry("bias", [1, kinds]),
    ])
    gradientOfTheta = ParameterSet(theta.layout)
    let graph = Graph()
    let tensors = ParameterTensors(theta.layout, inputsOf: graph)
    let noiseTensor = graph.input("noise", shape: [length * rows, kinds])
    // One-hot, position by position, the rows of a position one below the other.
    let shownTensor = graph.input("shown", shape: [length * rows, kinds])
    let signalTensor = graph.input("signals", shape: [rows])

    var values: [Tensor] = []
    var last = graph.constant(0, shape: [rows, kinds])
    var previous: [Tensor] = []
    func logits(_ shown: Tensor, _ last: Tensor) -> Tensor {
      shown.matrixProduct(tensors["shown"]) + last.matrixProduct(tensors["last"]) + tensors["bias"]
    }
    for position in 0..<length {
      let range = position * rows..<(position + 1) * rows
      let choice = Categorical(logits: logits(shownTensor.slice(range), last))
      previous.append(last)
      last = choice.sample(noise: noiseTensor.slice(range))
      values.append(last)
    }
    let value = Tensor.concatenate(values, axis: 0).stopGradient()
    let choices = Categorical(
      logits: logits(shownTensor, Tensor.concatenate(previous, axis: 0).stopGradient()))

    let needsNetwork = estimator.learnsRelaxation || estimator == .value
    network =
      needsNetwork
      ? ControlNetwork(
        variables: estimator == .value ? 0 : kinds, contextSize: kinds, units: units,
        isRelaxed: false) : nil
    phi = network.map { ParameterSet($0.layout) }
    gradientOfPhi = phi.map { ParameterSet($0.layout) }
    let phiTensors = network.map { ParameterTensors($0.layout, inputsOf: graph) }

    // What every step of a copy is told, possibly less what the other copies of the sequence were told.
    let told =
      estimator == .rloo || estimator == .relaxRLOO
      ? Self.withoutOthers(signalTensor, samples: samples, sequences: sequences) : signalTensor
    let signal = told.reshaped([1, rows]).broadcast(to: [length, rows]).reshaped([length * rows])
    var estimate = ScoreFunction().estimate(choices, value: value, signal: signal)
    var objective: Tensor?
    if let network, let phiTensors {
      if estimator == .value {
        let found = NVIL().estimate(
          choices, value: value, signal: signal,
          baseline: network(spins: nil, contexts: shownTensor, phiTensors))
        (estimate, objective) = (found.estimate, found.loss.mean())
      } else {
        let temperature = graph.constant(Self.temperature)
        let relaxed = choices.relaxedSample(noise: noiseTensor)
        estimate = RELAX().coupledEstimate(choices, relaxed: relaxed, signal: signal) { z in
          let soft = choices.concreteValue(ofRelaxed: z, temperature: temperature)
          return network(spins: soft, contexts: shownTensor, phiTensors)
        }
        objective = estimate.squaredNorm(
          weights: graph.constant(1 / Double(length * rows).squareRoot(), shape: [length * rows]))
      }
    }
    let weights = graph.constant(1 / Double(rows), shape: [length * rows])
    var outputs = [
      ProgramOutput("theta", estimate.pulledBack(to: tensors.tensors, weights: weights))
    ]
    var bindings = tensors.bindings(to: theta)
    var destinations = ["theta": gradientOfTheta.pointer]
    if let objective, let phiTensors, let phi, let gradientOfPhi {
      outputs.append(
        ProgramOutput("phi", gradient(of: objective, withRespectTo: phiTensors.tensors)))
      bindings += phiTensors.bindings(to: phi)
      destinations["phi"] = gradientOfPhi.pointer
    }
    let program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [ProgramOutput("written", value)]), ProgramStage(outputs: outputs),
      ], bindings: bindings, destinations: destinations)
    self.program = program
    func memory(_ tensor: Tensor) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: program.inputPointer(tensor), count: tensor.shape.count)
    }
    (noise, shown, signals) = (memory(noiseTensor), memory(shownTensor), memory(signalTensor))
    written = program.outputBuffer("written")
  }

  /// λ of the relaxed symbols.
  private static let temperature = 0.5

  /// Each signal less the mean of those of the other copies; rows are copies of all sequences, block by block.
  private static func withoutOthers(
    _ signal: Tensor, samples: Int, sequences: Int
  ) -> Tensor {
    let blocks = signal.reshaped([samples, sequences])
    let scale = Double(samples) / Double(samples - 1)
    return ((blocks - blocks.mean(axis: 0, keepingAxis: true)) * scale)
      .reshaped([samples * sequences])
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - settings: of the estimator.
  ///   - seed: of sequences, noise and c_φ.
  ///   - updates: how many.
  /// - Returns: 1 less the mean reward of the copies of each update, an unbiased estimate of the regret.
  /// - Throws: `GradientError` when a gradient is not finite.
  package func run(_ settings: BlackBoxSettings, seed: UInt64, updates: Int) throws -> BlackBoxRun {
    theta.fill(0)
    var starts = RandomStream(seed: seed, purpose: "black-box-network")
    if let network, let phi { network.initialize(phi, logTemperature: 0, from: &starts) }
    let optimizer = Optimizer<Float>(.adam(), for: theta.layout)
    let optimizerOfPhi = phi.map { Optimizer<Float>(.adam(), for: $0.layout) }
    var average = MovingAverage(decay: estimator == .average ? settings.second : 0)
    var noises = RandomStream(seed: seed, purpose: "black-box-noise")
    var texts = RandomStream(seed: seed, purpose: "black-box-contexts")
    var regrets: [Double] = []
    for number in 0..<updates {
      let mean = try evaluate(&noises, &texts, baseline: estimator == .average ? average.mean : 0)
      average.update(-mean)
      regrets.append(CopyTask.upperBound - mean)
      let progress = Double(number) / Double(updates)
      try optimizer.update(
        theta, gradient: gradientOfTheta,
        learningRate: settings.rate * (settings.falls ? 1 - progress : 1))
      if let phi, let gradientOfPhi {
        try optimizerOfPhi?.update(phi, gradient: gradientOfPhi, learningRate: settings.second)
        if number == 0 { phi["bias"] = [estimator == .relaxRLOO ? 0 : Float(-mean)] }
      }
    }
    return BlackBoxRun(regrets: regrets, frozen: nil)
  }

  /// Draws sequences and copies, and estimates the gradient.
  ///
  /// - Returns: the mean reward.
  private func evaluate(
    _ noises: inout RandomStream, _ texts: inout RandomStream, baseline: Double
  ) throws -> Double {
    let (rows, kinds) = (sequences * samples, task.vocabulary)
    let originals = (0..<sequences).map { _ in task.sequence(from: &texts) }
    shown.update(repeating: 0)
    for position in 0..<task.length {
      for row in 0..<rows {
        shown[(position * rows + row) * kinds + originals[row % sequences][position]] = 1
      }
    }
    var span = noise.mutableSpan
    noises.fillExponential(&span)
    program.run(stage: 0)
    var total = 0.0
    for row in 0..<rows {
      let copy = (0..<task.length).map { position in
        let start = (position * rows + row) * kinds
        return (0..<kinds).first { written[start + $0] > 0.5 } ?? 0
      }
      let reward = task.reward(of: copy, for: originals[row % sequences])
      total += reward
      signals[row] = Float(-reward - baseline)
    }
    program.run(stage: 1)
    return total / Double(rows)
  }
}
