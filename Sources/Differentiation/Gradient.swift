/// The derivatives of a scalar with respect to each of the given tensors, as tensors of the graph.
///
/// Reverse mode: one sweep for all of them. The results can be used in further operations and be
/// differentiated again.
///
/// - Parameters:
///   - scalar: a tensor of one element.
///   - inputs: any tensors of the graph, intermediate ones too.
/// - Returns: one tensor per input, of its shape; zeros where the scalar does not depend on it.
public func gradient(of scalar: Tensor, withRespectTo inputs: [Tensor]) -> [Tensor] {
  demand(
    scalar.shape.count == 1,
    "gradient needs a tensor of one element but got the shape \(scalar.shape); sum it first.")
  return pullback(
    of: [(scalar, cotangent: scalar.graph.constant(1, shape: scalar.shape))], to: inputs)
}

/// Vector–Jacobian products: Σ over the outputs of cotangentᵀ ∂output/∂input.
///
/// - Parameters:
///   - outputs: tensors, each with a cotangent of its shape.
///   - inputs: the tensors to differentiate by.
/// - Returns: one tensor per input, of its shape.
public func pullback(of outputs: [(Tensor, cotangent: Tensor)], to inputs: [Tensor]) -> [Tensor] {
  guard let graph = outputs.first?.0.graph, let lowest = inputs.map(\.index).min() else {
    return []
  }
  let highest = outputs.map(\.0.index).max() ?? 0
  guard lowest <= highest else { return inputs.map { graph.constant(0, shape: $0.shape) } }

  // Only what depends on an input can carry a derivative to it.
  var depends = [Bool](repeating: false, count: highest - lowest + 1)
  for input in inputs where input.index <= highest { depends[input.index - lowest] = true }
  for index in lowest...highest where !depends[index - lowest] {
    depends[index - lowest] = graph.operands(of: index).contains {
      $0 >= lowest && depends[Int($0) - lowest]
    }
  }

  var cotangents = [Tensor?](repeating: nil, count: highest - lowest + 1)
  func accumulate(_ cotangent: Tensor, into index: Int) {
    let sum = cotangents[index - lowest].map { $0 + cotangent } ?? cotangent
    cotangents[index - lowest] = sum
  }
  for (output, cotangent) in outputs where output.index >= lowest && depends[output.index - lowest]
  {
    demand(
      cotangent.shape == output.shape,
      "A cotangent of shape \(cotangent.shape) does not fit an output of shape \(output.shape).")
    accumulate(cotangent, into: output.index)
  }
  for index in (lowest...highest).reversed() {
    guard depends[index - lowest], let cotangent = cotangents[index - lowest] else { continue }
    // A copy: a slice would share the graph's list, which every append would then copy whole.
    let operands = Array(graph.operands(of: index))
    guard operands.contains(where: { $0 >= lowest && depends[Int($0) - lowest] }) else { continue }
    let contributions = Tensor(graph: graph, index: index).pullback(cotangent)
    for (operand, contribution) in zip(operands, contributions)
    where operand >= lowest && depends[Int(operand) - lowest] {
      if let contribution { accumulate(contribution, into: Int(operand)) }
    }
  }
  return inputs.map { input in
    let cotangent = input.index <= highest ? cotangents[input.index - lowest] : nil
    return cotangent ?? graph.constant(0, shape: input.shape)
  }
}

/// Jacobian–vector products: how each output changes when the inputs move along tangents.
///
/// Forward mode by two reverse sweeps (Townsend, 2017): a vector–Jacobian product is linear in its
/// cotangent, so its derivative by the cotangent, paired with the tangents, is the
/// Jacobian–vector product. What only the first sweep needed is removed when a program is
/// compiled, which leaves the operations that a forward sweep would have made.
///
/// - Parameters:
///   - outputs: the tensors to follow.
///   - directions: inputs, each with a tangent of its shape.
/// - Returns: one tensor per output, of its shape.
public func directionalDerivative(
  of outputs: [Tensor], along directions: [(input: Tensor, tangent: Tensor)]
) -> [Tensor] {
  guard let graph = outputs.first?.graph else { return [] }
  let cotangents = outputs.map { graph.input("cotangent", shape: $0.shape) }
  let products = pullback(
    of: zip(outputs, cotangents).map { ($0, cotangent: $1) }, to: directions.map(\.input))
  // The sweep below starts from these products, so no sum over elements is ever formed.
  return pullback(
    of: zip(products, directions).map { ($0, cotangent: $1.tangent) }, to: cotangents)
}
