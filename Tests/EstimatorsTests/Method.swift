import Differentiation
import Distributions
import Estimators

/// Every estimator of discrete variables, built for a problem.
enum Method: String, CaseIterable, Sendable {
  case scoreFunction, baseline, nvil, rloo, rebar, rebarCoupled, relax, relaxCoupled
  case relaxedREBAR, muProp, controlled, disARM, allAction, exact
  // Biased.
  case concrete, gumbelStraightThrough, straightThrough

  static let biased: Set<Method> = [.concrete, .gumbelStraightThrough, .straightThrough]

  func applies(to problem: Problem) -> Bool {
    switch self {
    case .disARM: problem.family == .bernoulli
    case .allAction: problem.family == .categorical && problem.variables == 1
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
    case (.allAction, _):
      let categorical = Categorical(logits: logits)
      let value = categorical.value(
        ofRelaxed: categorical.relaxedSample(noise: problem.noise(sampler)))
      let c = sampler.graph.literal(
        (0..<problem.classes).map { 0.1 * Double($0 * $0) }, shape: [problem.classes])
      return AllAction().estimate(
        categorical, value: value, signal: problem.f(value),
        controlVariate: c.broadcast(to: logits.shape))
    case (.exact, .bernoulli): return exact(Bernoulli(logits: logits), problem)
    case (.exact, .categorical):
      return exact(Categorical(logits: logits, variables: problem.variables), problem)
    case (_, .bernoulli): return estimate(Bernoulli(logits: logits), problem, sampler)
    case (_, .categorical):
      return estimate(
        Categorical(logits: logits, variables: problem.variables), problem, sampler)
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
        baseline: graph.constant(0.5, shape: signal.shape), center: graph.constant(0.1)
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
    case .relaxedREBAR:
      return RelaxedREBAR(temperature: temperature, scale: graph.constant(0.8)).estimate(
        distribution, relaxed: z, conditionalNoise: independent, signal: signal, f: problem.f,
        residual: problem.c)
    case .muProp:
      return MuProp().estimate(distribution, value: value, signal: signal, f: problem.f)
    case .controlled:
      // A control variate's term with a fixed scale, added to the plain score function.
      let term = RELAX().controlTerm(
        distribution, relaxed: z, conditionalNoise: independent, controlVariate: problem.c)
      let plain = ScoreFunction().estimate(distribution, value: value, signal: signal)
      return GradientEstimate(
        parameters: plain.parameters,
        distributionGradient: zip(plain.distributionGradient, term.distributionGradient).map {
          $0 + 0.4 * $1
        })
    case .concrete, .gumbelStraightThrough:
      return Concrete(
        temperature: temperature, form: self == .concrete ? .relaxed : .straightThrough
      ).estimate(distribution, relaxed: z, f: problem.f)
    case .straightThrough:
      return StraightThrough().estimate(distribution, value: value, f: problem.f)
    case .disARM, .allAction, .exact:
      preconditionFailure("\(self) is built for its own distributions.")
    }
  }
}
