import Differentiation
import Distributions
import Estimators
import Networks

/// How often and at how many observations f is evaluated for one update.
package struct BlackBoxShape: Sendable, Hashable {
  /// D.
  package var variables: Int
  /// The length of an observation; 0 for none.
  package var contextSize: Int
  /// B, observations of an update; 1 where there are none.
  package var contexts: Int
  /// K, evaluations for each observation.
  package var samples: Int
  /// τ.
  package var entropyWeight: Double
  /// Units of c_φ's one layer.
  package var units: Int

  /// A shape.
  package init(
    variables: Int, contextSize: Int, contexts: Int, samples: Int, entropyWeight: Double,
    units: Int = 16
  ) {
    self.variables = variables
    self.contextSize = contextSize
    self.contexts = contexts
    self.samples = samples
    self.entropyWeight = entropyWeight
    self.units = units
  }
}

/// The graph of one update: draws, places for what f gives, and the gradients.
///
/// The estimators minimize, so that signals are −f.
struct EstimateGraph {
  /// M, free draws of a sampled surrogate for each observation.
  static let freeDraws = 64

  let graph = Graph()
  let theta: ParameterTensors
  let phi: ParameterTensors?
  /// `[B, contextSize]`.
  let contexts: Tensor?
  /// Logistic variates.
  private(set) var noise: [Tensor] = []
  /// Values, rows of B observations one block after the other, and the inputs for −f of each.
  private(set) var evaluations: [(value: Tensor, signal: Tensor)] = []
  /// The moving average of −f.
  private(set) var baseline: Tensor?
  /// Half the difference that each bit makes to a linear surrogate of −f, `[B, D]`.
  private(set) var slopes: Tensor?
  /// ∂(−E f)/∂ℓ, `[B, D]`.
  private(set) var exactSlopes: Tensor?
  /// By θ, of −J.
  private(set) var gradientOfTheta: [Tensor] = []
  /// By φ, of what φ is trained on here.
  private(set) var gradientOfPhi: [Tensor] = []

  private let shape: BlackBoxShape
  private let policy: LinearPolicy
  private let network: ControlNetwork?

  init(
    _ estimator: BlackBoxEstimator, _ shape: BlackBoxShape, policy: LinearPolicy,
    network: ControlNetwork?
  ) {
    (self.shape, self.policy, self.network) = (shape, policy, network)
    theta = ParameterTensors(policy.parameters.layout, inputsOf: graph)
    phi = network.map { [graph] in ParameterTensors($0.layout, inputsOf: graph) }
    contexts =
      shape.contextSize > 0
      ? graph.input("contexts", shape: [shape.contexts, shape.contextSize]) : nil
    build(estimator)
    let entropy = Bernoulli(logits: logits(blocks: 1)).entropy().mean()
    let byEntropy = gradient(
      of: -shape.entropyWeight * entropy, withRespectTo: theta.tensors)
    gradientOfTheta = zip(gradientOfTheta, byEntropy).map { $0 + $1 }
  }

  private mutating func build(_ estimator: BlackBoxEstimator) {
    switch estimator {
    case .relax: relax()
    case .average, .value: scoreFunction(estimator)
    case .disarm: disARM()
    case .exact: exact()
    case .rloo, .relaxRLOO, .arms, .surrogate: severalSamples(estimator)
    case .surrogateNetwork: surrogateNetwork()
    }
  }

  /// ℓ for blocks of all observations, one below the other.
  private func logits(blocks: Int) -> Tensor {
    let stacked = contexts.map {
      Tensor.concatenate([Tensor](repeating: $0, count: blocks), axis: 0)
    }
    return policy.logits(rows: blocks * shape.contexts, contexts: stacked, theta)
  }

  private mutating func noise(blocks: Int) -> Tensor {
    let tensor = graph.input(
      "noise\(noise.count)", shape: [blocks * shape.contexts, shape.variables])
    noise.append(tensor)
    return tensor
  }

  private mutating func signal(of value: Tensor) -> Tensor {
    let tensor = graph.input("signal\(evaluations.count)", shape: [value.shape[0]])
    evaluations.append((value, tensor))
    return tensor
  }

  private mutating func take(_ estimate: GradientEstimate) {
    let rows = estimate.parameters[0].shape[0]
    let weights = graph.constant(1 / Double(rows), shape: [rows])
    let found = estimate.pulledBack(to: theta.tensors, weights: weights)
    gradientOfTheta =
      gradientOfTheta.isEmpty ? found : zip(gradientOfTheta, found).map { $0 + $1 }
  }

  /// φ of the estimate's variance, by the logits of each row: what rows have in common is no matter of φ.
  private mutating func trainOnVariance(_ estimate: GradientEstimate, _ phi: ParameterTensors) {
    let rows = estimate.parameters[0].shape[0]
    let objective = estimate.squaredNorm(
      weights: graph.constant(1 / Double(rows).squareRoot(), shape: [rows]))
    gradientOfPhi = gradient(of: objective, withRespectTo: phi.tensors)
  }

  private mutating func relax() {
    guard let network, let phi else { fatalError("RELAX needs a network.") }
    let bits = Bernoulli(logits: logits(blocks: shape.samples))
    let z = bits.relaxedSample(noise: noise(blocks: shape.samples))
    let signal = signal(of: bits.value(ofRelaxed: z))
    let contexts = contexts
    // Coupled noise: c at z and at z̃ is one and the same.
    let estimate = RELAX().coupledEstimate(bits, relaxed: z, signal: signal) {
      network(relaxed: $0, contexts: contexts, phi)
    }
    take(estimate)
    trainOnVariance(estimate, phi)
  }

  private mutating func scoreFunction(_ estimator: BlackBoxEstimator) {
    let bits = Bernoulli(logits: logits(blocks: shape.samples))
    let value = bits.sample(noise: noise(blocks: shape.samples))
    let signal = signal(of: value)
    if estimator == .average {
      let mean = graph.input("baseline", shape: [1])
      baseline = mean
      take(ScoreFunction().estimate(bits, value: value, signal: signal - mean))
      return
    }
    guard let network, let phi, let contexts else { fatalError("V(x) needs a network and x.") }
    let stacked = Tensor.concatenate(
      [Tensor](repeating: contexts, count: shape.samples), axis: 0)
    let (estimate, loss) = NVIL().estimate(
      bits, value: value, signal: signal,
      baseline: network(spins: nil, contexts: stacked, phi))
    take(estimate)
    gradientOfPhi = gradient(of: loss.mean(), withRespectTo: phi.tensors)
  }

  private mutating func disARM() {
    let bits = Bernoulli(logits: logits(blocks: shape.samples / 2))
    let pair = DisARM().antitheticPair(bits, noise: noise(blocks: shape.samples / 2))
    let signals = (signal(of: pair.value), signal(of: pair.antithetic))
    take(DisARM().estimate(bits, pair: pair, signals: signals))
  }

  private mutating func exact() {
    let bits = Bernoulli(logits: logits(blocks: 1))
    let slopes = graph.input("slopes", shape: bits.logits.shape)
    exactSlopes = slopes
    take(GradientEstimate(parameters: bits.parameters, distributionGradient: [slopes]))
  }

  /// Estimators whose samples have a row each for the same observation.
  private mutating func severalSamples(_ estimator: BlackBoxEstimator) {
    let bits = Bernoulli(logits: logits(blocks: 1))
    let noises = (0..<shape.samples).map { _ in noise(blocks: 1) }
    if estimator == .arms {
      let values = ARMS().antitheticValues(bits, noise: noises)
      var signals: [Tensor] = []
      for value in values { signals.append(signal(of: value)) }
      return take(ARMS().estimate(bits, values: values, signals: signals))
    }
    let relaxed = noises.map { bits.relaxedSample(noise: $0) }
    let values = relaxed.map { bits.value(ofRelaxed: $0).stopGradient() }
    var signals: [Tensor] = []
    for value in values { signals.append(signal(of: value)) }
    switch estimator {
    case .surrogate:
      let slopes = graph.input("slopes", shape: bits.logits.shape)
      self.slopes = slopes
      take(
        LinearSurrogate().estimate(
          bits, values: values, signals: signals, surrogate: (zero: -slopes, one: slopes)))
    case .relaxRLOO:
      guard let network, let phi else { fatalError("RELAX needs a network.") }
      let contexts = contexts
      let estimate = RELAX().leaveOneOutEstimate(
        bits, relaxed: relaxed, conditionalNoise: nil, signals: signals
      ) { network(relaxed: $0, contexts: contexts, phi) }
      take(estimate)
      trainOnVariance(estimate, phi)
    default: take(RLOO().estimate(bits, values: values, signals: signals))
    }
  }

  /// Free draws as rows of one tensor: the same sum as `SampledSurrogate`'s, which has a tensor for each.
  private mutating func surrogateNetwork() {
    guard let network, let phi else { fatalError("A surrogate needs a network.") }
    let bits = Bernoulli(logits: logits(blocks: 1))
    var values: [Tensor] = []
    var signals: [Tensor] = []
    for _ in 0..<shape.samples {
      let value = bits.sample(noise: noise(blocks: 1))
      values.append(value)
      signals.append(signal(of: value))
    }
    func surrogate(_ value: Tensor) -> Tensor {
      // Fitted to f, while signals are −f.
      -network(spins: 2 * value - 1, contexts: contexts, phi).stopGradient()
    }
    let residuals = zip(values, signals).map { $1 - surrogate($0) }
    take(RLOO().estimate(bits, values: values, signals: residuals))
    let (draws, rows) = (Self.freeDraws, shape.contexts)
    let free = Bernoulli(logits: logits(blocks: draws))
    let value = free.sample(noise: noise(blocks: draws))
    let c = surrogate(value).reshaped([draws, rows])
    let others = (c - c.mean(axis: 0, keepingAxis: true)) * (Double(draws) / Double(draws - 1))
    take(ScoreFunction().estimate(free, value: value, signal: others.reshaped([draws * rows])))
  }
}
