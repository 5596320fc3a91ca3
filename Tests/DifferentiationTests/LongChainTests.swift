import Differentiation
import Testing

struct LongChainTests {
  /// Seconds to build, differentiate twice and compile a chain.
  private func seconds(length: Int) throws -> Double {
    let clock = ContinuousClock()
    var result = 0.0
    let time = try clock.measure {
      let graph = Graph()
      let x = graph.input("x", shape: [2])
      var y = x
      for step in 0..<length { y = step % 2 == 0 ? y.tanh() : y * 1.0001 }
      let slope = gradient(of: y.sum(), withRespectTo: [x])
      let program = try Program<Double>(
        stages: [ProgramStage(outputs: [ProgramOutput("slope", slope)])])
      fill(program, x, [0.1, -0.2])
      program.run()
      result = program.output("slope")[0]
    }
    #expect(result > 0 && result < 1)
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  }

  @Test func `a chain of a million operations compiles in time that grows with its length`() throws
  {
    _ = try seconds(length: 1000)
    let short = try seconds(length: 50_000)
    let long = try seconds(length: 1_000_000)
    // Twenty times as long; a quadratic step would make it 400 times as slow.
    #expect(long < 60 * short, "\(short) s for 50 000 operations, \(long) s for a million")
  }

  @Test func `many outputs and wide sums compile in time that grows with their number`() throws {
    func seconds(_ count: Int) throws -> Double {
      let time = try ContinuousClock().measure {
        let graph = Graph()
        let inputs = (0..<count).map { graph.input("x\($0)", shape: [3]) }
        let values = inputs.map { $0.tanh() }
        let total = values.reduce(graph.constant(0, shape: [3]), +)
        _ = try Program<Float>(stages: [
          ProgramStage(outputs: [ProgramOutput("all", values + [total])])
        ])
      }
      return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }
    _ = try seconds(100)
    let (few, many) = (try seconds(1_000), try seconds(20_000))
    #expect(many < 80 * few, "\(few) s for 1 000, \(many) s for 20 000")
  }
}
