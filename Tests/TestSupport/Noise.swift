import Distributions
import GSL

extension RandomStream {
  /// Fills the span with independent variates of one kind.
  public mutating func fill(_ kind: NoiseKind, _ span: inout MutableSpan<Double>) {
    switch kind {
    case .exponential: fillExponential(&span)
    case .logistic: fillLogistic(&span)
    case .normal: fillGaussian(&span)
    }
  }

  /// Independent variates of one kind.
  public mutating func variates(_ kind: NoiseKind, count: Int) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    var span = values.mutableSpan
    fill(kind, &span)
    return values
  }
}
