import Differentiation

/// The nonlinearity between two layers.
public enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
  /// The hyperbolic tangent.
  case tanh
  /// max(x, 0).
  case relu
  /// x above 0, exp(x) − 1 below; Clevert, Unterthiner and Hochreiter (2016).
  case elu

  /// Applies the nonlinearity to every element.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .tanh: x.tanh()
    case .relu: x.relu()
    case .elu: x.elu()
    }
  }
}
