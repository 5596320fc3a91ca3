import Distributions
import Estimators

/// Which estimator of the policy gradient an actor-critic uses: a recipe that gets by with one action and
/// its return, or with several for the same observation, in copies of the environment.
public struct PolicyGradientEstimator: Sendable {
  /// Its names, needs and claims.
  public let recipe: EstimatorRecipe

  private init(_ recipe: EstimatorRecipe) { self.recipe = recipe }

  /// REINFORCE's, with V(s) as a baseline if there is one.
  public static let scoreFunction = PolicyGradientEstimator(.scoreFunction)
  /// RELAX with c_φ(s, z).
  public static let relax = PolicyGradientEstimator(.relax)
  /// The exact control variate Σ_a π(a|s) c_φ(s, a).
  public static let allAction = PolicyGradientEstimator(.allAction)
  /// LAX with c_φ(s, a), differentiated through the executed action.
  public static let lax = PolicyGradientEstimator(.lax)
  /// The last term of LAX alone: biased where c_φ(s, a) is wrong, for comparison.
  public static let reparameterization = PolicyGradientEstimator(.reparameterization)

  /// REINFORCE's with the mean return of the other actions for the same observation as its baseline; in tasks of several
  /// steps that of the other episodes which began alike, from the same step on.
  public static let leaveOneOut = PolicyGradientEstimator(.rloo)
  /// RELAX with c_φ(s, z), and with the mean of what c leaves of the other actions for the same observation as its
  /// baseline, in tasks of one step.
  public static let relaxLeaveOneOut = PolicyGradientEstimator(.relaxLeaveOneOut)
  /// RLOO with antithetic actions of bits, in tasks of one step; of two samples it is DisARM.
  public static let arms = PolicyGradientEstimator(.arms)
  /// RLOO of what a linear c(s, a) leaves that is fitted to the returns of earlier updates, and the exact gradient of its
  /// mean; in tasks of one step.
  public static let linearSurrogate = PolicyGradientEstimator(.linearSurrogate)

  /// Those for policies over choices.
  package static let ofChoices = all(for: Categorical.self)
  /// Those for policies over real numbers.
  package static let ofRealActions = all(for: DiagonalGaussian.self)

  /// Those that try several actions for one observation.
  private static let ofSeveralActions = [
    leaveOneOut, relaxLeaveOneOut, arms, linearSurrogate,
  ]

  private static func all(for distribution: any Distribution.Type) -> [PolicyGradientEstimator] {
    EstimatorRecipe.all.filter { recipe in
      recipe.serves(distribution)
        && (recipe.learnsFromOneReturn || recipe == EstimatorRecipe.reparameterization)
    }.map { PolicyGradientEstimator($0) }
  }

  /// Whether several actions are tried for one observation.
  var triesSeveralActions: Bool { Self.ofSeveralActions.contains(self) }

  /// Whether it is for tasks of one step alone: c would have no level in others, where some episodes are over before
  /// the rest, and antithetic actions no common observation.
  var isOfOneStep: Bool { triesSeveralActions && self != .leaveOneOut }

  /// Whether c is fitted by least squares, not trained.
  var fitsSurrogate: Bool { self == .linearSurrogate }

  /// Whether the actions for one observation are drawn to be unlike each other.
  var isAntithetic: Bool { self == .arms }

  /// The estimate of one of some actions: the others come in through its return.
  func recipeOfOneAction(samples: Int) -> EstimatorRecipe {
    switch self {
    case .leaveOneOut, .linearSurrogate: .scoreFunction
    case .relaxLeaveOneOut: .relax
    case .arms: .shareOfARMS(samples: samples)
    default: recipe
    }
  }

  /// Whether there is a control variate to train.
  public var hasControlVariate: Bool {
    !recipe.control.isEmpty && !fitsSurrogate || replacesFunction
  }

  /// Whether c_φ(s, a) takes the place of f, whose slope nobody knows.
  var replacesFunction: Bool { recipe.needsFunction }

  /// Whether nothing biases the estimate itself.
  public var isUnbiased: Bool { bias == nil }

  /// What biases the estimate itself; nil if nothing does.
  var bias: String? {
    if replacesFunction { return "the slope of c in place of the reward's" }
    if case .biased(let reason) = recipe.claim { return reason }
    return nil
  }
}

extension EstimatorRecipe {
  /// What one of K antithetic actions adds to the estimate, given its return less the mean of the others'.
  fileprivate static func shareOfARMS(samples: Int) -> EstimatorRecipe {
    EstimatorRecipe(
      "arms", title: "ARMS", serves: { $0 == Bernoulli.self }, evaluations: .samples
    ) { inputs in
      guard let bits = inputs.distribution as? Bernoulli else {
        fatalError("ARMS is for Bernoulli variables.")
      }
      let value = ARMS().value(bits, noise: inputs.noise(.sample(0)))
      let signal = inputs.signal(value)
      return BuiltEstimate(
        ARMS().share(bits, value: value, advantage: signal, samples: samples), signal: signal)
    }
  }

  /// Whether one action, its return and what is trained on the variance are all it needs: V has its own
  /// place among the settings.
  fileprivate var learnsFromOneReturn: Bool {
    claim.isAboutExpectation && evaluations == .fixed(1) && !needsFunction
      && [.none, .variance].contains(training)
      && control.allSatisfy { $0 == .function || $0 == .table }
  }
}

extension PolicyGradientEstimator: CaseIterable {
  /// All of them, those for choices first.
  public static let allCases =
    ofChoices + ofRealActions.filter { !ofChoices.contains($0) } + ofSeveralActions
}

extension PolicyGradientEstimator: RawRepresentable, Hashable, Codable, CustomStringConvertible {
  /// The name among the settings.
  public var description: String { rawValue }

  /// The estimator of that name among the settings.
  public init?(rawValue: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = found
  }

  /// The name among the settings.
  public var rawValue: String { recipe.settingName }
}
