import Differentiation
import Distributions

/// A single-sample estimate, row by row, of the gradient of E[f(b)].
///
/// A control variate's parameters φ are trained on the second moment E‖ĝ‖², whose gradient by φ is
/// that of the variance, since E ĝ does not depend on φ. One sample of ĝ gives an unbiased estimate
/// of it by differentiating ‖ĝ(φ)‖² once more. There are two scopes: the distribution's own
/// parameters, row by row (`squaredNorm(weights:)`), or the whole gradient by θ
/// (`squaredNorm(pulledBackTo:weights:)`, `innerProduct`).
///
/// It is taken with respect to the distribution's own parameters; the chain rule carries it further.
public struct GradientEstimate {
  /// The parameters of the distribution.
  public let parameters: [Tensor]
  /// Per parameter the estimate, of the parameter's shape.
  ///
  /// It depends on the control variate's parameters φ, so that the objective of φ can be
  /// differentiated.
  public let distributionGradient: [Tensor]

  /// An estimate for the given parameters.
  public init(parameters: [Tensor], distributionGradient: [Tensor]) {
    self.parameters = parameters
    self.distributionGradient = distributionGradient
  }

  /// ĝ + η h, with a term h of mean 0 such as ``RELAX`` and ``LAX`` give.
  ///
  /// Grathwohl et al. (2018), equation 3. Unbiased for any η that does not depend on the draw; see
  /// ``OptimalScale`` for the best one.
  ///
  /// - Parameters:
  ///   - term: h, an estimate for the same parameters.
  ///   - scale: η, a scalar.
  /// - Returns: the sum, row by row.
  public func adding(_ term: GradientEstimate, scaledBy scale: Tensor) -> GradientEstimate {
    demand(
      zip(distributionGradient, term.distributionGradient).allSatisfy { $0.shape == $1.shape }
        && distributionGradient.count == term.distributionGradient.count,
      "A control variate's term must be for the parameters of the estimate, "
        + "\(distributionGradient.map(\.shape)), but has shapes "
        + "\(term.distributionGradient.map(\.shape)).")
    return GradientEstimate(
      parameters: parameters,
      distributionGradient: zip(distributionGradient, term.distributionGradient).map {
        $0 + scale * $1
      })
  }

  /// The gradient of Σ_r weight_r E[f(b_r)] with respect to what the parameters were computed from.
  ///
  /// - Parameters:
  ///   - targets: θ, for example the weights of a policy.
  ///   - weights: `[R]`, one factor per row.
  /// - Returns: one tensor per target, of its shape.
  public func pulledBack(to targets: [Tensor], weights: Tensor) -> [Tensor] {
    pullback(
      of: zip(parameters, distributionGradient).map {
        ($0, cotangent: scaledRows($1, by: weights))
      }, to: targets)
  }

  /// Half the derivative of ‖g‖² by φ is that of this scalar, ⟨w, g(φ)⟩, with w = g held constant.
  ///
  /// g = Σ_r weight_r J_rᵀ ĝ_r(φ) is the whole pulled-back gradient, possibly summed over other
  /// programs as well, so w comes from outside. Only the directional derivative J w of the
  /// distribution's parameters is needed, not a second reverse sweep through the policy.
  ///
  /// - Parameters:
  ///   - directions: θ, each with the part of w that belongs to it.
  ///   - weights: `[R]`, as in `pulledBack`.
  /// - Returns: a scalar.
  public func innerProduct(
    along directions: [(input: Tensor, tangent: Tensor)], weights: Tensor
  ) -> Tensor {
    let tangents = directionalDerivative(of: parameters, along: directions)
    return zip(distributionGradient, tangents)
      .map { (scaledRows($1.stopGradient(), by: weights) * $0).sum() }
      .reduce(weights.graph.constant(0)) { $0 + $1 }
  }

  /// Σ_r ‖weight_r ĝ_r‖², the objective of φ with the distribution's own parameters as its scope.
  ///
  /// Cheaper than the norm of the whole gradient, and a different one: it ignores how rows share θ.
  public func squaredNorm(weights: Tensor) -> Tensor {
    distributionGradient.map { scaledRows($0, by: weights).squared().sum() }
      .reduce(weights.graph.constant(0)) { $0 + $1 }
  }

  /// ‖Σ_r weight_r J_rᵀ ĝ_r‖², the objective of φ with the whole gradient by θ as its scope.
  ///
  /// For one program; where the gradient is summed over several, use `innerProduct`.
  ///
  /// - Parameters:
  ///   - targets: θ, as in `pulledBack`.
  ///   - weights: `[R]`, as in `pulledBack`.
  /// - Returns: a scalar.
  public func squaredNorm(pulledBackTo targets: [Tensor], weights: Tensor) -> Tensor {
    pulledBack(to: targets, weights: weights).map { $0.squared().sum() }
      .reduce(weights.graph.constant(0)) { $0 + $1 }
  }
}
