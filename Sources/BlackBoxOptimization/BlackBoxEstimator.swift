import Estimators

/// A way to estimate the gradient of a policy over bits from K evaluations of f for each observation.
package enum BlackBoxEstimator: String, Sendable, CaseIterable {
  /// RELAX with a small c_φ that sees relaxed bits.
  case relax
  /// RELAX with the other samples as a baseline for what c_φ leaves.
  case relaxRLOO = "relax-rloo"
  /// REINFORCE, each sample with the mean of the others as its baseline.
  case rloo
  /// REINFORCE with a running mean of f as its baseline.
  case average
  /// REINFORCE with V(x), learned by least squares.
  case value
  /// RLOO of what a linear surrogate of f leaves, and the surrogate's exact gradient.
  case surrogate
  /// RLOO of what a network as surrogate leaves, and RLOO of the network on free draws.
  case surrogateNetwork = "surrogate-network"
  /// Antithetic pairs.
  case disarm
  /// K antithetic samples.
  case arms
  /// The gradient itself, from the mean of f: what no black box gives.
  case exact

  /// The estimator of the library that it is.
  package var recipe: EstimatorRecipe {
    switch self {
    case .relax: .relax
    case .relaxRLOO: .relaxLeaveOneOut
    case .rloo: .rloo
    case .average: .movingAverage
    case .value: .nvil
    case .surrogate: .linearSurrogate
    case .surrogateNetwork: .sampledSurrogate
    case .disarm: .disARM
    case .arms: .arms
    case .exact: .exact
    }
  }

  /// As in tables.
  package var title: String {
    switch self {
    case .average: "moving average"
    case .value: "V(x)"
    case .surrogateNetwork: "surrogate network"
    case .exact: "exact gradient"
    default: recipe.title
    }
  }

  /// Whether c_φ is trained on the variance of the estimate.
  var learnsRelaxation: Bool { self == .relax || self == .relaxRLOO }

  /// What is wrong with a number of evaluations; nil if nothing is.
  ///
  /// - Parameters:
  ///   - samples: K.
  ///   - hasContexts: whether there are observations.
  /// - Returns: a sentence.
  package func fault(samples: Int, hasContexts: Bool) -> String? {
    switch self {
    case .rloo, .relaxRLOO, .surrogate, .surrogateNetwork, .arms:
      samples >= 2
        ? nil
        : "The estimator \(rawValue) compares samples with each other and needs --samples of at least "
          + "2, but it is \(samples). With one evaluation use relax or average."
    case .disarm:
      samples.isMultiple(of: 2)
        ? nil
        : "The estimator disarm needs pairs, an even number of --samples, but it is \(samples)."
    case .value:
      hasContexts
        ? nil
        : "The estimator value learns V(x) of an observation x, and this task has none. Use average."
    case .relax, .average, .exact: nil
    }
  }

  /// What the second setting is, beside the learning rate; nil where there is none.
  package var secondSetting: SecondSetting? {
    switch self {
    case .relax, .relaxRLOO, .value, .surrogateNetwork: .controlRate
    case .average: .decay
    case .surrogate: .memory
    case .rloo, .disarm, .arms, .exact: nil
    }
  }

  /// What an estimator has to be told besides the learning rate of the policy.
  package enum SecondSetting: String, Sendable {
    /// The learning rate of φ.
    case controlRate = "control rate"
    /// How much a running mean keeps at each update.
    case decay
    /// How much least squares keep of what they know at each update.
    case memory
  }
}

/// The settings of an estimator, as they were tuned.
package struct BlackBoxSettings: Sendable, Hashable {
  /// Adam's learning rate for the policy.
  package var rate: Double
  /// Whether it falls to 0 over the training, in a straight line.
  package var falls: Bool
  /// The value of the estimator's second setting; unused where it has none.
  package var second: Double

  /// Settings.
  package init(rate: Double, falls: Bool, second: Double) {
    (self.rate, self.falls, self.second) = (rate, falls, second)
  }
}
