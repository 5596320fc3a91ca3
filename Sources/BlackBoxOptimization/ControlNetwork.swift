import Differentiation
import GSL
import Networks

/// c_φ: linear in the bits, plus one narrow layer of tanh units, plus a constant that is learned like the rest.
///
/// It sees relaxed bits between −1 and 1, or bits as −1 and 1. Where there is an observation x it stands beside
/// the bits, and the coefficients of their linear part are linear in x: what a bit is worth changes with x.
struct ControlNetwork {
  /// φ.
  let layout: ParameterLayout

  /// A network.
  ///
  /// - Parameters:
  ///   - variables: D; 0 for a function of the observation alone.
  ///   - contextSize: the length of an observation.
  ///   - units: of the layer.
  ///   - isRelaxed: whether there is a temperature λ.
  init(variables: Int, contextSize: Int, units: Int, isRelaxed: Bool) {
    let inputSize = variables + contextSize
    var layout = ParameterLayout()
    layout.add("linear", [inputSize, 1])
    if variables > 0, contextSize > 0 { layout.add("bilinear", [contextSize, variables]) }
    layout.add("bias", [1])
    layout.add("weight1", [inputSize, units])
    layout.add("bias1", [units])
    layout.add("weight2", [units, 1])
    if isRelaxed { layout.add("log_temperature", [1]) }
    self.layout = layout
  }

  /// φ at the start: c is 0, whatever it sees, and λ is the given one.
  func initialize(
    _ phi: ParameterSet<Float>, logTemperature: Double, from stream: inout RandomStream
  ) {
    phi.fill(0)
    phi.initialize("weight1", with: .glorotUniform(gain: 1), from: &stream)
    if layout.find("log_temperature") != nil { phi["log_temperature"] = [Float(logTemperature)] }
  }

  /// c of bits that were relaxed, `[M]`.
  ///
  /// - Parameters:
  ///   - relaxed: z, `[M, D]`.
  ///   - contexts: `[R, contextSize]`, repeated for each block of R rows of z.
  ///   - phi: the parameters.
  /// - Returns: `[M]`.
  func callAsFunction(relaxed: Tensor, contexts: Tensor?, _ phi: ParameterTensors) -> Tensor {
    // 2 σ(z/λ) − 1.
    let point = (relaxed * (0.5 * (-phi["log_temperature"]).exp())).tanh()
    return callAsFunction(spins: point, contexts: contexts, phi)
  }

  /// c of numbers between −1 and 1, `[M]`, or of observations alone.
  func callAsFunction(spins: Tensor?, contexts: Tensor?, _ phi: ParameterTensors) -> Tensor {
    var parts: [Tensor] = []
    if let spins { parts.append(spins) }
    var interplay: Tensor?
    if let contexts {
      let blocks = (spins?.shape[0] ?? contexts.shape[0]) / contexts.shape[0]
      let stacked = Tensor.concatenate([Tensor](repeating: contexts, count: blocks), axis: 0)
      parts.append(stacked)
      interplay = spins.map { spins in
        (spins * stacked.matrixProduct(phi["bilinear"])).sum(axis: 1, keepingAxis: true)
      }
    }
    let input = Tensor.concatenate(parts, axis: 1)
    let hidden = (input.matrixProduct(phi["weight1"]) + phi["bias1"]).tanh()
    var output =
      input.matrixProduct(phi["linear"]) + hidden.matrixProduct(phi["weight2"]) + phi["bias"]
    if let interplay { output = output + interplay }
    return output.reshaped([input.shape[0]])
  }
}
