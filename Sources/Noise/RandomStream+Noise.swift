import Distributions
import GSL

/// The noise that distributions ask for, from the streams that can draw it: neither module knows the
/// other.
extension RandomStream {
  /// Fills the span with independent variates of one kind.
  @inlinable
  package mutating func fill(_ kind: NoiseKind, _ out: inout MutableSpan<Double>) {
    switch kind {
    case .exponential: fillExponential(&out)
    case .logistic: fillLogistic(&out)
    case .normal: fillGaussian(&out)
    }
  }

  /// Fills the span with independent variates of one kind, drawn in `Double` and rounded.
  @inlinable
  package mutating func fill(_ kind: NoiseKind, _ out: inout MutableSpan<Float>) {
    switch kind {
    case .exponential: fillExponential(&out)
    case .logistic: fillLogistic(&out)
    case .normal: fillGaussian(&out)
    }
  }
}
