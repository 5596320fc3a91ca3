import Differentiation
import Distributions
import Estimators
import Networks

/// How many copies an update has.
package struct CopyShape: Sendable, Hashable {
  /// What is to be copied.
  package var length: Int
  package var vocabulary: Int
  /// B, sequences of an update.
  package var sequences: Int
  /// K, copies of each.
  package var samples: Int
  /// Units of c_φ's one layer.
  package var units = 16

  /// A shape.
  package init(length: Int, vocabulary: Int, sequences: Int, samples: Int) {
    (self.length, self.vocabulary) = (length, vocabulary)
    (self.sequences, self.samples) = (sequences, samples)
  }

  /// Copies of an update.
  var rows: Int { sequences * samples }
}

/// The graph of one update of a policy that copies: symbols one after the other, and the gradient.
///
/// Rows are copies of all sequences, block by block; what has a row for every position has the rows of a
/// position one below the other.
struct CopyGraph {
  /// λ of the relaxed symbols.
  private static let temperature = 0.5

  let graph = Graph()
  let theta: ParameterTensors
  let phi: ParameterTensors?
  /// Exponential variates, `[length · rows, vocabulary]`.
  let noise: Tensor
  /// The sequences, one-hot, `[length · rows, vocabulary]`.
  let shown: Tensor
  /// −reward of each copy, `[rows]`.
  let signals: Tensor
  /// What was written, one-hot, `[length · rows, vocabulary]`.
  private(set) var written: Tensor
  /// By θ, of −E reward.
  private(set) var gradientOfTheta: [Tensor] = []
  /// By φ, of what φ is trained on.
  private(set) var gradientOfPhi: [Tensor] = []

  private let shape: CopyShape
  private let network: ControlNetwork?

  /// θ: logits are linear in the symbol to be copied and in the one that was written last.
  static func layout(vocabulary: Int) -> ParameterLayout {
    ParameterLayout([
      ParameterEntry("shown", [vocabulary, vocabulary]),
      ParameterEntry("last", [vocabulary, vocabulary]),
      ParameterEntry("bias", [1, vocabulary]),
    ])
  }

  init(_ estimator: BlackBoxEstimator, _ shape: CopyShape, network: ControlNetwork?) {
    (self.shape, self.network) = (shape, network)
    let size: Shape = [shape.length * shape.rows, shape.vocabulary]
    theta = ParameterTensors(Self.layout(vocabulary: shape.vocabulary), inputsOf: graph)
    phi = network.map { [graph] in ParameterTensors($0.layout, inputsOf: graph) }
    noise = graph.input("noise", shape: size)
    shown = graph.input("shown", shape: size)
    signals = graph.input("signals", shape: [shape.rows])
    written = noise
    let choices = write()
    estimate(estimator, choices)
  }

  private func logits(_ shown: Tensor, _ last: Tensor) -> Tensor {
    shown.matrixProduct(theta["shown"]) + last.matrixProduct(theta["last"]) + theta["bias"]
  }

  /// Draws symbol after symbol; what comes first follows none.
  ///
  /// - Returns: all choices, given what was written before each.
  private mutating func write() -> Categorical {
    var last = graph.constant(0, shape: [shape.rows, shape.vocabulary])
    var (before, symbols): ([Tensor], [Tensor]) = ([], [])
    for position in 0..<shape.length {
      let range = position * shape.rows..<(position + 1) * shape.rows
      before.append(last)
      last = Categorical(logits: logits(shown.slice(range), last))
        .sample(noise: noise.slice(range))
      symbols.append(last)
    }
    written = Tensor.concatenate(symbols, axis: 0).stopGradient()
    return Categorical(
      logits: logits(shown, Tensor.concatenate(before, axis: 0).stopGradient()))
  }

  /// Every symbol is told what its copy came to.
  private mutating func estimate(_ estimator: BlackBoxEstimator, _ choices: Categorical) {
    let (length, rows) = (shape.length, shape.rows)
    let told = estimator == .rloo || estimator == .relaxRLOO ? signalsWithoutOthers : signals
    let signal = told.reshaped([1, rows]).broadcast(to: [length, rows]).reshaped([length * rows])
    var estimate: GradientEstimate
    var objective: Tensor?
    if estimator == .value, let network, let phi {
      let found = NVIL().estimate(
        choices, value: written, signal: signal,
        baseline: network(spins: nil, contexts: shown, phi))
      (estimate, objective) = (found.estimate, found.loss.mean())
    } else if let network, let phi {
      estimate = relax(choices, signal, network, phi)
      objective = estimate.squaredNorm(
        weights: graph.constant(
          1 / Double(length * rows).squareRoot(), shape: [length * rows]))
    } else {
      estimate = ScoreFunction().estimate(choices, value: written, signal: signal)
    }
    gradientOfTheta = estimate.pulledBack(
      to: theta.tensors, weights: graph.constant(1 / Double(rows), shape: [length * rows]))
    if let objective, let phi {
      gradientOfPhi = gradient(of: objective, withRespectTo: phi.tensors)
    }
  }

  /// RELAX symbol by symbol: c knows the symbol to be copied and the relaxed one.
  private func relax(
    _ choices: Categorical, _ signal: Tensor, _ network: ControlNetwork, _ phi: ParameterTensors
  ) -> GradientEstimate {
    let temperature = graph.constant(Self.temperature)
    let shown = shown
    return RELAX().coupledEstimate(
      choices, relaxed: choices.relaxedSample(noise: noise), signal: signal
    ) { z in
      network(
        spins: choices.concreteValue(ofRelaxed: z, temperature: temperature), contexts: shown, phi)
    }
  }

  /// Each signal less the mean of those of the other copies of the same sequence.
  private var signalsWithoutOthers: Tensor {
    let blocks = signals.reshaped([shape.samples, shape.sequences])
    let scale = Double(shape.samples) / Double(shape.samples - 1)
    return ((blocks - blocks.mean(axis: 0, keepingAxis: true)) * scale).reshaped([shape.rows])
  }
}
