/// What the mean of an estimate is.
public enum EstimatorClaim: Sendable, Hashable {
  /// The gradient of E[f(b)], whatever f and the control variate are.
  case unbiased
  /// The gradient of another objective, which is named.
  case unbiasedForItsOwn(String)
  /// Something else, for the reason given.
  case biased(String)

  /// Whether nothing biases it against the objective that it is for.
  public var isUnbiased: Bool {
    if case .biased = self { false } else { true }
  }

  /// Whether it is about the gradient of E[f(b)], which other estimators can be compared with.
  public var isAboutExpectation: Bool {
    if case .unbiasedForItsOwn = self { false } else { true }
  }

  /// What follows a title where the estimate is not of the gradient of E[f(b)]: " (biased)".
  public var mark: String {
    switch self {
    case .unbiased: ""
    case .unbiasedForItsOwn(let objective): " (its own \(objective))"
    case .biased: " (biased)"
    }
  }
}

/// A part of what an estimator needs besides f and noise: R rows of V variables and A classes.
public enum ControlPart: Sendable, Hashable, CaseIterable {
  /// λ > 0 of a relaxation, a scalar or anything that broadcasts to z.
  case temperature
  /// η, a scalar or `[R]`.
  case scale
  /// c(z), continuous, of relaxed samples `[K·R·V, A]`, or of values where those are continuous;
  /// it gives `[K·R]`.
  case function
  /// c of each class of each variable, `[R·V, A]`; of each of the two values of Bernoulli variables.
  case table
  /// B, which must not depend on b; anything that broadcasts to `[R]`.
  case baseline
}

/// How the parts of a control variate are found.
public enum ControlTraining: Sendable, Hashable {
  /// They are chosen.
  case none
  /// All of them descend on the variance of the estimate.
  case variance
  /// The baseline descends on the squared error that comes with the estimate.
  case fit
  /// All of them descend on the squared error that comes with the estimate: c becomes a surrogate of f.
  case regression
  /// The baseline is a running mean of f.
  case average
  /// The scale is that of least variance, from pairs of the estimate and the term that it scales.
  case optimalScale
}

/// How often f is evaluated for one estimate.
public enum EvaluationCount: Sendable, Hashable {
  /// So often, with so many derivatives.
  case fixed(Int, derivatives: Int = 0)
  /// Once for each of K samples.
  case samples
  /// Once for each value of the distribution.
  case values
}
