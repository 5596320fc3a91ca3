import Differentiation
import Distributions
import Estimators
import GSL
import Networks

/// An estimator of the toy experiment: minimize E[(b − t)²] over the logit of one Bernoulli variable.
enum ToyEstimator: String, CaseIterable, Sendable {
  case exact
  case reinforce
  case constantBaseline = "reinforce-constant"
  case movingAverage = "reinforce-average"
  case rloo
  case disARM = "disarm"
  case muProp = "muprop"
  case rebar
  case relax
  case concrete
  case gumbelStraightThrough = "gumbel-st"
  case straightThrough = "straight-through"

  /// What a figure and a message call it.
  var title: String {
    switch self {
    case .exact: "exact gradient"
    case .reinforce: "REINFORCE"
    case .constantBaseline: "REINFORCE, constant baseline"
    case .movingAverage: "REINFORCE, moving average"
    case .rloo: "RLOO (2 samples)"
    case .disARM: "DisARM"
    case .muProp: "MuProp"
    case .rebar: "REBAR"
    case .relax: "RELAX"
    case .concrete: "Concrete (biased)"
    case .gumbelStraightThrough: "Gumbel straight-through (biased)"
    case .straightThrough: "straight-through (biased)"
    }
  }

  /// The color of its curves, the same in every figure.
  var color: String {
    switch self {
    case .exact: "#000000"
    case .reinforce: "#1f77b4"
    case .constantBaseline: "#17becf"
    case .movingAverage: "#aec7e8"
    case .rloo: "#2ca02c"
    case .disARM: "#98df8a"
    case .muProp: "#8c564b"
    case .rebar: "#ff7f0e"
    case .relax: "#d62728"
    case .concrete: "#9467bd"
    case .gumbelStraightThrough: "#e377c2"
    case .straightThrough: "#7f7f7f"
    }
  }

  /// How many logistic variates one draw takes.
  ///
  /// - Parameter isCoupled: whether REBAR and RELAX use the noise behind z for z̃ as well.
  /// - Returns: the number.
  func noiseCount(isCoupled: Bool) -> Int {
    switch self {
    case .exact: 0
    case .rloo: 2
    case .rebar, .relax: isCoupled ? 1 : 2
    default: 1
    }
  }

  /// Whether f is reduced by a running mean that the caller keeps.
  var usesBaseline: Bool { self == .movingAverage }

  /// The units of RELAX's network.
  static let units = 10

  /// φ, one row for each of the independent runs.
  func controlParameters(runs: Int) -> ParameterLayout {
    let units = Self.units
    switch self {
    case .rebar:
      return ParameterLayout([
        ParameterEntry("log_temperature", [runs, 1]), ParameterEntry("scale", [runs, 1]),
      ])
    case .relax:
      return ParameterLayout([
        ParameterEntry("log_temperature", [runs, 1]), ParameterEntry("weight1", [runs, units]),
        ParameterEntry("bias1", [runs, units]), ParameterEntry("weight2", [runs, units]),
        ParameterEntry("bias2", [runs, 1]),
      ])
    default: return ParameterLayout()
    }
  }

  /// φ at the start of the given runs: λ = ½ and η = 1 as in the authors' code, and a network as
  /// TensorFlow's dense layers begin.
  func initialize(_ phi: ParameterSet<Double>, streams: inout [RandomStream]) {
    for view in phi.layout.views {
      let width = view.shape[1]
      var values: [Double] = []
      for run in streams.indices {
        switch view.name {
        case "log_temperature": values.append(-0.6931471805599453)
        case "scale": values.append(1)
        case "weight1", "weight2":
          values += Initializer.glorotUniform(gain: 1).values(
            shape: view.name == "weight1" ? [1, width] : [width, 1], from: &streams[run])
        default: values += [Double](repeating: 0, count: width)
        }
      }
      phi[view.name] = values
    }
  }

  /// One draw of the gradient by the logit, per row.
  ///
  /// - Parameters:
  ///   - logits: `[R, 1]`.
  ///   - phi: leading extent R, or 1 for rows that share φ.
  ///   - noise: `[R, 1]` each.
  ///   - baseline: `[R]`, if the estimator uses one.
  ///   - target: t.
  /// - Returns: the estimate, row by row.
  func estimate(
    logits: Tensor, phi: ParameterTensors, noise: [Tensor], baseline: Tensor?, target: Double
  ) -> GradientEstimate {
    let graph = logits.graph
    let bernoulli = Bernoulli(logits: logits)
    let f = { (value: Tensor) in (value - target).squared().reshaped([value.shape[0]]) }
    if self == .exact {
      let values = graph.literal([target * target, (1 - target) * (1 - target)], shape: [2])
      return ExactGradient().estimate(bernoulli, signals: values)
    }
    let z = bernoulli.relaxedSample(noise: noise[0])
    let value = bernoulli.value(ofRelaxed: z).stopGradient()
    lazy var signal = f(value)
    lazy var conditionalNoise = noise.count > 1 ? noise[1] : bernoulli.coupledNoise(ofRelaxed: z)
    switch self {
    case .exact, .reinforce:
      return ScoreFunction().estimate(bernoulli, value: value, signal: signal)
    case .constantBaseline:
      let middle = (target * target + (1 - target) * (1 - target)) / 2
      return ScoreFunction().estimate(bernoulli, value: value, signal: signal - middle)
    case .movingAverage:
      return ScoreFunction().estimate(
        bernoulli, value: value, signal: baseline.map { signal - $0 } ?? signal)
    case .rloo:
      let other = bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: noise[1]))
      return RLOO().estimate(bernoulli, values: [value, other], signals: [signal, f(other)])
    case .disARM:
      let pair = DisARM().antitheticPair(bernoulli, noise: noise[0])
      return DisARM().estimate(
        bernoulli, pair: pair, signals: (f(pair.value), f(pair.antithetic)))
    case .muProp: return MuProp().estimate(bernoulli, value: value, signal: signal, f: f)
    case .rebar:
      return REBAR(
        temperature: phi["log_temperature"].exp(),
        scale: phi["scale"].reshaped([phi["scale"].shape[0]])
      ).estimate(
        bernoulli, relaxed: z, conditionalNoise: conditionalNoise, signal: signal, f: f)
    case .relax:
      return RELAX().estimate(
        bernoulli, relaxed: z, conditionalNoise: conditionalNoise, signal: signal,
        controlVariate: { Self.network($0, phi: phi) })
    case .concrete, .gumbelStraightThrough:
      return Concrete(
        temperature: graph.constant(0.5), form: self == .concrete ? .relaxed : .straightThrough
      ).estimate(bernoulli, relaxed: z, f: f)
    case .straightThrough: return StraightThrough().estimate(bernoulli, value: value, f: f)
    }
  }

  /// What this estimator subtracts at relaxed samples `[K, 1]`, `[K]`: 0 if it has no φ.
  func controlVariate(_ z: Tensor, phi: ParameterTensors, target: Double) -> Tensor {
    switch self {
    case .relax: return Self.network(z, phi: phi)
    case .rebar:
      let value = (z / phi["log_temperature"].exp()).sigmoid()
      return (phi["scale"] * (value - target).squared()).reshaped([z.shape[0]])
    default: return 0 * z.reshaped([z.shape[0]])
    }
  }

  /// Whether the estimator learns a function of z.
  var learnsRelaxation: Bool { self == .rebar || self == .relax }

  /// c_φ(z), a network of ten tanh units that sees 2 σ_λ(z) − 1.
  ///
  /// - Parameters:
  ///   - z: `[K·R, 1]`, K blocks of R rows that use the same R rows of φ.
  ///   - phi: the network's parameters and the logarithm of λ.
  /// - Returns: `[K·R]`.
  static func network(_ z: Tensor, phi: ParameterTensors) -> Tensor {
    let rows = z.shape[0]
    let own = phi["weight1"].shape[0]
    let blocks = own == 1 ? z.reshaped([1, rows, 1]) : z.reshaped([rows / own, own, 1])
    let input = (blocks * (-phi["log_temperature"]).exp() * 0.5).tanh()
    let hidden = (input * phi["weight1"] + phi["bias1"]).tanh()
    let output = (hidden * phi["weight2"]).sum(axis: 2, keepingAxis: true) + phi["bias2"]
    return output.reshaped([rows])
  }
}
