import CAllocations
import CKernels
import Differentiation
import Testing

struct RunCostTests {
  /// A layer with second derivatives, in a row-wise and an ordinary stage.
  private func program() throws -> (Program<Float>, Tensor) {
    let graph = Graph()
    let x = graph.input("x", shape: [40, 4])
    let weight = graph.input("weight", shape: [4, 64])
    let y = x.matrixProduct(weight).tanh()
    let first = gradient(of: y.logSumExp().sum(), withRespectTo: [weight])
    let second = gradient(of: first[0].squared().sum(), withRespectTo: [weight])
    let program = try Program<Float>(stages: [
      ProgramStage(rowInputs: [x], outputs: [ProgramOutput("y", y)]),
      ProgramStage(outputs: [ProgramOutput("second", second)]),
    ])
    fill(program, x, (0..<160).map { Double($0) / 160 })
    return (program, x)
  }

  @Test func `running allocates nothing`() throws {
    let (program, x) = try program()
    func runAll() {
      program.run(stage: 0)
      for row in 0..<40 { program.run(stage: 0, rows: row..<row + 1) }
      program.run(stage: 1)
      program.withInput(x) { $0[0] = 0.5 }
    }
    runAll()
    let before = allocation_count()
    for _ in 0..<10 { runAll() }
    #expect(allocation_count() == before)
  }

  @Test func `the counter counts`() {
    let before = allocation_count()
    let array = [Int](repeating: 1, count: Int.random(in: 1000...2000))
    #expect(allocation_count() > before && array.count >= 1000)
  }

  @Test func `denormal numbers are flushed while running and the caller's mode restored`() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [16])
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: [ProgramOutput("y", x * x)])])
    // The square, 1e-40, is denormal.
    fill(program, x, [Double](repeating: 1e-20, count: 16))
    let tiny: Float = Float(Int.random(in: 1...1)) * 1e-20
    #expect(tiny * tiny > 0)
    program.run()
    #expect(program.output("y") == [Float](repeating: 0, count: 16))
    #expect(tiny * tiny > 0)
    // A caller who flushes already goes on flushing.
    let before = ck_set_flush_to_zero(1)
    program.run()
    #expect(ck_set_flush_to_zero(before) == 1)
  }
}
