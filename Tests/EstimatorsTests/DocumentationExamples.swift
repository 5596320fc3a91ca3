import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import TestSupport
import Testing

/// The examples of the pages in docs/estimators, compiled and run.
///
/// Each lies between `// example: page` and `// end`; a test compares it with the page's code block.
private struct Examples {
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
    let network = { (z: Tensor) in z.tanh().sum(axis: 1) }
    var found: [(page: String, estimate: GradientEstimate)] = []

    do {
      // example: reinforce
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: noise))
      let estimate = ScoreFunction().estimate(bernoulli, value: b, signal: signal - 0.25)
      // end
      found.append(("reinforce", estimate))
    }
    do {
      // example: nvil
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: noise))
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
      let values = [noise, noise2].map {
        bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: $0))
      }
      let estimate = RLOO().estimate(bernoulli, values: values, signals: values.map(f))
      // end
      found.append(("rloo", estimate))
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
      let b = bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: noise))
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
      // end
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
      let b = categorical.value(ofRelaxed: categorical.relaxedSample(noise: noise))
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
      // example: muprop
      let bernoulli = Bernoulli(logits: logits)
      let b = bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: noise))
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
      let estimate = GradientEstimate(
        parameters: plain.parameters,
        distributionGradient: zip(plain.distributionGradient, term.distributionGradient).map {
          $0 + eta * $1
        })
      // end
      found.append(("optimal-scale", estimate))
    }
    return found
  }
}

@Suite struct `The documentation` {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func `every example gives a finite estimate of the parameters' shapes`() throws {
    let examples = Examples()
    for (page, estimate) in examples.all() {
      #expect(estimate.distributionGradient.map(\.shape) == estimate.parameters.map(\.shape))
      let program = try Program<Double>(stages: [
        ProgramStage(outputs: [ProgramOutput("gradient", estimate.distributionGradient)])
      ])
      for input in examples.inputs where program.reads(input) {
        program.withInput(input) { for index in 0..<$0.count { $0[index] = 0.7 } }
      }
      program.run()
      #expect(program.output("gradient").allSatisfy { $0.isFinite }, "\(page)")
    }
  }

  @Test func `every page shows its example as it is compiled`() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    var pages = 0
    for part in source.components(separatedBy: "      // example: ").dropFirst() {
      guard let lineEnd = part.firstIndex(of: "\n"),
        let end = part.range(of: "      // end\n")
      else { continue }
      let page = String(part[..<lineEnd])
      let code = part[part.index(after: lineEnd)..<end.lowerBound]
        .split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.hasPrefix("      ") ? String($0.dropFirst(6)) : String($0) }
        .joined(separator: "\n")
      let path = Self.root.appendingPathComponent("docs/estimators/\(page).md")
      let text = try String(contentsOf: path, encoding: .utf8)
      #expect(text.contains("```swift\n\(code)```"), "\(page).md shows another example")
      pages += 1
    }
    #expect(pages == 15)
  }
}
