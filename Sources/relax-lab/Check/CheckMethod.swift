import Differentiation
import Distributions
import Estimators

/// A row of the table.
enum CheckMethod: String, CaseIterable {
  case reinforce = "REINFORCE"
  case baseline = "REINFORCE, baseline"
  case rloo = "RLOO, 2 samples"
  case rloo4 = "RLOO, 4 samples"
  case disARM = "DisARM"
  case muProp = "MuProp"
  case rebar = "REBAR"
  case rebarCoupled = "REBAR, coupled"
  case relax = "RELAX"
  case relaxCoupled = "RELAX, coupled"
  case relaxedREBAR = "relaxed REBAR"
  case lax = "LAX"
  case pathwise = "reparameterization"
  case allAction = "all-action"
  case exact = "enumeration"
  case concrete = "Concrete"
  case gumbelStraightThrough = "Gumbel straight-through"
  case straightThrough = "straight-through"

  var isUnbiased: Bool {
    ![.concrete, .gumbelStraightThrough, .straightThrough].contains(self)
  }

  func applies(to problem: CheckProblem) -> Bool {
    switch self {
    case .reinforce, .baseline, .rloo, .rloo4: true
    case .lax, .pathwise: problem.family == .gaussian
    case .disARM: problem.family == .bernoulli
    case .allAction: problem.family == .categorical && problem.variables == 1
    default: problem.family != .gaussian
    }
  }

  /// Evaluations of f, and of its derivative where one is needed.
  func evaluations(_ problem: CheckProblem) -> String {
    switch self {
    case .reinforce, .baseline, .relax, .relaxCoupled, .lax, .allAction: "1"
    case .rloo, .disARM: "2"
    case .muProp: "2 + 1 derivative"
    case .rloo4: "4"
    case .rebar, .rebarCoupled, .relaxedREBAR: "3 + 2 derivatives"
    case .pathwise, .concrete, .gumbelStraightThrough, .straightThrough: "1 + 1 derivative"
    case .exact:
      problem.family == .bernoulli
        ? "\(1 << problem.variables)"
        : "\((0..<problem.variables).reduce(1) { product, _ in product * problem.classes })"
    }
  }

  func estimate(_ problem: CheckProblem, _ sampler: GradientSampler) -> GradientEstimate {
    let parameters = problem.tiled(problem.parameters, sampler.graph, sampler.rows)
    switch problem.family {
    case .bernoulli:
      let bernoulli = Bernoulli(logits: parameters)
      if self == .disARM {
        let pair = DisARM().antitheticPair(
          bernoulli, noise: sampler.noise(.logistic, parameters.shape))
        return DisARM().estimate(
          bernoulli, pair: pair, signals: (problem.f(pair.value), problem.f(pair.antithetic)))
      }
      return discrete(bernoulli, problem, sampler)
    case .categorical:
      let categorical = Categorical(logits: parameters, variables: problem.variables)
      if self == .allAction {
        let value = categorical.value(
          ofRelaxed: categorical.relaxedSample(
            noise: sampler.noise(.exponential, parameters.shape)))
        let c = sampler.graph.constant(0.4, shape: parameters.shape)
        return AllAction().estimate(
          categorical, value: value, signal: problem.f(value), controlVariate: c)
      }
      return discrete(categorical, problem, sampler)
    case .gaussian: return continuous(parameters, problem, sampler)
    }
  }

  private func discrete(
    _ distribution: some ConditionallyReparameterizable & Enumerable, _ problem: CheckProblem,
    _ sampler: GradientSampler
  ) -> GradientEstimate {
    let graph = sampler.graph
    let shape = distribution.parameters[0].shape
    func noise() -> Tensor { sampler.noise(type(of: distribution).noise, shape) }
    if self == .exact {
      let states = graph.literal(
        distribution.support(),
        shape: problem.tiled(problem.parameters, graph, distribution.supportCount).shape)
      return ExactGradient().estimate(distribution, signals: problem.f(states))
    }
    let z = distribution.relaxedSample(noise: noise())
    let value = distribution.value(ofRelaxed: z).stopGradient()
    let signal = problem.f(value)
    let temperature = graph.constant(0.5)
    let isCoupled = self == .rebarCoupled || self == .relaxCoupled
    lazy var other = isCoupled ? distribution.coupledNoise(ofRelaxed: z) : noise()
    switch self {
    case .rebar, .rebarCoupled:
      return REBAR(temperature: temperature, scale: graph.constant(1)).estimate(
        distribution, relaxed: z, conditionalNoise: other, signal: signal, f: problem.f)
    case .relaxedREBAR:
      return RelaxedREBAR(temperature: temperature, scale: graph.constant(1)).estimate(
        distribution, relaxed: z, conditionalNoise: other, signal: signal, f: problem.f,
        residual: problem.c)
    case .relax, .relaxCoupled:
      return RELAX().estimate(
        distribution, relaxed: z, conditionalNoise: other, signal: signal,
        controlVariate: problem.c)
    case .muProp:
      return MuProp().estimate(distribution, value: value, signal: signal, f: problem.f)
    case .concrete, .gumbelStraightThrough:
      return Concrete(
        temperature: temperature, form: self == .concrete ? .relaxed : .straightThrough
      ).estimate(distribution, relaxed: z, f: problem.f)
    case .straightThrough:
      return StraightThrough().estimate(distribution, value: value, f: problem.f)
    default:
      return scored(distribution, value: value, problem) {
        distribution.value(ofRelaxed: distribution.relaxedSample(noise: noise()))
      }
    }
  }

  private func continuous(
    _ means: Tensor, _ problem: CheckProblem, _ sampler: GradientSampler
  ) -> GradientEstimate {
    let gaussian = DiagonalGaussian(
      mean: means,
      logDeviation: problem.tiled(problem.deviations, sampler.graph, sampler.rows).log())
    let noise = sampler.noise(.normal, means.shape)
    let value = gaussian.sample(noise: noise).stopGradient()
    switch self {
    case .lax:
      return LAX().estimate(
        gaussian, noise: noise, signal: problem.f(value)
      ) { 0.7 * problem.f($0) + problem.c($0) }
    case .pathwise:
      return Reparameterization().estimate(gaussian, noise: noise, f: problem.f)
    default:
      return scored(gaussian, value: value, problem) {
        gaussian.sample(noise: sampler.noise(.normal, means.shape)).stopGradient()
      }
    }
  }

  /// The estimators that need nothing but log p(b).
  private func scored(
    _ distribution: some Distribution, value: Tensor, _ problem: CheckProblem,
    another: () -> Tensor
  ) -> GradientEstimate {
    let signal = problem.f(value)
    switch self {
    case .rloo, .rloo4:
      let values = [value] + (1..<(self == .rloo ? 2 : 4)).map { _ in another() }
      return RLOO().estimate(distribution, values: values, signals: values.map(problem.f))
    case .baseline:
      return ScoreFunction().estimate(distribution, value: value, signal: signal - 1)
    default: return ScoreFunction().estimate(distribution, value: value, signal: signal)
    }
  }
}
