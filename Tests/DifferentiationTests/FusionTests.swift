import Differentiation
import GSL
import TestSupport
import Testing

/// Fused kernels against the interpreter, which fuses nothing.
struct FusionTests {
  static let activations: [(name: String, apply: @Sendable (Tensor) -> Tensor)] = [
    ("tanh", { $0.tanh() }), ("ReLU", { $0.relu() }), ("ELU", { $0.elu() }),
    ("sigmoid", { $0.sigmoid() }), ("softplus", { $0.softplus() }), ("none", { $0 }),
  ]

  @Test(arguments: activations.indices, [1, 3, 8, 33])
  func `a layer with bias and activation, and its derivatives`(index: Int, batch: Int) throws {
    let graph = Graph()
    let shapes: [Shape] = [[batch, 5], [5, 7], [7], [batch, 7]]
    let inputs = shapes.enumerated().map { graph.input("x\($0.offset)", shape: $0.element) }
    let y = Self.activations[index].apply(inputs[0].matrixProduct(inputs[1]) + inputs[2])
    let first = pullback(of: [(y, cotangent: inputs[3])], to: Array(inputs[..<3]))
    let second = gradient(
      of: first.map { $0.squared().sum() }.reduce(graph.constant(0), +), withRespectTo: inputs)
    try expectAgreement([y] + first + second, graph, inputs)
  }

  @Test func `sums of matrix products accumulate`() throws {
    let graph = Graph()
    let a = graph.input("a", shape: [6, 4])
    let b = graph.input("b", shape: [4, 5])
    let c = graph.input("c", shape: [6, 5])
    let product = a.matrixProduct(b)
    let sums = [
      c.exp() + product, product + a.tanh().matrixProduct(b) + a.exp().matrixProduct(b.exp()),
      c + a.squared().matrixProduct(b), product + product.transposed().transposed(),
    ]
    try expectAgreement(sums, graph, [a, b, c])
    let program = try Program<Double>(stages: [ProgramStage(outputs: [ProgramOutput("y", sums[1])])]
    )
    #expect(program.description.contains("+ sum"))
  }

  @Test func `products that are summed or added are not written out`() throws {
    let graph = Graph()
    let a = graph.input("a", shape: [6, 4])
    let b = graph.input("b", shape: [6, 4])
    let row = graph.input("row", shape: [4])
    let values = [
      (a * b).sum(), a.squared().sum(), a * b + row, row + a * row, a - (-b), -a + b,
      (a * row).sum(),
      (a * b.sum()) + a.mean(axis: 1, keepingAxis: true),
    ]
    try expectAgreement(values, graph, [a, b, row])
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("y", [values[0], values[1], b * row + row])])])
    #expect(program.instructionCount(ofStage: 0) == 3)
  }

  @Test func `the second derivative of tanh is one pass`() throws {
    let graph = Graph()
    let inputs = ["x", "u", "v"].map { graph.input($0, shape: [6, 4]) }
    let y = inputs[0].tanh()
    let slope = pullback(of: [(y, cotangent: inputs[1])], to: [inputs[0]])[0]
    let curvature = pullback(of: [(slope, cotangent: inputs[2])], to: [inputs[0]])[0]
    try expectAgreement([slope, curvature], graph, inputs)
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("curvature", curvature)])])
    #expect(program.description.contains("tanhCurvature"))
    #expect(program.instructionCount(ofStage: 0) == 3)
  }

  private func expectAgreement(_ outputs: [Tensor], _ graph: Graph, _ inputs: [Tensor]) throws {
    // Drawn, because sums of products of fractions meet a kink exactly, where rounding decides.
    var stream = RandomStream(seed: 1, purpose: "fusion")
    let elements = inputs.map { input in
      (input, (0..<input.shape.count).map { _ in stream.gaussian() })
    }
    let found = try evaluate(outputs, elements)
    let expected = interpret(graph, elements)
    for (position, output) in outputs.enumerated() {
      for (x, exact) in zip(found[position], expected[output.index]) {
        #expect(abs(x - exact) <= 1e-12 * max(1, abs(exact)), "output \(position)")
      }
    }
  }
}
