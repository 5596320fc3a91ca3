import Differentiation

/// A perceptron as an agent would use it, to be measured.
struct BenchmarkNetwork {
  enum Activation: String { case tanh, relu }

  /// Extents of the layers, the input's first.
  let sizes: [Int]
  let activation: Activation

  var name: String { sizes.map(String.init).joined(separator: "-") + " \(activation.rawValue)" }

  /// The parameters of one network in a graph, weights `[inputs, outputs]`.
  func parameters(in graph: Graph, _ prefix: String) -> [Tensor] {
    zip(sizes, sizes.dropFirst()).enumerated().flatMap { layer, extents in
      [
        graph.input("\(prefix).\(layer).weight", shape: [extents.0, extents.1]),
        graph.input("\(prefix).\(layer).bias", shape: [extents.1]),
      ]
    }
  }

  func callAsFunction(_ x: Tensor, _ parameters: [Tensor]) -> Tensor {
    var x = x
    for layer in 0..<sizes.count - 1 {
      x = x.matrixProduct(parameters[2 * layer]) + parameters[2 * layer + 1]
      if layer < sizes.count - 2 { x = activation == .tanh ? x.tanh() : x.relu() }
    }
    return x
  }

  func forward(batch: Int) throws -> Program<Float> {
    let graph = Graph()
    let x = graph.input("x", shape: [batch, sizes[0]])
    let weights = parameters(in: graph, "θ")
    return try filled([x] + weights, [ProgramOutput("y", self(x, weights))])
  }

  func forwardAndBackward(batch: Int) throws -> Program<Float> {
    let graph = Graph()
    let x = graph.input("x", shape: [batch, sizes[0]])
    let weights = parameters(in: graph, "θ")
    let y = self(x, weights)
    let cotangent = graph.input("cotangent", shape: y.shape)
    let gradients = pullback(of: [(y, cotangent: cotangent)], to: weights)
    return try filled(
      [x, cotangent] + weights, [ProgramOutput("y", y), ProgramOutput("gradient", gradients)])
  }

  /// ∂/∂θ c_φ(z(θ)).
  func firstOrder(batch: Int) throws -> Program<Float> {
    let graph = Graph()
    let (inputs, theta, _, value) = composition(in: graph, batch: batch)
    return try filled(
      inputs, [ProgramOutput("gradient", gradient(of: value, withRespectTo: theta))])
  }

  /// ∂/∂φ ‖∂/∂θ c_φ(z(θ))‖².
  func secondOrder(batch: Int) throws -> Program<Float> {
    let graph = Graph()
    let (inputs, theta, phi, value) = composition(in: graph, batch: batch)
    let norm = gradient(of: value, withRespectTo: theta).map { $0.squared().sum() }
      .reduce(graph.constant(0), +)
    return try filled(
      inputs, [ProgramOutput("gradient", gradient(of: norm, withRespectTo: phi))])
  }

  /// Σ c_φ(z(θ)) over a batch, c being as large as the policy.
  private func composition(
    in graph: Graph, batch: Int
  ) -> (inputs: [Tensor], theta: [Tensor], phi: [Tensor], value: Tensor) {
    let x = graph.input("x", shape: [batch, sizes[0]])
    let noise = graph.input("noise", shape: [batch, sizes[sizes.count - 1]])
    let critic = BenchmarkNetwork(
      sizes: [sizes[sizes.count - 1]] + sizes.dropFirst().dropLast() + [1], activation: activation)
    let theta = parameters(in: graph, "θ")
    let phi = critic.parameters(in: graph, "φ")
    let z = self(x, theta) + noise
    return ([x, noise] + theta + phi, theta, phi, critic(z, phi).sum())
  }

  private func filled(_ inputs: [Tensor], _ outputs: [ProgramOutput]) throws -> Program<Float> {
    let program = try Program<Float>(stages: [ProgramStage(outputs: outputs)])
    program.fill(inputs)
    return program
  }
}
