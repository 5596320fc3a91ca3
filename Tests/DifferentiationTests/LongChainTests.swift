import Differentiation
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct LongChainTests {
  /// Processor time of this thread: other processes must not decide whether a test passes.
  private func threadSeconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    try body()
    return now() - start
  }

  /// Seconds to build, differentiate twice and compile a chain.
  private func seconds(length: Int) throws -> Double {
    var result = 0.0
    let time = try threadSeconds {
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
    return time
  }

  /// Unoptimized, the compiler of programs takes too long for a million.
  private static var length: Int {
    #if DEBUG
      200_000
    #else
      1_000_000
    #endif
  }

  @Test func `a chain of a million operations compiles in time that grows with its length`() throws
  {
    _ = try seconds(length: 1000)
    let short = try seconds(length: Self.length / 20)
    let long = try seconds(length: Self.length)
    // Twenty times as long; a quadratic step would make it 400 times as slow.
    #expect(long < 60 * short, "\(short) s for a twentieth of it, \(long) s for \(Self.length)")
  }

  @Test func `many outputs and wide sums compile in time that grows with their number`() throws {
    func seconds(_ count: Int) throws -> Double {
      try threadSeconds {
        let graph = Graph()
        let inputs = (0..<count).map { graph.input("x\($0)", shape: [3]) }
        let values = inputs.map { $0.tanh() }
        let total = values.reduce(graph.constant(0, shape: [3]), +)
        _ = try Program<Float>(stages: [
          ProgramStage(outputs: [ProgramOutput("all", values + [total])])
        ])
      }
    }
    _ = try seconds(100)
    let (few, many) = (try seconds(1_000), try seconds(20_000))
    #expect(many < 80 * few, "\(few) s for 1 000, \(many) s for 20 000")
  }
}
