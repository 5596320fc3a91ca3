import Differentiation
import TestSupport
import Testing

struct CompilationTests {
  private func program(_ outputs: [Tensor]) throws -> Program<Double> {
    try Program<Double>(stages: [ProgramStage(outputs: [ProgramOutput("y", outputs)])])
  }

  private func expectInstructions(_ count: Int, for output: Tensor) throws {
    let program = try program([output])
    #expect(program.instructionCount(ofStage: 0) == count, "\(program)")
  }

  @Test func `equal operations are computed once, also with operands exchanged`() throws {
    let graph = Graph()
    let (a, b) = (graph.input("a", shape: [4]), graph.input("b", shape: [4]))
    let sum = (a + b).exp() * (b + a).exp()
    try expectInstructions(3, for: sum)
    // Differences are not symmetric.
    let difference = (a - b).exp() * (b - a).exp()
    try expectInstructions(5, for: difference)
  }

  @Test func `what no output needs is not computed`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [4])
    _ = x.tanh().exp()
    try expectInstructions(1, for: x.squared())
  }

  @Test func `what depends on constants alone is computed when the program is made`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [3])
    let constant = graph.literal([1, 2, 3], shape: [3]).exp().log() * graph.constant(2).exp()
    let program = try program([x * constant])
    #expect(program.instructionCount(ofStage: 0) == 1)
    fill(program, x, [1, 1, 2])
    program.run()
    let expected = interpret(graph, [(x, [1, 1, 2])])[(x * constant).index - 1]
    for (found, exact) in zip(program.output("y"), expected) {
      #expect(abs(found - exact) < 1e-12 * exact)
    }
  }

  @Test func `a layer and its derivatives are as few instructions as there are products and sums`()
    throws
  {
    let graph = Graph()
    let x = graph.input("x", shape: [8, 4])
    let weight = graph.input("weight", shape: [4, 3])
    let bias = graph.input("bias", shape: [3])
    let y = (x.matrixProduct(weight) + bias).tanh()
    let g = graph.input("g", shape: [8, 3])
    let gradients = pullback(of: [(y, cotangent: g)], to: [weight, bias, x])
    let program = try program(gradients)
    // The layer, g ∘ tanh′, and one for each gradient.
    #expect(program.instructionCount(ofStage: 0) == 5)
    #expect(program.description.contains("matmul A B + bias, tanh"))
    #expect(program.description.contains("tanhGradient"))
  }

  @Test func `derivatives of slices are put together without zeros`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [8, 6])
    let (mean, deviation) = (x.slice(axis: 1, 0..<2), x.slice(axis: 1, 2..<6))
    let loss = mean.squared().sum() + deviation.exp().sum()
    let printed = try program(gradient(of: loss, withRespectTo: [x])).description
    #expect(printed.contains("concatenate") && !printed.contains("pad"))
  }

  @Test func `rows put one behind the other are computed in their place`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [8])
    let joined = Tensor.concatenate([x.exp(), x.tanh()], axis: 0)
    let program = try program([joined.squared(), joined])
    #expect(program.instructionCount(ofStage: 0) == 3)
    let elements = [1, 2, 3, 4, 5, 6, 7, 8].map { Double($0) / 10 }
    fill(program, x, elements)
    program.run()
    let expected = interpret(graph, [(x, elements)])[joined.index]
    for (found, exact) in zip(program.output("y")[16...], expected) {
      #expect(abs(found - exact) < 1e-14 * exact)
    }
  }

  @Test func `a printed program shows stages, shapes, work and labels`() throws {
    let graph = Graph()
    let x = graph.input("observation", shape: [8, 4])
    let hidden = x.matrixProduct(graph.input("weight", shape: [4, 16])).named("hidden")
    let program = try Program<Float>(stages: [
      ProgramStage(outputs: [ProgramOutput("hidden", hidden)]),
      ProgramStage(outputs: [ProgramOutput("sum", hidden.exp().sum())]),
    ])
    let printed = program.description
    // 2 · 8 · 4 · 16 flops; (8·4 + 4·16 + 8·16) · 4 bytes.
    #expect(
      printed.contains(
        "\"hidden\"[8, 16] = matmul A B(\"observation\"[8, 4], \"weight\"[4, 16])  1024 flops, 896 bytes"
      ))
    #expect(printed.contains("Program<Float>: 4 instructions in 2 stages"))
    #expect(printed.contains("stage 1: 2 instructions"))
    #expect(printed.contains("arena of \(program.arenaSize) bytes"))
    #expect(program.cost(ofStage: 0).matrixFlops == 1024)
  }

  @Test func `the arena is used again`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [1024])
    var y = x
    for _ in 0..<100 { y = y.tanh() + x }
    // One value at a time, in place.
    let program = try program([y.sum()])
    #expect(program.arenaSize <= 2 * 1024 * 8)
  }
}
