import Differentiation
import Distributions
import Estimators
import Networks

/// An estimate, and what φ is trained on.
struct CheckEstimate {
  let estimate: GradientEstimate
  /// The variance's second moment unless the method has a loss of its own; a scalar.
  var loss: Tensor?
  /// f(b), for what is not trained by a gradient.
  var signal: Tensor?
  /// The term that the optimal scale is for.
  var term: GradientEstimate?
}

extension CheckMethod {
  /// The estimate for R rows.
  func estimate(_ problem: CheckProblem, _ inputs: CheckInputs) -> CheckEstimate {
    let parameters = problem.tiled(inputs)
    switch problem.family {
    case .bernoulli:
      let bernoulli = Bernoulli(logits: parameters)
      switch self {
      case .disARM:
        let pair = DisARM().antitheticPair(
          bernoulli, noise: inputs.noise(.logistic, parameters.shape))
        return CheckEstimate(
          estimate: DisARM().estimate(
            bernoulli, pair: pair, signals: (problem.f(pair.value), problem.f(pair.antithetic))))
      case .allAction:
        let value = bernoulli.sample(noise: inputs.noise(.logistic, parameters.shape))
        let table = inputs.phi["table"].reshaped([2, problem.width])
        let c = (0..<2).map {
          table.slice($0..<$0 + 1).broadcast(to: parameters.shape)
        }
        return CheckEstimate(
          estimate: AllAction().estimate(
            bernoulli, value: value, signal: problem.f(value), controlVariate: (c[0], c[1])))
      default: return discrete(bernoulli, problem, inputs)
      }
    case .categorical:
      let categorical = Categorical(logits: parameters, variables: problem.variables)
      guard self == .allAction else { return discrete(categorical, problem, inputs) }
      let value = categorical.sample(noise: inputs.noise(.exponential, parameters.shape))
      let table = inputs.phi["table"].reshaped([1, problem.width])
        .broadcast(to: [inputs.rows, problem.width]).reshaped(parameters.shape)
      return CheckEstimate(
        estimate: AllAction().estimate(
          categorical, value: value, signal: problem.f(value), controlVariate: table))
    case .gaussian: return continuous(parameters, problem, inputs)
    }
  }

  private func discrete(
    _ distribution: some ConditionallyReparameterizable & Enumerable, _ problem: CheckProblem,
    _ inputs: CheckInputs
  ) -> CheckEstimate {
    let shape = distribution.parameters[0].shape
    func noise() -> Tensor { inputs.noise(type(of: distribution).noise, shape) }
    func plain(_ estimate: GradientEstimate) -> CheckEstimate { CheckEstimate(estimate: estimate) }
    if self == .exact {
      // An input, so that f of all values is part of the cost.
      let states = inputs.data(
        distribution.support(), problem.shape(ofRows: distribution.supportCount))
      return plain(ExactGradient().estimate(distribution, signals: problem.f(states)))
    }
    let z = distribution.relaxedSample(noise: noise())
    let value = distribution.value(ofRelaxed: z).stopGradient()
    let signal = problem.f(value)
    lazy var independent = noise()
    lazy var coupled = distribution.coupledNoise(ofRelaxed: z)
    let c = { (z: Tensor) in Self.network(z, width: problem.width, phi: inputs.phi) }
    switch self {
    case .rebar, .rebarCoupled:
      let rebar = REBAR(temperature: temperature(inputs), scale: scale(inputs))
      return plain(
        rebar.estimate(
          distribution, relaxed: z, conditionalNoise: self == .rebar ? independent : coupled,
          signal: signal, f: problem.f))
    case .relaxedREBAR, .relaxedREBARCoupled:
      let relaxed = RelaxedREBAR(temperature: temperature(inputs), scale: scale(inputs))
      return plain(
        relaxed.estimate(
          distribution, relaxed: z,
          conditionalNoise: self == .relaxedREBAR ? independent : coupled, signal: signal,
          f: problem.f, residual: c))
    case .relax, .relaxCoupled:
      return plain(
        RELAX().estimate(
          distribution, relaxed: z, conditionalNoise: self == .relax ? independent : coupled,
          signal: signal, controlVariate: c))
    case .scaled:
      return scaled(
        ScoreFunction().estimate(distribution, value: value, signal: signal),
        RELAX().controlTerm(
          distribution, relaxed: z, conditionalNoise: independent, controlVariate: problem.c),
        inputs)
    case .muProp:
      return plain(MuProp().estimate(distribution, value: value, signal: signal, f: problem.f))
    case .concrete, .gumbelStraightThrough:
      return plain(
        Concrete(
          temperature: inputs.graph.constant(0.5),
          form: self == .concrete ? .relaxed : .straightThrough
        ).estimate(distribution, relaxed: z, f: problem.f))
    case .straightThrough:
      return plain(StraightThrough().estimate(distribution, value: value, f: problem.f))
    default:
      return scored(distribution, value: value, problem, inputs) {
        distribution.sample(noise: noise())
      }
    }
  }

  private func continuous(
    _ means: Tensor, _ problem: CheckProblem, _ inputs: CheckInputs
  ) -> CheckEstimate {
    let gaussian = DiagonalGaussian(
      mean: means, logDeviation: problem.tiledDeviations(inputs).log())
    let noise = inputs.noise(.normal, means.shape)
    let value = gaussian.sample(noise: noise).stopGradient()
    switch self {
    case .lax:
      return CheckEstimate(
        estimate: LAX().estimate(gaussian, noise: noise, signal: problem.f(value)) {
          Self.network($0, width: problem.width, phi: inputs.phi)
        })
    case .pathwise:
      return CheckEstimate(
        estimate: Reparameterization().estimate(gaussian, noise: noise, f: problem.f))
    case .scaled:
      return scaled(
        ScoreFunction().estimate(gaussian, value: value, signal: problem.f(value)),
        LAX().controlTerm(gaussian, noise: noise, controlVariate: problem.c), inputs)
    default:
      return scored(gaussian, value: value, problem, inputs) {
        gaussian.sample(noise: inputs.noise(.normal, means.shape)).stopGradient()
      }
    }
  }

  /// The estimators that need nothing but log p(b).
  private func scored(
    _ distribution: some Distribution, value: Tensor, _ problem: CheckProblem,
    _ inputs: CheckInputs, another: () -> Tensor
  ) -> CheckEstimate {
    let signal = problem.f(value)
    lazy var baseline = inputs.phi["baseline"].broadcast(to: signal.shape)
    switch self {
    case .rloo, .rloo4:
      let values = [value] + (1..<(self == .rloo ? 2 : 4)).map { _ in another() }
      return CheckEstimate(
        estimate: RLOO().estimate(distribution, values: values, signals: values.map(problem.f)))
    case .movingAverage:
      return CheckEstimate(
        estimate: ScoreFunction().estimate(distribution, value: value, signal: signal - baseline),
        signal: signal)
    case .nvil:
      let (estimate, loss) = NVIL().estimate(
        distribution, value: value, signal: signal, baseline: baseline)
      return CheckEstimate(estimate: estimate, loss: loss.mean())
    default:
      return CheckEstimate(
        estimate: ScoreFunction().estimate(distribution, value: value, signal: signal))
    }
  }

  private func scaled(
    _ plain: GradientEstimate, _ term: GradientEstimate, _ inputs: CheckInputs
  ) -> CheckEstimate {
    CheckEstimate(
      estimate: plain.adding(term, scaledBy: inputs.phi["scale"].reshaped([])), term: term)
  }

  private func temperature(_ inputs: CheckInputs) -> Tensor {
    inputs.phi["log_temperature"].exp().reshaped([])
  }

  private func scale(_ inputs: CheckInputs) -> Tensor { inputs.phi["scale"].reshaped([]) }
}
