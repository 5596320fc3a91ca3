/// One of the buffers that a stage writes: tensors one behind the other, in the given order.
///
/// A gradient is one output of many tensors, so that it lands in the order of its parameters.
public struct ProgramOutput {
  let name: String
  let tensors: [Tensor]

  /// The tensors to write, and the name by which the caller finds them.
  public init(_ name: String, _ tensors: [Tensor]) {
    self.name = name
    self.tensors = tensors
  }

  /// The number of elements of all tensors.
  var count: Int { tensors.reduce(0) { $0 + $1.shape.count } }

  /// One tensor to write, and the name by which the caller finds it.
  public init(_ name: String, _ tensor: Tensor) { self.init(name, [tensor]) }
}

/// A part of a program that is run on its own, in the order of the stages.
///
/// Stages share one arena: what an earlier stage computed is at hand in a later one. A stage may
/// be run again until the next one has run.
public struct ProgramStage {
  let outputs: [ProgramOutput]
  let rowInputs: [Tensor]

  /// A stage that is run as a whole.
  public init(outputs: [ProgramOutput]) {
    self.outputs = outputs
    rowInputs = []
  }

  /// A stage that may be run on some of its rows, and leaves the others as they are.
  ///
  /// Acting step by step and then learning from all steps at once uses this: what the policy
  /// computed for the rows of each step is there when the update needs it.
  ///
  /// - Parameters:
  ///   - rowInputs: inputs of one leading extent R. All that depends on them must keep the R rows
  ///     apart: no reduction over them, no mixing.
  ///   - outputs: what the stage writes.
  public init(rowInputs: [Tensor], outputs: [ProgramOutput]) {
    self.outputs = outputs
    self.rowInputs = rowInputs
  }

  var rowCount: Int? { rowInputs.first?.shape[0] }
}

/// Why a graph cannot become a program.
public enum ProgramError: Error, CustomStringConvertible, Equatable {
  /// An operation of a row-wise stage mixes its rows.
  case mixesRows(operation: String, shape: String, rows: Int)
  /// The environment asks for a width of vectors that cannot be had.
  case vectorWidth(VectorWidthError)
  /// The values take more memory than there is.
  case memory(MemoryError)
  /// An input holds a number that is not finite.
  case nonFiniteInput(name: String, element: Int, value: Double)
  /// A value that is not finite: which operation first produced it.
  case nonFinite(instruction: Int, operation: String, label: String?, element: Int, value: Double)

  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .mixesRows(let operation, let shape, let rows):
      "The operation \(operation) with result \(shape) mixes the \(rows) rows of a row-wise "
        + "stage. Move it to a stage that is run as a whole."
    case .vectorWidth(let error): error.description
    case .memory(let error): "\(error)"
    case .nonFiniteInput(let name, let element, let value):
      "The input \"\(name)\" holds a number that is not finite: \(value) at element \(element)."
    case .nonFinite(let instruction, let operation, let label, let element, let value):
      "Instruction \(instruction), \(operation)\(label.map { " (\($0))" } ?? ""), is the first to "
        + "give a value that is not finite: \(value) at element \(element)."
    }
  }
}
