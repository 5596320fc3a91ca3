import Differentiation
import Distributions

/// Samples, calls a Swift function with them, and goes on to the gradient.
///
/// For an f that is no graph: a simulator, a discrete algorithm, anything that gives a number. The
/// program has two stages around the call, so that an estimator meets the very sample that was
/// evaluated.
///
/// ```swift
/// let program = try BlackBoxProgram<Double>(
///   evaluating: [(value: b, signal: signal)],
///   outputs: [ProgramOutput("gradient", estimate.distributionGradient)])
/// try program.run { b in Double(b[0] == b[1] ? 1 : 0) }
/// ```
public final class BlackBoxProgram<Scalar: ProgramScalar> {
  /// The compiled stages: 0 gives the values, 1 the outputs.
  ///
  /// Inputs are filled and outputs read through it.
  public let program: Program<Scalar>
  private let evaluations: [(rows: Int, value: String, signal: UnsafeMutablePointer<Scalar>?)]

  /// A program around the calls of f.
  ///
  /// - Parameters:
  ///   - evaluations: values at which f is called, R rows each, and the inputs `[R]` of the graph that
  ///     hold the results. Several for estimators such as RLOO.
  ///   - outputs: what to compute afterwards.
  ///   - bindings: inputs that live in memory of the caller, as in `Program`.
  ///   - destinations: where outputs are written, as in `Program`.
  /// - Throws: `ProgramError` when the graph cannot be compiled.
  public init(
    evaluating evaluations: [(value: Tensor, signal: Tensor)], outputs: [ProgramOutput],
    bindings: [ProgramBinding<Scalar>] = [],
    destinations: [String: UnsafeMutablePointer<Scalar>] = [:]
  ) throws(ProgramError) {
    for (value, signal) in evaluations {
      demand(
        value.shape.count.isMultiple(of: signal.shape.count),
        "Values of shape \(value.shape) do not divide into the \(signal.shape.count) rows of their "
          + "signal.")
    }
    let names = evaluations.indices.map { "value \($0)" }
    let program = try Program<Scalar>(
      stages: [
        ProgramStage(
          outputs: zip(names, evaluations).map { ProgramOutput($0, $1.value) }),
        ProgramStage(outputs: outputs),
      ], bindings: bindings, destinations: destinations)
    self.program = program
    self.evaluations = zip(names, evaluations).map { name, evaluation in
      (
        evaluation.signal.shape.count, name,
        program.reads(evaluation.signal) ? program.inputPointer(evaluation.signal) : nil
      )
    }
  }

  /// Copies numbers to an input of the program, if it reads that input.
  public func fill(_ input: Tensor, _ elements: some Collection<Scalar>) {
    demand(
      elements.count == input.shape.count,
      "An input of shape \(input.shape) needs \(input.shape.count) elements but got "
        + "\(elements.count).")
    guard program.reads(input) else { return }
    program.withInput(input) { span in
      for (index, element) in elements.enumerated() { span[index] = element }
    }
  }

  /// What the last run has given for an output.
  public func output(_ name: String) -> [Scalar] { program.output(name) }

  /// Samples, calls f once for each row of each value, and computes the outputs.
  ///
  /// - Parameter f: of the elements of one row.
  /// - Throws: what f throws, and ``BlackBoxError`` when it gives something that is not finite. The
  ///   outputs are then those of the last run.
  public func run(_ f: (Span<Scalar>) throws -> Scalar) throws {
    program.run(stage: 0)
    for (rows, name, signal) in evaluations {
      let values = UnsafeBufferPointer(program.outputBuffer(name))
      let width = values.count / rows
      for row in 0..<rows {
        let elements = UnsafeBufferPointer(rebasing: values[row * width..<(row + 1) * width])
        let result = try f(elements.span)
        guard result.isFinite else {
          throw BlackBoxError(row: row, result: Double(result), value: elements.map(Double.init))
        }
        signal?[row] = result
      }
    }
    program.run(stage: 1)
  }
}

/// A function gave something that no gradient can be made of.
public struct BlackBoxError: Error, Hashable, CustomStringConvertible {
  /// The row in which it happened.
  public let row: Int
  /// What the function gave.
  public let result: Double
  /// What it was called with.
  public let value: [Double]

  /// An error of a call.
  public init(row: Int, result: Double, value: [Double]) {
    (self.row, self.result, self.value) = (row, result, value)
  }

  /// What is wrong, the value received and what would be right.
  public var description: String {
    "The function must give a finite number"
      + (result.isFinite ? " of single precision, at most 3.4e38 in size," : "")
      + " but gave \(result) for \(value), row \(row)."
  }
}
