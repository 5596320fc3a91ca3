import Differentiation
import Distributions
import Networks

/// c_φ(s, z) = scale · network([s, softmax(z / τ)]), τ and the scale being part of φ.
///
/// Grathwohl et al. (2018) feed the relaxed action so; both scalars are from their code. Of several choices at
/// once z is that of all of them, so that c sees how they interact: softmax(z / τ) of each, or
/// 2 σ(z / τ) − 1 of bits.
struct RelaxedControlVariate {
  private let network: any Network
  private let parameters: ParameterTensors
  private let observations: Tensor
  /// From z to what the network sees of it.
  private let relaxation: (Tensor) -> Tensor

  /// - Parameters:
  ///   - network: of state and relaxed action.
  ///   - parameters: φ.
  ///   - observations: `[R, D]`.
  ///   - choices: what the relaxed actions are drawn from.
  init(
    _ network: any Network, _ parameters: ParameterTensors, _ observations: Tensor,
    of choices: any ConditionallyReparameterizable
  ) {
    self.network = network
    self.parameters = parameters
    self.observations = observations
    let logTemperature = parameters["control_variate.log_temperature"]
    if choices is Categorical {
      // z · (1 / τ) and z / τ differ in their last bits, and runs of one choice began with the former.
      let inverseTemperature = (-logTemperature).exp()
      relaxation = { ($0 * inverseTemperature).softmax() }
      return
    }
    let temperature = logTemperature.exp()
    let isCentered = choices is Bernoulli
    relaxation = {
      let value = choices.concreteValue(ofRelaxed: $0, temperature: temperature)
      return isCentered ? 2 * value - 1 : value
    }
  }

  /// c of relaxed actions `[K·R, A]` in the R observed states, K times over: `[K·R]`.
  func callAsFunction(_ relaxed: Tensor) -> Tensor {
    let output = network([observations, relaxation(relaxed)], parameters: parameters)
    return (output * parameters["control_variate.scale"]).reshaped([relaxed.shape[0]])
  }
}

/// c_φ(s, a) of real actions, differentiable by the action.
///
/// A network takes the observation and the action as executed, squashed if actions are. The quadratic
/// form is k(s) + g(s)·δ + ½ δᵀ H(s) δ with δ = u − μ, u being the action before squashing; it holds
/// the exact optimum wherever the return is quadratic in the action.
struct ActionControlVariate {
  private let form: ControlVariateForm
  private let network: any Network
  private let parameters: ParameterTensors
  private let observations: Tensor
  private let center: Tensor
  private let executed: (Tensor) -> Tensor

  /// - Parameters:
  ///   - form: network or quadratic.
  ///   - network: with as many outputs as the form asks for.
  ///   - parameters: φ.
  ///   - observations: `[R, D]`.
  ///   - center: μ, `[R, C]`, a constant: c may not depend on θ but through the action.
  ///   - executed: squashes actions, or does nothing.
  init(
    _ form: ControlVariateForm, _ network: any Network, _ parameters: ParameterTensors,
    _ observations: Tensor,
    center: Tensor, executed: @escaping (Tensor) -> Tensor
  ) {
    self.form = form
    self.network = network
    self.parameters = parameters
    self.observations = observations
    self.center = center
    self.executed = executed
  }

  /// The outputs of the network for C components.
  static func outputSize(_ form: ControlVariateForm, components: Int) -> Int {
    switch form {
    case .network: 1
    case .quadratic: 1 + components + components * components
    }
  }

  /// c of actions `[R, C]` before squashing: `[R]`.
  func callAsFunction(_ value: Tensor) -> Tensor {
    let (rows, size) = (value.shape[0], value.shape[1])
    switch form {
    case .network:
      return network([observations, executed(value)], parameters: parameters).reshaped([rows])
    case .quadratic:
      let outputs = network(observations, parameters: parameters)
      let delta = value - center
      let products =
        delta.reshaped([rows, size, 1]).broadcast(to: [rows, size, size])
        * delta.reshaped([rows, 1, size]).broadcast(to: [rows, size, size])
      let slope = outputs.slice(axis: 1, 1..<1 + size) * delta
      let curvature =
        outputs.slice(axis: 1, 1 + size..<1 + size + size * size)
        * products.reshaped([rows, size * size])
      return outputs.slice(axis: 1, 0..<1).reshaped([rows]) + slope.sum(axis: 1)
        + 0.5 * curvature.sum(axis: 1)
    }
  }

  /// E c of the quadratic form.
  ///
  /// k + g·(E u − μ) + ½ tr(H Σ), whose derivatives are g by the mean and H_ii σ_i² by log σ_i.
  ///
  /// - Parameter distribution: of u, with μ as its mean.
  /// - Returns: `[R]`, a function of the distribution's parameters; nil for a network, whose expectation has no
  ///   closed form.
  func expectation(under distribution: DiagonalGaussian) -> Tensor? {
    guard form == .quadratic else { return nil }
    let (rows, size) = (distribution.mean.shape[0], distribution.variableCount)
    let outputs = network(observations, parameters: parameters)
    let diagonal = Tensor.concatenate(
      (0..<size).map { component in
        let place = 1 + size + component * (size + 1)
        return outputs.slice(axis: 1, place..<place + 1)
      }, axis: 1)
    let slope = outputs.slice(axis: 1, 1..<1 + size) * (distribution.mean - center)
    let curvature = diagonal * (2 * distribution.logDeviation).exp()
    return outputs.slice(axis: 1, 0..<1).reshaped([rows])
      + (slope + 0.5 * curvature).sum(axis: 1)
  }
}
