import Differentiation

/// A distribution over values b, one per row, whose parameters are tensors of a graph.
///
/// Shapes: R rows, each an independent draw.
public protocol Distribution {
  /// What derivatives of estimators are taken with respect to: logits, or mean and log deviation.
  var parameters: [Tensor] { get }

  /// log p(b), `[R]`, differentiable by the parameters.
  func logProbability(of value: Tensor) -> Tensor

  /// −E log p(b), `[R]`.
  func entropy() -> Tensor
}

/// A distribution of discrete values b = H(z), where z is a differentiable function of the
/// parameters and of noise, and where z can also be drawn given b.
///
/// This is what REBAR (Tucker et al., 2017) and RELAX (Grathwohl et al., 2018) ask for.
public protocol ConditionallyReparameterizable: Distribution {
  /// z, differentiable by the parameters.
  ///
  /// - Parameter noise: one positive exponential variate per element of z.
  func relaxedSample(noise: Tensor) -> Tensor

  /// b = H(z), not differentiated.
  func value(ofRelaxed sample: Tensor) -> Tensor

  /// z̃ ~ p(z | b), differentiable by the parameters.
  ///
  /// - Parameters:
  ///   - value: b, as `value(ofRelaxed:)` gives it.
  ///   - noise: exponential variates of z's shape, independent of those behind b.
  func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor
}
