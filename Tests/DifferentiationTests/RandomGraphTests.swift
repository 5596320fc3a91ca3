import Differentiation
import TestSupport
import Testing

struct RandomGraphTests {
  /// Values, gradients and second derivatives in two stages, the second run twice: what one run
  /// leaves in the arena must not reach the next.
  @Test(arguments: 0..<10)
  func `programs of random graphs agree with an interpreter to second order`(block: Int) throws {
    for seed in UInt64(block * 25)..<UInt64(block * 25 + 25) {
      let random = RandomExpressions(seed: seed, operations: 40)
      let inputs = random.inputs.map(\.tensor)
      let values = random.results
      let total = values.map { $0.mean() }.reduce(random.graph.constant(0), +)
      let first = gradient(of: total, withRespectTo: inputs)
      let norm = first.map { $0.squared().sum() }.reduce(random.graph.constant(0), +)
      let second = gradient(of: norm, withRespectTo: inputs)
      let program = try Program<Double>(
        stages: [
          ProgramStage(outputs: [ProgramOutput("values", values), ProgramOutput("first", first)]),
          ProgramStage(outputs: [ProgramOutput("second", second), ProgramOutput("norm", norm)]),
        ])
      for input in random.inputs where program.reads(input.tensor) {
        program.withInput(input.tensor) { span in
          for index in input.elements.indices { span[index] = input.elements[index] }
        }
      }
      let expected = interpret(random.graph, random.inputs.map { ($0.tensor, $0.elements) })
      for round in 0..<2 {
        program.run(stage: 0)
        program.run(stage: 1)
        program.run(stage: 1)
        for (name, tensors) in [
          ("values", values), ("first", first), ("second", second), ("norm", [norm]),
        ] {
          let found = program.output(name)
          let exact = tensors.flatMap { expected[$0.index] }
          let scale = exact.reduce(1) { max($0, abs($1)) }
          let worst = zip(found, exact).map { abs($0 - $1) }.max() ?? .infinity
          #expect(exact.allSatisfy { $0.isFinite }, "seed \(seed): \(name) is not finite")
          #expect(worst <= 1e-10 * scale, "seed \(seed), round \(round): \(name) off by \(worst)")
        }
        // An output is the caller's: what is written there must not be read again.
        let buffer = program.outputBuffer("values")
        for index in buffer.indices { buffer[index] = .nan }
      }
    }
  }

  @Test func `an interpreter with another rule is told apart`() throws {
    let random = RandomExpressions(seed: 1, operations: 40)
    let values = random.results
    var inputs = random.inputs.map { ($0.tensor, $0.elements) }
    let found = try evaluate(values, inputs)
    for index in inputs.indices { inputs[index].1 = inputs[index].1.map { $0 + 1e-3 } }
    let other = interpret(random.graph, inputs)
    #expect(
      zip(found.joined(), values.flatMap { other[$0.index] }).contains { abs($0 - $1) > 1e-6 })
  }
}
