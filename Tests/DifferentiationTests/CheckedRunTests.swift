import Differentiation
import Testing

struct CheckedRunTests {
  private let graph = Graph()

  @Test func `the first operation that gives a NaN is named, with its label`() throws {
    let x = graph.input("x", shape: [4])
    let shifted = (x - 1).named("shifted")
    let root = shifted.squareRoot().named("root")
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: [ProgramOutput("y", root.exp().sum())])])
    fill(program, x, [2, 3, 4, 5])
    try program.runChecked()
    let sum = program.output("y")
    program.run()
    #expect(program.output("y") == sum)

    fill(program, x, [2, 3, 0.5, 5])
    let error = #expect(throws: ProgramError.self) { try program.runChecked() }
    guard
      case .nonFinite(let instruction, let operation, let label, let element, let value)? = error
    else {
      Issue.record("\(String(describing: error)) is not .nonFinite")
      return
    }
    #expect(instruction == 1 && operation == "sqrt" && label == "root" && element == 2)
    #expect(value.isNaN)
    let message = try #require(error).description
    #expect(message.contains("sqrt (root), is the first to give a value"))
  }

  @Test func `an input that is not finite is told apart from a result`() throws {
    let x = graph.input("observation", shape: [3])
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("y", x.tanh())])])
    fill(program, x, [0, .infinity, 1])
    #expect(
      throws: ProgramError.nonFiniteInput(name: "observation", element: 1, value: .infinity)
    ) { try program.runChecked() }
  }

  @Test func `only the rows that are run are checked`() throws {
    let x = graph.input("x", shape: [4, 2])
    let program = try Program<Float>(
      stages: [ProgramStage(rowInputs: [x], outputs: [ProgramOutput("y", x.log())])])
    fill(program, x, [1, 2, 3, 4, 0, 6, .nan, 8])
    try program.runChecked(stage: 0, rows: 0..<2)
    let error = #expect(throws: ProgramError.self) { try program.runChecked(stage: 0, rows: 2..<3) }
    #expect(
      error
        == .nonFinite(
          instruction: 0, operation: "log", label: nil, element: 4, value: -.infinity))
    #expect(throws: ProgramError.self) { try program.runChecked(stage: 0, rows: 3..<4) }
  }
}
