import Differentiation
import TestSupport
import Testing

struct StageTests {
  @Test func `a later stage uses what an earlier one computed and may be run again`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [5])
    let w = graph.input("w", shape: [5])
    let hidden = x.tanh().exp()
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [ProgramOutput("sum", hidden.sum())]),
      ProgramStage(outputs: [ProgramOutput("dot", (hidden * w).squared().sum())]),
    ])
    fill(program, x, [0.1, -0.4, 0.9, 1.5, -2])
    program.run(stage: 0)
    for factor in [1.0, -2.0, 0.5] {
      let weights = [1, 2, 3, 4, 5].map { factor * $0 }
      fill(program, w, weights)
      program.run(stage: 1)
      let expected = try evaluate(
        [(hidden * w).squared().sum()], [(x, [0.1, -0.4, 0.9, 1.5, -2]), (w, weights)])
      #expect(program.output("dot") == expected[0])
    }
  }

  @Test func `what two stages need is computed in the first`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [8])
    let program = try Program<Float>(stages: [
      ProgramStage(outputs: [ProgramOutput("a", x.exp())]),
      // The same operation, written down a second time.
      ProgramStage(outputs: [ProgramOutput("b", x.exp().tanh())]),
    ])
    #expect(program.instructionCount(ofStage: 1) == 1)
    #expect(program.description.components(of: " = exp(") == 1)
  }

  @Test func `an output that the caller changes is not read by a later stage`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [3])
    let y = x.squared()
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [ProgramOutput("y", y)]),
      ProgramStage(outputs: [ProgramOutput("z", y + 1)]),
    ])
    fill(program, x, [1, 2, 3])
    program.run(stage: 0)
    program.outputBuffer("y").update(repeating: -7)
    program.run(stage: 1)
    #expect(program.output("z") == [2, 5, 10])
  }
}

struct OutputTests {
  @Test func `outputs are contiguous in the given order, whatever they are`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [2, 2])
    let y = x.exp()
    let tensors = [
      y, x, graph.constant(3), y, y.slice(1..<2), y.reshaped([4]), x.slice(axis: 1, 0..<1),
      graph.literal([7, 8], shape: [2]), y.sum(axis: 0),
    ]
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("all", tensors)])])
    let elements: [Double] = [0.5, -1, 2, 0.25]
    fill(program, x, elements)
    program.run()
    let expected = interpret(graph, [(x, elements)])
    let exact = tensors.flatMap { expected[$0.index] }
    #expect(program.output("all").count == exact.count)
    for (found, exact) in zip(program.output("all"), exact) {
      #expect(abs(found - exact) < 1e-14 * max(1, abs(exact)))
    }
  }

  @Test func `inputs and outputs lie in memory of the caller's`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [4])
    var source: [Float] = [1, 2, 3, 4]
    var target = [Float](repeating: 0, count: 6)
    try source.withUnsafeMutableBufferPointer { source in
      try target.withUnsafeMutableBufferPointer { target in
        let (from, to) = (try #require(source.baseAddress), try #require(target.baseAddress))
        let program = try Program<Float>(
          stages: [ProgramStage(outputs: [ProgramOutput("y", [x * 2, x.slice(0..<2)])])],
          bindings: [ProgramBinding(x, from)], destinations: ["y": to])
        #expect(program.inputPointer(x) == from)
        program.run()
        #expect(Array(target) == [2, 4, 6, 8, 1, 2])
        from[0] = 10
        program.run()
        #expect(Array(target) == [20, 4, 6, 8, 10, 2])
      }
    }
  }

  @Test func `inputs that nothing needs are not read`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [4])
    let unused = graph.input("unused", shape: [4])
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: [ProgramOutput("y", (x * 2) + (unused * 0).slice(0..<4) * 0)])]
    )
    #expect(program.reads(x))
    let other = try Program<Float>(stages: [ProgramStage(outputs: [ProgramOutput("y", x * 2)])])
    #expect(!other.reads(unused))
  }
}

/// Writes the elements of an input.
func fill<Scalar: ProgramScalar>(_ program: Program<Scalar>, _ input: Tensor, _ elements: [Double])
{
  guard program.reads(input) else { return }
  program.withInput(input) { span in
    for index in elements.indices { span[index] = Scalar(elements[index]) }
  }
}

extension String {
  /// How often a piece occurs.
  func components(of piece: String) -> Int {
    split(separator: piece, omittingEmptySubsequences: false).count - 1
  }
}
