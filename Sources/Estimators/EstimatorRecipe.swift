import Differentiation
import Distributions

/// One gradient estimator, as all that offer it see it.
///
/// What it is called, serves, needs and claims, and how an estimate of it is built, stand here once:
/// agents, the autoencoder, `relax-lab` and the tests read it. A recipe stands in the file of its
/// estimator and is named in ``all``; from there on it is checked against the exact gradient and
/// offered wherever it applies.
public struct EstimatorRecipe: Sendable {
  /// As on command lines, such as `relaxed-rebar`.
  public let name: String
  /// As among the settings of an agent, where that is another name.
  public let settingName: String
  /// As in tables, such as "relaxed REBAR".
  public let title: String
  /// What tells it from others of the same title, such as "moving average".
  public let detail: String?
  /// What its mean is.
  public let claim: EstimatorClaim
  /// What it needs besides f and noise.
  public let control: [ControlPart]
  /// How that is found.
  public let training: ControlTraining
  /// Whether a baseline B(x), learned by least squares, can be subtracted though it need not be.
  public let takesBaseline: Bool
  /// Whether a running mean of f can be subtracted beside the baseline.
  public let takesCenter: Bool
  /// Whether f itself is needed, as a graph, besides its values at samples.
  public let needsFunction: Bool
  /// Whether z̃ can come from the noise behind z.
  public let canCouple: Bool
  /// How often f is evaluated.
  public let evaluations: EvaluationCount
  private let isServing: @Sendable (any Distribution.Type) -> Bool
  private let make: @Sendable (EstimatorInputs) -> BuiltEstimate

  /// A recipe.
  ///
  /// - Parameters:
  ///   - name: as on command lines.
  ///   - settingName: as among the settings of an agent; the name if missing.
  ///   - title: as in tables.
  ///   - detail: what tells it from others of the same title.
  ///   - serves: whether it can be had for a type of distributions.
  ///   - claim: what its mean is.
  ///   - control: what it needs besides f and noise.
  ///   - training: how that is found.
  ///   - takesBaseline: whether a learned baseline can be subtracted though it need not be.
  ///   - takesCenter: whether a running mean of f can be subtracted beside the baseline.
  ///   - needsFunction: whether f itself is needed, as a graph.
  ///   - canCouple: whether z̃ can come from the noise behind z.
  ///   - evaluations: how often f is evaluated.
  ///   - make: builds the estimate.
  public init(
    _ name: String, settingName: String? = nil, title: String, detail: String? = nil,
    serves: @escaping @Sendable (any Distribution.Type) -> Bool,
    claim: EstimatorClaim = .unbiased, control: [ControlPart] = [],
    training: ControlTraining = .none, takesBaseline: Bool = false, takesCenter: Bool = false,
    needsFunction: Bool = false, canCouple: Bool = false, evaluations: EvaluationCount,
    make: @escaping @Sendable (EstimatorInputs) -> BuiltEstimate
  ) {
    self.name = name
    self.settingName = settingName ?? name
    self.title = title
    self.detail = detail
    self.claim = claim
    self.control = control
    self.training = training
    self.takesBaseline = takesBaseline
    self.takesCenter = takesCenter
    self.needsFunction = needsFunction
    self.canCouple = canCouple
    self.evaluations = evaluations
    isServing = serves
    self.make = make
  }

  /// Whether it can be had for a type of distributions.
  public func serves(_ distribution: any Distribution.Type) -> Bool { isServing(distribution) }

  /// The parts of the control variate that are found by training; the others are chosen.
  public var learned: [ControlPart] {
    switch training {
    case .none: []
    case .variance, .regression: control
    case .fit, .average: control.filter { $0 == .baseline }
    case .optimalScale: control.filter { $0 == .scale }
    }
  }

  /// The estimate.
  ///
  /// - Parameter inputs: what the recipe needs; what is missing stops the process by name.
  /// - Returns: the estimate, row by row, and what its control variate is trained with.
  public func estimate(_ inputs: EstimatorInputs) -> BuiltEstimate {
    let distribution = type(of: inputs.distribution)
    demand(serves(distribution), "\(title) is not for the distribution \(distribution).")
    var inputs = inputs
    inputs.title = title
    return make(inputs)
  }
}

extension EstimatorRecipe {
  /// Every estimator; a new one is one more line.
  public static let all: [EstimatorRecipe] = [
    scoreFunction,
    constantBaseline,
    movingAverage,
    nvil,
    rloo,
    disARM,
    arms,
    carms,
    muProp,
    rebar,
    relax,
    relaxLeaveOneOut,
    relaxedREBAR,
    lax,
    optimalScale,
    linearSurrogate,
    sampledSurrogate,
    reparameterization,
    reducedVarianceReparameterization,
    allAction,
    exact,
    concrete,
    gumbelStraightThrough,
    straightThrough,
    vimco,
  ]
}

extension EstimatorRecipe: Hashable, CustomStringConvertible {
  /// The name.
  public var description: String { name }

  /// Whether both have the same name.
  public static func == (left: EstimatorRecipe, right: EstimatorRecipe) -> Bool {
    left.name == right.name
  }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
