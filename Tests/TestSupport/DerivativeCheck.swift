import Differentiation
import GSL

/// The values that a graph computes, for given inputs, as a test wants them: slow and simple.
public func evaluate<Scalar: ProgramScalar>(
  _ outputs: [Tensor], _ inputs: [(Tensor, [Double])], as scalar: Scalar.Type = Double.self
) throws -> [[Double]] {
  let program = try Program<Scalar>(
    stages: [
      ProgramStage(
        outputs: outputs.enumerated().map { ProgramOutput("\($0.offset)", $0.element) })
    ])
  for (input, elements) in inputs where program.reads(input) {
    program.withInput(input) { span in
      for index in elements.indices { span[index] = Scalar(elements[index]) }
    }
  }
  program.run()
  return outputs.indices.map { program.output("\($0)").map(Double.init) }
}

/// How an expression's derivatives differ from finite differences.
public struct DerivativeReport: CustomStringConvertible {
  /// What disagreed, empty when nothing did.
  public var disagreements: [String] = []

  /// Whether value, gradient and second derivatives all agree.
  public var isExact: Bool { disagreements.isEmpty }

  /// The disagreements, one per line.
  public var description: String { disagreements.joined(separator: "\n") }

  mutating func compare(_ what: String, _ found: [Double], _ expected: [Double]) {
    for (index, pair) in zip(found, expected).enumerated() {
      let error = abs(pair.0 - pair.1)
      // Not `>`: a NaN must count as a disagreement.
      if !(error <= 1e-9 || error <= 1e-6 * max(abs(pair.0), abs(pair.1))) {
        disagreements.append("\(what)[\(index)]: \(pair.0) but finite differences give \(pair.1)")
      }
    }
  }
}

/// Checks an expression's gradient and Hessian–vector product against central differences, in
/// double precision, and the Hessian–vector product in both modes against each other.
///
/// - Parameters:
///   - arguments: shape and elements of each argument.
///   - seed: draws the cotangent and the direction.
///   - expression: builds the expression from the arguments.
/// - Returns: what disagreed.
/// - Throws: what compiling the expression throws.
public func checkDerivatives(
  _ arguments: [(shape: Shape, elements: [Double])], seed: UInt64 = 1,
  _ expression: ([Tensor]) -> Tensor
) throws -> DerivativeReport {
  let graph = Graph()
  let inputs = arguments.enumerated().map { graph.input("x\($0.offset)", shape: $0.element.shape) }
  var stream = RandomStream(seed: seed, purpose: "derivative-check")
  func random(_ shape: Shape) -> [Double] { (0..<shape.count).map { _ in stream.gaussian() } }

  let result = expression(inputs)
  let weighted = (result * graph.literal(random(result.shape), shape: result.shape)).sum()
  let first = gradient(of: weighted, withRespectTo: inputs)
  let directions = inputs.map { graph.literal(random($0.shape), shape: $0.shape) }
  let slope = zip(first, directions).map { ($0 * $1).sum() }.reduce(graph.constant(0)) { $0 + $1 }
  let second = gradient(of: slope, withRespectTo: inputs)
  let secondForward = directionalDerivative(
    of: first, along: zip(inputs, directions).map { (input: $0, tangent: $1) })

  let program = try Program<Double>(
    stages: [
      ProgramStage(outputs: [
        ProgramOutput("value", weighted), ProgramOutput("first", first),
        ProgramOutput("slope", slope), ProgramOutput("second", second),
        ProgramOutput("secondForward", secondForward),
      ])
    ])
  var point = arguments.map(\.elements)
  func run(_ names: [String]) -> [[Double]] {
    for (input, elements) in zip(inputs, point) where program.reads(input) {
      program.withInput(input) { span in
        for index in elements.indices { span[index] = elements[index] }
      }
    }
    program.run()
    return names.map { program.output($0) }
  }
  /// The derivative of one output by every element, by central differences of fourth order.
  func differences(_ name: String) -> [Double] {
    var result: [Double] = []
    for argument in point.indices {
      for element in point[argument].indices {
        let x = point[argument][element]
        let h = 2e-3 * max(abs(x), 0.001)
        func at(_ offset: Double) -> Double {
          point[argument][element] = x + offset
          defer { point[argument][element] = x }
          return run([name])[0][0]
        }
        result.append((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h))
      }
    }
    return result
  }
  var report = DerivativeReport()
  let exact = run(["first", "second", "secondForward"])
  report.compare("gradient", exact[0], differences("value"))
  report.compare("second derivative", exact[1], differences("slope"))
  report.compare("forward over reverse", exact[2], exact[1])
  return report
}
