import Differentiation
import Networks
import ReinforcementLearning

/// A graph over rows of experience, and where its inputs and outputs lie: columns and parameter sets.
///
/// What a collector fills is an input where it lies, and what a stage gives lands in a column or in the
/// gradient of a network. The program keeps all of that memory.
///
/// ```swift
/// let table = ExperienceGraph(rows: 64, lanes: 8)
/// let x = table.input(.observation, width: 4)
/// let logits = policy.network(x, parameters: table.parameters(policy.parameters))
/// let program = try table.compile([
///   ProgramStage(outputs: [table.output("logits", logits, isComputed: true)])
/// ])
/// ```
public final class ExperienceGraph {
  /// What is computed.
  public let graph: Graph
  /// R rows, whose columns are the program's.
  public let experience: Experience
  private let rows: Int
  private(set) var bindings: [ProgramBinding<Float>] = []
  private var inputs: [(name: ColumnName, tensor: Tensor)] = []
  private var destinations: [String: UnsafeMutablePointer<Float>] = [:]
  private var owners: [AnyObject] = []

  /// A graph over a new table.
  ///
  /// - Parameters:
  ///   - graph: to which inputs are added, or in which they are.
  ///   - rows: R.
  ///   - lanes: whose steps the rows are.
  public init(_ graph: Graph = Graph(), rows: Int, lanes: Int) {
    self.graph = graph
    self.rows = rows
    experience = Experience(rows: rows, lanes: lanes)
  }

  /// A new input that is a column.
  ///
  /// - Parameters:
  ///   - name: of no other column.
  ///   - width: elements of a row.
  ///   - isComputed: whether it is computed from what is collected, and so not saved.
  ///   - isBytes: whether the column consists of bytes.
  /// - Returns: `[R]`, or `[R, width]`.
  public func input(
    _ name: ColumnName, width: Int? = nil, isComputed: Bool = false, isBytes: Bool = false
  ) -> Tensor {
    let shape: Shape = width.map { [rows, $0] } ?? [rows]
    let tensor =
      isBytes
      ? graph.byteInput(name.description, shape: shape)
      : graph.input(name.description, shape: shape)
    bind(name, tensor, isComputed: isComputed)
    return tensor
  }

  /// Makes a column of an input that is there.
  ///
  /// - Parameters:
  ///   - name: of no other column.
  ///   - tensor: `[R]` or `[R, width]`.
  ///   - isComputed: whether it is computed from what is collected, and so not saved.
  public func bind(_ name: ColumnName, _ tensor: Tensor, isComputed: Bool = false) {
    let width = tensor.shape.count / rows
    if tensor.isByteInput {
      bind(
        tensor, to: experience.add(name, width: width, of: UInt8.self, isComputed: isComputed))
    } else {
      bind(tensor, to: experience.add(name, width: width, isComputed: isComputed))
    }
    inputs.append((name, tensor))
  }

  /// The input that is the column of a name, or nil.
  func tensor(of name: ColumnName) -> Tensor? { inputs.first { $0.name == name }?.tensor }

  /// Reads an input from a column of any number of rows, which never grows.
  public func bind(_ tensor: Tensor, to column: ExperienceColumn<Float>) {
    bindings.append(ProgramBinding(tensor, column.pointer, ownedBy: column))
  }

  /// Reads an input of bytes from a column of any number of rows, which never grows.
  public func bind(_ tensor: Tensor, to column: ExperienceColumn<UInt8>) {
    bindings.append(ProgramBinding(bytes: tensor, column.pointer, ownedBy: column))
  }

  /// A new input that is a column of numbers or bytes of any number of rows, which never grows.
  ///
  /// - Parameters:
  ///   - column: of any table or none.
  ///   - shape: of as many elements.
  /// - Returns: a tensor of the shape.
  func input(reading column: AnyExperienceColumn, shape: Shape) -> Tensor {
    let name = column.name.description
    switch column {
    case let bytes as ExperienceColumn<UInt8>:
      let tensor = graph.byteInput(name, shape: shape)
      bind(tensor, to: bytes)
      return tensor
    case let numbers as ExperienceColumn<Float>:
      let tensor = graph.input(name, shape: shape)
      bind(tensor, to: numbers)
      return tensor
    default: fatalError("\"\(name)\" has neither numbers nor bytes.")
    }
  }

  /// New inputs that are the numbers of a parameter set, or of a gradient.
  ///
  /// - Parameter set: read where it lies, whenever a stage runs.
  /// - Returns: one tensor for each parameter.
  public func parameters(_ set: ParameterSet<Float>) -> ParameterTensors {
    let tensors = ParameterTensors(set.layout, inputsOf: graph)
    bind(tensors, to: set)
    return tensors
  }

  /// Reads inputs that are there from a parameter set, or from a gradient.
  public func bind(_ tensors: ParameterTensors, to set: ParameterSet<Float>) {
    bindings += tensors.bindings(to: set)
  }

  /// A stage's output that is a new column.
  ///
  /// - Parameters:
  ///   - name: of no other column.
  ///   - tensor: `[R]` or `[R, width]`.
  ///   - isComputed: whether it is computed from what is collected, and so not saved.
  /// - Returns: for the stage that is to compute it.
  public func output(
    _ name: ColumnName, _ tensor: Tensor, isComputed: Bool = false
  ) -> ProgramOutput {
    output(
      tensor, to: experience.add(name, width: tensor.shape.count / rows, isComputed: isComputed))
  }

  /// A stage's output that lands in a column of any number of rows, which never grows.
  public func output(_ tensor: Tensor, to column: ExperienceColumn<Float>) -> ProgramOutput {
    output([tensor], to: column.pointer, of: column)
  }

  /// A stage's output that lands in a gradient.
  ///
  /// - Parameters:
  ///   - gradient: in the order of the parameters.
  ///   - set: of their layout.
  /// - Returns: for the stage that is to compute it.
  public func output(_ gradient: [Tensor], to set: ParameterSet<Float>) -> ProgramOutput {
    output(gradient, to: set.pointer, of: set)
  }

  private func output(
    _ tensors: [Tensor], to memory: UnsafeMutablePointer<Float>, of owner: AnyObject
  ) -> ProgramOutput {
    let name = "output \(owners.count)"
    destinations[name] = memory
    owners.append(owner)
    return ProgramOutput(name, tensors)
  }

  /// Compiles stages of this graph; columns that none of them reads are taken out of the table.
  ///
  /// - Parameter stages: in the order in which they are run.
  /// - Returns: the program.
  /// - Throws: `ProgramError` where a stage mixes rows that it must keep apart, or there is too little
  ///   memory.
  public func compile(_ stages: [ProgramStage]) throws(ProgramError) -> Program<Float> {
    let program = try Program(
      stages: stages, bindings: bindings, destinations: destinations, keeping: owners)
    for (name, tensor) in inputs where !program.reads(tensor) { experience.remove(name) }
    return program
  }
}
