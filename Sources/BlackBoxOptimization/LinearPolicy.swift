import Differentiation
import GSL
import Networks

/// D independent bits whose logits are parameters, or linear in an observation.
package struct LinearPolicy {
  /// θ.
  package let parameters: ParameterSet<Float>
  private let contextSize: Int
  private let variables: Int

  /// A policy that knows nothing: every bit is 1 with probability ½.
  ///
  /// Training begins a little beside it: where f is the same for a value and its opposite, every estimate of an
  /// antithetic pair is 0 there, and so is the gradient itself.
  ///
  /// - Parameters:
  ///   - variables: D.
  ///   - contextSize: the length of an observation, 0 for none.
  package init(variables: Int, contextSize: Int) {
    (self.variables, self.contextSize) = (variables, contextSize)
    var layout = ParameterLayout()
    layout.add("bias", [1, variables])
    if contextSize > 0 { layout.add("weight", [contextSize, variables]) }
    parameters = ParameterSet(layout)
  }

  /// Sets logits to N(0, 0.1²), whatever is observed.
  func initialize(from stream: inout RandomStream) {
    parameters.fill(0)
    parameters["bias"] = (0..<variables).map { _ in Float(0.1 * stream.gaussian()) }
  }

  /// ℓ of R rows, `[R, D]`.
  ///
  /// - Parameters:
  ///   - rows: R.
  ///   - contexts: `[R, contextSize]`, if there are observations.
  ///   - theta: the parameters as tensors.
  /// - Returns: the logits.
  func logits(rows: Int, contexts: Tensor?, _ theta: ParameterTensors) -> Tensor {
    guard let contexts else { return theta["bias"].broadcast(to: [rows, variables]) }
    return contexts.matrixProduct(theta["weight"]) + theta["bias"]
  }

  /// ℓ for one observation.
  package func logits(at context: [Float]) -> [Double] {
    let values = parameters.buffer
    return (0..<variables).map { variable in
      var logit = values[variable]
      for (index, feature) in context.enumerated() {
        logit += feature * values[variables * (1 + index) + variable]
      }
      return Double(logit)
    }
  }

  /// The gradient by θ of a mean over observations, from its gradients by the logits.
  ///
  /// - Parameter gradients: an observation and D numbers for each.
  /// - Returns: in the order of the parameters.
  package func gradient(_ gradients: [(context: [Float], byLogits: [Double])]) -> [Double] {
    var result = [Double](repeating: 0, count: parameters.count)
    let share = 1 / Double(gradients.count)
    for (context, byLogits) in gradients {
      for variable in 0..<variables {
        result[variable] += share * byLogits[variable]
        for (index, feature) in context.enumerated() {
          result[variables * (1 + index) + variable] += share * Double(feature) * byLogits[variable]
        }
      }
    }
    return result
  }
}
