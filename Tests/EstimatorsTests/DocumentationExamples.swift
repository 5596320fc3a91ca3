import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import TestSupport
import Testing

/// The examples of the pages in docs/estimators, compiled and run.
///
/// Each lies between two marks; a test compares it with the page's code block.
struct DocumentationExamples {
  let graph = Graph()
  let rows = 8
  let logits, noise, noise2, means, signal, context, eta, lambda: Tensor

  var inputs: [Tensor] { [logits, noise, noise2, means, signal, context, eta, lambda] }

  init() {
    logits = graph.input("logits", shape: [rows, 3])
    noise = graph.input("noise", shape: [rows, 3])
    noise2 = graph.input("noise2", shape: [rows, 3])
    means = graph.input("means", shape: [rows, 3])
    signal = graph.input("signal", shape: [rows])
    context = graph.input("context", shape: [rows])
    eta = graph.input("eta", shape: [])
    lambda = graph.input("lambda", shape: [])
  }

  private func f(_ b: Tensor) -> Tensor { (b - 0.45).squared().sum(axis: 1) }

  func all() -> [(page: String, estimate: GradientEstimate)] {
    let phi = [graph.constant(0.4)]
    let network = { (z: Tensor) in (phi[0] * z).tanh().sum(axis: 1) }
    var found: [(page: String, estimate: GradientEstimate)] = []

    do {
      // example: reinforce
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.sample(noise: noise)
      let estimate = ScoreFunction().estimate(bernoulli, value: b, signal: signal - 0.25)
      // end
      found.append(("reinforce", estimate))
    }
    do {
      // example: nvil
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.sample(noise: noise)
      let (estimate, loss) = NVIL().estimate(
        bernoulli, value: b, signal: signal, baseline: context)
      let baselineGradient = gradient(of: loss.mean(), withRespectTo: [context])
      // end
      #expect(baselineGradient.count == 1)
      found.append(("nvil", estimate))
    }
    do {
      // example: rloo
      let bernoulli = Bernoulli(logits: logits)
      let values = [noise, noise2].map { bernoulli.sample(noise: $0) }
      let estimate = RLOO().estimate(bernoulli, values: values, signals: values.map(f))
      // end
      found.append(("rloo", estimate))
    }
    do {
      // example: vimco
      let bernoulli = Bernoulli(logits: logits)
      let values = [noise, noise2].map { bernoulli.sample(noise: $0) }
      let estimate = VIMCO().estimate(
        bernoulli, values: values,
        logWeights: values.map { -f($0) - bernoulli.logProbability(of: $0) })
      // end
      found.append(("vimco", estimate))
    }
    do {
      // example: reparameterization
      let gaussian = DiagonalGaussian(mean: means, logDeviation: logits)
      let estimate = Reparameterization().estimate(gaussian, noise: noise, f: f)
      // end
      found.append(("reparameterization", estimate))
    }
    do {
      // example: concrete
      let categorical = Categorical(logits: logits)
      let z = categorical.relaxedSample(noise: noise)
      let estimate = Concrete(temperature: lambda, form: .straightThrough).estimate(
        categorical, relaxed: z, f: f)
      // end
      found.append(("concrete", estimate))
    }
    do {
      // example: straight-through
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.sample(noise: noise)
      let estimate = StraightThrough().estimate(bernoulli, value: b, f: f)
      // end
      found.append(("straight-through", estimate))
    }
    do {
      // example: rebar
      let bernoulli = Bernoulli(logits: logits)
      let z = bernoulli.relaxedSample(noise: noise)
      let estimate = REBAR(temperature: lambda, scale: eta).estimate(
        bernoulli, relaxed: z, conditionalNoise: noise2,
        signal: f(bernoulli.value(ofRelaxed: z)), f: f)
      let objective = estimate.squaredNorm(weights: graph.constant(1, shape: [rows]))
      let controlGradient = gradient(of: objective, withRespectTo: [lambda, eta])
      // end
      #expect(controlGradient.count == 2)
      found.append(("rebar", estimate))
    }
    do {
      // example: relax
      let categorical = Categorical(logits: logits)
      let z = categorical.relaxedSample(noise: noise)
      let estimate = RELAX().estimate(
        categorical, relaxed: z, conditionalNoise: noise2, signal: signal,
        controlVariate: network)
      let objective = estimate.squaredNorm(weights: graph.constant(1, shape: [rows]))
      let controlGradient = gradient(of: objective, withRespectTo: phi)
      // end
      #expect(controlGradient.count == 1)
      found.append(("relax", estimate))
    }
    do {
      // example: relaxed-rebar
      let bernoulli = Bernoulli(logits: logits)
      let z = bernoulli.relaxedSample(noise: noise)
      let estimate = RelaxedREBAR(temperature: lambda, scale: eta).estimate(
        bernoulli, relaxed: z, conditionalNoise: bernoulli.coupledNoise(ofRelaxed: z),
        signal: f(bernoulli.value(ofRelaxed: z)), f: f, residual: network)
      // end
      found.append(("relaxed-rebar", estimate))
    }
    do {
      // example: lax
      let gaussian = DiagonalGaussian(mean: means, logDeviation: logits)
      let estimate = LAX().estimate(
        gaussian, noise: noise, signal: signal, controlVariate: network)
      // end
      found.append(("lax", estimate))
    }
    do {
      // example: all-action
      let categorical = Categorical(logits: logits)
      let b = categorical.sample(noise: noise)
      let estimate = AllAction().estimate(
        categorical, value: b, signal: signal, controlVariate: means)
      // end
      found.append(("all-action", estimate))
    }
    do {
      // example: exact
      let bernoulli = Bernoulli(logits: logits)
      let states = graph.literal(bernoulli.support(), shape: [bernoulli.supportCount, 3])
      let estimate = ExactGradient().estimate(bernoulli, signals: f(states))
      // end
      found.append(("exact", estimate))
    }
    do {
      // example: disarm
      let bernoulli = Bernoulli(logits: logits)
      let pair = DisARM().antitheticPair(bernoulli, noise: noise)
      let estimate = DisARM().estimate(
        bernoulli, pair: pair, signals: (f(pair.value), f(pair.antithetic)))
      // end
      found.append(("disarm", estimate))
    }
    do {
      // example: arms
      let bernoulli = Bernoulli(logits: logits)
      let values = ARMS().antitheticValues(bernoulli, noise: [noise, noise2])
      let estimate = ARMS().estimate(bernoulli, values: values, signals: values.map(f))
      // end
      found.append(("arms", estimate))
    }
    do {
      // example: carms
      let categorical = Categorical(logits: logits)
      let values = CARMS().antitheticValues(categorical, noise: [noise, noise2])
      let estimate = CARMS().estimate(categorical, values: values, signals: values.map(f))
      // end
      found.append(("carms", estimate))
    }
    do {
      // example: relax-rloo
      let categorical = Categorical(logits: logits)
      let relaxed = [noise, noise2].map { categorical.relaxedSample(noise: $0) }
      let estimate = RELAX().leaveOneOutEstimate(
        categorical, relaxed: relaxed, conditionalNoise: nil,
        signals: relaxed.map { f(categorical.value(ofRelaxed: $0)) }, controlVariate: network)
      let objective = estimate.squaredNorm(weights: graph.constant(1, shape: [rows]))
      let controlGradient = gradient(of: objective, withRespectTo: phi)
      // end
      #expect(controlGradient.count == 1)
      found.append(("relax-rloo", estimate))
    }
    do {
      // example: linear-surrogate
      let bernoulli = Bernoulli(logits: logits)
      let values = [noise, noise2].map { bernoulli.sample(noise: $0) }
      let estimate = LinearSurrogate().estimate(
        bernoulli, values: values, signals: values.map(f), surrogate: (zero: 0 * means, one: means))
      // end
      found.append(("linear-surrogate", estimate))
    }
    do {
      // example: sampled-surrogate
      let bernoulli = Bernoulli(logits: logits)
      let values = [noise, noise2].map { bernoulli.sample(noise: $0) }
      let free = [-noise, -noise2].map { bernoulli.sample(noise: $0) }
      let estimate = SampledSurrogate().estimate(
        bernoulli, values: values, freeValues: free, signals: values.map(f),
        surrogates: (values + free).map(network))
      // end
      found.append(("sampled-surrogate", estimate))
    }
    do {
      // example: reduced-reparameterization
      let gaussian = DiagonalGaussian(mean: means, logDeviation: logits)
      let estimate = ReducedVarianceReparameterization().estimate(gaussian, noise: noise, f: f)
      // end
      found.append(("reduced-reparameterization", estimate))
    }
    do {
      // example: implicit-reparameterization
      let gamma = Gamma(logShape: means, logRate: logits)
      let draw = GammaDraw(standard: noise, derivative: noise2)
      let estimate = ImplicitReparameterization().estimate(gamma, draw: draw, f: f)
      // end
      found.append(("implicit-reparameterization", estimate))
    }
    do {
      // example: muprop
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.sample(noise: noise)
      let estimate = MuProp().estimate(bernoulli, value: b, signal: f(b), f: f)
      // end
      found.append(("muprop", estimate))
    }
    do {
      // example: optimal-scale
      let bernoulli = Bernoulli(logits: logits)
      let z = bernoulli.relaxedSample(noise: noise)
      let plain = ScoreFunction().estimate(
        bernoulli, value: bernoulli.value(ofRelaxed: z), signal: signal)
      let term = RELAX().controlTerm(
        bernoulli, relaxed: z, conditionalNoise: noise2, controlVariate: network)
      let estimate = plain.adding(term, scaledBy: eta)
      // end
      found.append(("optimal-scale", estimate))
    }
    return found
  }
}

/// The example of docs/estimators/README.md, from a distribution to a trained control variate.
func firstExample() throws -> (probabilities: [Float], variance: Float) {
  // example: README
  // 32 draws of 4 independent bits, whose logits are to be learned.
  let rows = 32
  let graph = Graph()
  let logits = graph.input("logits", shape: [1, 4])
  let noise = (0..<2).map { graph.input("noise\($0)", shape: [rows, 4]) }
  let signal = graph.input("signal", shape: [rows])
  let weights = graph.input("weights", shape: [4, 1])
  let bias = graph.input("bias", shape: [])

  let bits = Bernoulli(logits: logits.broadcast(to: [rows, 4]))
  let z = bits.relaxedSample(noise: noise[0])
  let b = bits.value(ofRelaxed: z)
  let estimate = RELAX().estimate(
    bits, relaxed: z, conditionalNoise: noise[1], signal: signal
  ) { z in z.sigmoid().matrixProduct(weights).reshaped([z.shape[0]]) + bias }

  // The gradient of the mean over the draws, and that of its variance by the control variate.
  let share = graph.constant(1 / Double(rows), shape: [rows])
  let program = try BlackBoxProgram<Float>(
    evaluating: [(value: b, signal: signal)],
    outputs: [
      ProgramOutput("logits", estimate.pulledBack(to: [logits], weights: share)),
      ProgramOutput(
        "control",
        gradient(of: estimate.squaredNorm(weights: share), withRespectTo: [weights, bias])),
      ProgramOutput("variance", estimate.squaredNorm(weights: share)),
    ])

  var stream = RandomStream(seed: 1, purpose: "example")
  var (theta, phi) = ([Float](repeating: 0, count: 4), [Float](repeating: 0, count: 5))
  for _ in 0..<2000 {
    program.fill(logits, theta)
    program.fill(weights, phi.prefix(4))
    program.fill(bias, phi.suffix(1))
    for input in noise { program.program.withInput(input) { stream.fillLogistic(&$0) } }
    // Any Swift function of a row: here the number of bits that are not 1, 0, 1, 0.
    try program.run { bits in
      (0..<4).reduce(Float(0)) { $0 + (bits[$1] == Float(($1 + 1) % 2) ? 0 : 1) }
    }
    for (index, slope) in program.output("logits").enumerated() { theta[index] -= slope }
    for (index, slope) in program.output("control").enumerated() { phi[index] -= slope }
  }
  // end
  return (theta.map { 1 / (1 + exp(-$0)) }, program.output("variance")[0])
}
