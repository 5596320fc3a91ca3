import Differentiation
import Testing

/// A mismatch stops the process where the graph is built, and says what did not fit.
struct ShapeMismatchTests {
  private func expect(_ result: ExitTest.Result?, says pieces: String...) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    for piece in pieces {
      #expect(text.contains(piece), "\"\(piece)\" is not in: \(text)")
    }
  }

  @Test func `a sum names both shapes`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let graph = Graph()
      _ = graph.input("a", shape: [3, 4]) + graph.input("b", shape: [3])
    }
    expect(result, says: "add cannot broadcast the shapes [3, 4] and [3]")
  }

  @Test func `a matrix product names both shapes and the inner extents`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let graph = Graph()
      _ = graph.input("a", shape: [3, 4]).matrixProduct(
        graph.input("b", shape: [3, 4]), transposingSelf: false)
    }
    expect(result, says: "matrix product cannot join the shapes [3, 4] and [3, 4]", "4 and 3")
  }

  @Test func `a choice names all three shapes`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let graph = Graph()
      _ = graph.input("a", shape: [2]).select(
        graph.input("b", shape: [3]), otherwise: graph.input("c", shape: [4]))
    }
    expect(result, says: "select cannot broadcast the shapes [2], [3] and [4]")
  }

  @Test func `a reshape, a slice and a concatenation name what does not fit`() async {
    let reshape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Graph().input("a", shape: [2, 3]).reshaped([4])
    }
    expect(reshape, says: "reshape cannot turn [2, 3] into [4]")
    let slice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Graph().input("a", shape: [2, 3]).slice(axis: 1, 1..<4)
    }
    expect(slice, says: "slice 1..<4 along axis 1 does not fit a tensor of shape [2, 3]")
    let joined = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let graph = Graph()
      _ = Tensor.concatenate(
        [graph.input("a", shape: [2, 3]), graph.input("b", shape: [3, 3])], axis: 1)
    }
    expect(joined, says: "concatenate along axis 1 cannot join the shapes [2, 3] and [3, 3]")
  }

  @Test func `windows that do not fit into an image name both`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Graph().input("a", shape: [5, 7, 2, 4]).windows(Windows(side: 3, stride: 2))
    }
    expect(
      result,
      says: "Windows 3×3 by 2×2 need images [N, H, W, C] of at least 3 rows and 3 columns",
      "got the shape [5, 7, 2, 4]")
    let flat = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Graph().input("a", shape: [5, 28]).windows(Windows(side: 1))
    }
    expect(flat, says: "need images [N, H, W, C]", "got the shape [5, 28]")
  }

  @Test func `a gradient of more than one element and an unknown output are refused`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Graph().input("x", shape: [2])
      _ = gradient(of: x.exp(), withRespectTo: [x])
    }
    expect(result, says: "gradient needs a tensor of one element but got the shape [2]")
    let unknown = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Graph().input("x", shape: [2])
      let program = try Program<Float>(
        stages: [ProgramStage(outputs: [ProgramOutput("y", x.exp())])])
      _ = program.output("z")
    }
    expect(unknown, says: "The program has no output \"z\" but [\"y\"]")
  }
}
