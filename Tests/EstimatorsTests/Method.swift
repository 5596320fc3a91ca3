import Differentiation
import Distributions
import Estimators
import Foundation

/// Every estimator of discrete variables, built for a problem.
enum Method: String, CaseIterable, Sendable {
  case scoreFunction, baseline, nvil, rloo, rebar, rebarCoupled, relax, relaxCoupled
  case relaxedREBAR, relaxedREBARCoupled, muProp, controlled, disARM
  case allAction, localExpectation, exact
  // Biased.
  case concrete, gumbelStraightThrough, straightThrough

  static let biased: Set<Method> = [.concrete, .gumbelStraightThrough, .straightThrough]

  func applies(to problem: Problem) -> Bool {
    switch self {
    case .disARM: problem.family == .bernoulli
    default: true
    }
  }

  /// The estimate for R rows.
  func estimate(_ problem: Problem, _ sampler: GradientSampler) -> GradientEstimate {
    let logits = problem.rows(sampler.graph, sampler.rows)
    switch (self, problem.family) {
    case (.disARM, _):
      let bernoulli = Bernoulli(logits: logits)
      let pair = DisARM().antitheticPair(bernoulli, noise: problem.noise(sampler))
      return DisARM().estimate(
        bernoulli, pair: pair, signals: (problem.f(pair.value), problem.f(pair.antithetic)))
    case (.allAction, _), (.localExpectation, _):
      return allAction(problem, sampler, logits)
    case (.exact, .bernoulli): return exact(Bernoulli(logits: logits), problem)
    case (.exact, .categorical):
      return exact(Categorical(logits: logits, variables: problem.variables), problem)
    case (_, .bernoulli): return estimate(Bernoulli(logits: logits), problem, sampler)
    case (_, .categorical):
      return estimate(
        Categorical(logits: logits, variables: problem.variables), problem, sampler)
    }
  }

  /// With a control variate that is fitted to nothing, or with f where one variable was changed.
  private func allAction(
    _ problem: Problem, _ sampler: GradientSampler, _ logits: Tensor
  ) -> GradientEstimate {
    let graph = sampler.graph
    let (rows, variables) = (sampler.rows, problem.variables)
    func arbitrary(_ offset: Double) -> Tensor {
      graph.literal(
        (0..<problem.width).map { offset + 0.3 * Double($0 * $0 % 7) }, shape: [problem.width]
      ).broadcast(to: [rows, problem.width]).reshaped(logits.shape)
    }
    /// f where variable v has its k-th value, `[R, 1]`.
    func changed(_ value: Tensor, _ variable: Int, to choice: Int) -> Tensor {
      let flat = value.reshaped([rows, problem.width])
      let (kept, new) = problem.replacement(of: variable, by: choice)
      let row = { (elements: [Double]) in graph.literal(elements, shape: [problem.width]) }
      return problem.f((flat * row(kept) + row(new)).reshaped(value.shape)).reshaped([rows, 1])
    }
    switch problem.family {
    case .bernoulli:
      let bernoulli = Bernoulli(logits: logits)
      let value = bernoulli.sample(noise: problem.noise(sampler))
      let c = (0..<2).map { choice in
        self == .allAction
          ? arbitrary(Double(choice))
          : Tensor.concatenate(
            (0..<variables).map { changed(value, $0, to: choice) }, axis: 1)
      }
      return AllAction().estimate(
        bernoulli, value: value, signal: problem.f(value), controlVariate: (c[0], c[1]))
    case .categorical:
      let categorical = Categorical(logits: logits, variables: variables)
      let value = categorical.sample(noise: problem.noise(sampler))
      let c =
        self == .allAction
        ? arbitrary(0)
        : Tensor.concatenate(
          (0..<problem.width).map {
            changed(value, $0 / problem.classes, to: $0 % problem.classes)
          }, axis: 1
        ).reshaped(logits.shape)
      return AllAction().estimate(
        categorical, value: value, signal: problem.f(value), controlVariate: c)
    }
  }

  private func exact(_ distribution: some Enumerable, _ problem: Problem) -> GradientEstimate {
    let graph = distribution.parameters[0].graph
    let states = graph.literal(
      distribution.support(), shape: problem.rows(graph, distribution.supportCount).shape)
    return ExactGradient().estimate(distribution, signals: problem.f(states))
  }

  private func estimate(
    _ distribution: some ConditionallyReparameterizable, _ problem: Problem,
    _ sampler: GradientSampler
  ) -> GradientEstimate {
    let graph = sampler.graph
    let z = distribution.relaxedSample(noise: problem.noise(sampler))
    let value = distribution.value(ofRelaxed: z).stopGradient()
    let signal = problem.f(value)
    let temperature = graph.constant(0.6)
    lazy var independent = problem.noise(sampler)
    lazy var coupled = distribution.coupledNoise(ofRelaxed: z)
    switch self {
    case .scoreFunction:
      return ScoreFunction().estimate(distribution, value: value, signal: signal)
    case .baseline:
      return ScoreFunction().estimate(distribution, value: value, signal: signal - 0.7)
    case .nvil:
      return NVIL().estimate(
        distribution, value: value, signal: signal,
        // One that differs from row to row, as if rows had inputs of their own.
        baseline: graph.literal(
          (0..<signal.shape.count).map { sin(Double($0)) }, shape: signal.shape),
        center: graph.constant(0.1)
      ).estimate
    case .rloo:
      let others = (0..<2).map { _ in
        distribution.value(ofRelaxed: distribution.relaxedSample(noise: problem.noise(sampler)))
      }
      return RLOO().estimate(
        distribution, values: [value] + others, signals: [signal] + others.map(problem.f))
    case .rebar, .rebarCoupled:
      return REBAR(temperature: temperature, scale: graph.constant(0.8)).estimate(
        distribution, relaxed: z,
        conditionalNoise: self == .rebar ? independent : coupled, signal: signal, f: problem.f)
    case .relax, .relaxCoupled:
      return RELAX().estimate(
        distribution, relaxed: z,
        conditionalNoise: self == .relax ? independent : coupled, signal: signal,
        controlVariate: problem.c)
    case .relaxedREBAR, .relaxedREBARCoupled:
      return RelaxedREBAR(temperature: temperature, scale: graph.constant(0.8)).estimate(
        distribution, relaxed: z,
        conditionalNoise: self == .relaxedREBAR ? independent : coupled, signal: signal,
        f: problem.f, residual: problem.c)
    case .muProp:
      return MuProp().estimate(distribution, value: value, signal: signal, f: problem.f)
    case .controlled:
      // A control variate's term with a fixed scale, added to the plain score function.
      let term = RELAX().controlTerm(
        distribution, relaxed: z, conditionalNoise: independent, controlVariate: problem.c)
      return ScoreFunction().estimate(distribution, value: value, signal: signal)
        .adding(term, scaledBy: graph.constant(0.4))
    case .concrete, .gumbelStraightThrough:
      return Concrete(
        temperature: temperature, form: self == .concrete ? .relaxed : .straightThrough
      ).estimate(distribution, relaxed: z, f: problem.f)
    case .straightThrough:
      return StraightThrough().estimate(distribution, value: value, f: problem.f)
    case .disARM, .allAction, .localExpectation, .exact:
      preconditionFailure("\(self) is built for its own distributions.")
    }
  }
}
