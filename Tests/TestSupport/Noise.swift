import Distributions
import GSL
@_exported import Noise

extension RandomStream {
  /// Independent variates of one kind.
  public mutating func variates(_ kind: NoiseKind, count: Int) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    var span = values.mutableSpan
    fill(kind, &span)
    return values
  }
}
