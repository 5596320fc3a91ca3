import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

@Suite struct `A black box in Swift` {
  private static let rows = 50

  private struct Refusal: Error {}

  /// A function with a branch, so that it is no graph, of one row of values.
  private static func f(_ value: Span<Double>) -> Double {
    var sum = 0.0
    for index in value.indices { sum += value[index] * Double(index + 1) }
    return sum > 2 ? sum * sum : -sum
  }

  /// The same, of all rows, beside the program.
  private static func f(rows: [Double]) -> [Double] {
    let width = rows.count / Self.rows
    return (0..<Self.rows).map { row in
      let sum = (0..<width).reduce(0) { $0 + rows[row * width + $1] * Double($1 + 1) }
      return sum > 2 ? sum * sum : -sum
    }
  }

  @Test(arguments: [Problem.bernoulli(3), .categorical(3), .categorical(3, variables: 2)])
  func `is called with the values that the estimate is for`(problem: Problem) throws {
    let graph = Graph()
    let logits = problem.rows(graph, Self.rows)
    let noises = (0..<2).map { graph.input("noise\($0)", shape: logits.shape) }
    let signals = (0..<2).map { graph.input("signal\($0)", shape: [Self.rows]) }
    func build(_ d: some ConditionallyReparameterizable) -> ([Tensor], GradientEstimate) {
      let values = noises.map { d.sample(noise: $0) }
      return (values, RLOO().estimate(d, values: values, signals: signals))
    }
    let (values, estimate) =
      problem.family == .bernoulli
      ? build(Bernoulli(logits: logits))
      : build(Categorical(logits: logits, variables: problem.variables))
    let program = try BlackBoxProgram<Double>(
      evaluating: zip(values, signals).map { ($0, $1) },
      outputs: [ProgramOutput("gradient", estimate.distributionGradient)])
    var stream = RandomStream(seed: 9, purpose: "black-box")
    let variates = noises.map { stream.variates(problem.noise, count: $0.shape.count) }
    for (noise, elements) in zip(noises, variates) { program.fill(noise, elements) }
    var calls = 0
    try program.run { value in
      calls += 1
      return Self.f(value)
    }
    #expect(calls == 2 * Self.rows)

    let drawn = try evaluate(values, zip(noises, variates).map { ($0, $1) })
    let expected = try evaluate(
      estimate.distributionGradient,
      zip(noises, variates).map { ($0, $1) } + zip(signals, drawn).map { ($0, Self.f(rows: $1)) })
    #expect(program.output("gradient") == expected[0])
    #expect(Set(expected[0]).count > 10)
  }

  @Test func `that gives no finite number stops the run, and so does one that throws`() throws {
    let graph = Graph()
    let bernoulli = Bernoulli(logits: graph.literal([30, -30, 30], shape: [3, 1]))
    let value = bernoulli.sample(noise: graph.constant(0, shape: [3, 1]))
    let signal = graph.input("signal", shape: [3])
    let estimate = ScoreFunction().estimate(bernoulli, value: value, signal: signal)
    let program = try BlackBoxProgram<Double>(
      evaluating: [(value, signal)],
      outputs: [ProgramOutput("gradient", estimate.distributionGradient)])
    let error = #expect(throws: BlackBoxError.self) {
      try program.run { $0[0] == 0 ? .nan : 1 }
    }
    #expect(error?.row == 1)
    #expect(
      error?.description
        == "The function must give a finite number but gave nan for [0.0], row 1.")
    #expect(throws: Refusal.self) { try program.run { _ in throw Refusal() } }
    try program.run { $0[0] }
    #expect(program.output("gradient").allSatisfy { $0.isFinite })
  }
}
