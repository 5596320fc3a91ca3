import CKernels

/// A graph compiled for one scalar type: instructions over one arena, run as often as needed.
///
/// Running allocates nothing and locks nothing. Inputs and outputs lie at fixed addresses, so the
/// caller fills and reads them in place. A program is used by one thread at a time.
///
/// ```swift
/// let graph = Graph()
/// let x = graph.input("x", shape: [8])
/// let program = try Program<Float>(stages: [.init(outputs: [.init("y", x.squared().sum())])])
/// program.withInput(x) { values in for i in 0..<8 { values[i] = Float(i) } }
/// program.run()
/// program.withOutput("y") { print($0[0]) }
/// ```
public final class Program<Scalar: ProgramScalar> {
  /// The instructions of one stage: those that all rows share, then the rest.
  struct Stage {
    var shared: [ck_instruction] = []
    var rows: [ck_instruction] = []
    var rowCount: Int?
  }

  /// What an instruction does, for people.
  struct Detail {
    let operation: Operation
    let firstOfOperation: Bool
  }

  let lowering: Lowering
  private(set) var stages: [Stage] = []
  private(set) var details: [[Detail]] = []
  let arenaSize: Int
  private let arena: UnsafeMutableRawPointer
  private var inputAddresses: [Int: UnsafeMutablePointer<Scalar>] = [:]
  private var outputBuffers: [String: UnsafeMutableBufferPointer<Scalar>] = [:]
  private let owned: [UnsafeMutableRawPointer]

  /// Compiles the graph of the stages' outputs.
  ///
  /// - Parameters:
  ///   - stages: what to compute, in the order in which it will be run.
  ///   - bindings: inputs that lie in memory of the caller's, such as parameters. The memory must
  ///     hold the input's elements for as long as the program is used.
  ///   - destinations: outputs to be written to memory of the caller's, by name, likewise.
  /// - Throws: `ProgramError.mixesRows` when a row-wise stage does not keep its rows apart.
  public init(
    stages descriptions: [ProgramStage],
    bindings: [(Tensor, UnsafeMutablePointer<Scalar>)] = [],
    destinations: [String: UnsafeMutablePointer<Scalar>] = [:]
  ) throws(ProgramError) {
    guard let graph = descriptions.lazy.flatMap(\.outputs).flatMap(\.tensors).first?.graph else {
      preconditionFailure("A program needs at least one output.")
    }
    var lowering = try Lowering(graph: graph, stages: descriptions)
    let table = Scalar.kernelTable
    var owned: [UnsafeMutableRawPointer] = []
    func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 64))
      owned.append(memory)
      return memory
    }

    // Outputs: each tensor is computed where it belongs, or copied there if it cannot be.
    var outputs = Set<Int>()
    for description in descriptions {
      for tensor in description.outputs.flatMap(\.tensors) {
        if let value = lowering.valueOfNode[tensor.index] { outputs.insert(value) }
      }
    }
    lowering = Fusion.apply(to: lowering, outputs: outputs)
    var assigned: [Int: Storage] = [:]
    var outputAddresses: [UnsafeMutableRawPointer] = []
    for (stage, description) in descriptions.enumerated() {
      for output in description.outputs {
        let count = output.tensors.reduce(0) { $0 + $1.shape.count }
        let memory =
          destinations[output.name].map { UnsafeMutableRawPointer($0) }
          ?? allocate(count * table.elementSize)
        outputBuffers[output.name] = UnsafeMutableBufferPointer(
          start: memory.assumingMemoryBound(to: Scalar.self), count: count)
        var offset = 0
        for tensor in output.tensors {
          guard let value = lowering.valueOfNode[tensor.index] else { continue }
          var (root, inner) = lowering.root(of: value)
          if !lowering.canLieInOutput(root, stage: stage) || inner != 0 || assigned[root] != nil
            || lowering.values[root].shape.count != tensor.shape.count
          {
            root = lowering.appendCopy(of: value, stage: stage)
          }
          assigned[root] = .output(outputAddresses.count, offset: offset)
          offset += tensor.shape.count * table.elementSize
        }
        outputAddresses.append(memory)
      }
    }
    lowering.sortByStage()

    let plan = MemoryPlan(lowering, assigned: assigned, elementSize: table.elementSize)
    arenaSize = plan.arenaSize
    arena = allocate(plan.arenaSize)
    for value in lowering.values where value.isInput {
      let bound = bindings.first { $0.0.index == value.node }?.1
      inputAddresses[value.node] =
        bound
        ?? allocate(value.shape.count * table.elementSize).assumingMemoryBound(to: Scalar.self)
    }
    self.owned = owned
    self.lowering = lowering

    let (arena, inputs) = (arena, inputAddresses)
    let finished = lowering
    let builder = InstructionBuilder(lowering: lowering, table: table) { value in
      let (root, offset) = finished.root(of: value)
      let start: UnsafeMutableRawPointer =
        switch plan.storage[root] {
        case .arena(let bytes)?: arena + bytes
        case .output(let buffer, let bytes)?: outputAddresses[buffer] + bytes
        case .input(let node)?: UnsafeMutableRawPointer(inputs[node] ?? arena.assumingMemoryBound(to: Scalar.self))
        case nil: preconditionFailure("Value \(root) has no memory.")
        }
      return start + offset * table.elementSize
    }
    try assemble(descriptions, builder)
  }

  deinit { for memory in owned { memory.deallocate() } }

  private func assemble(
    _ descriptions: [ProgramStage], _ builder: InstructionBuilder
  ) throws(ProgramError) {
    stages = descriptions.map { Stage(rowCount: $0.rowCount) }
    details = descriptions.map { _ in [] }
    var prologue: [ck_instruction] = []
    for operation in lowering.operations {
      if case .literal(let elements) = operation.kind {
        let memory = builder.address(operation.result).assumingMemoryBound(to: Scalar.self)
        for (index, element) in elements.enumerated() { memory[index] = Scalar(element) }
        continue
      }
      let stage = operation.stage
      let isRowwise =
        stage >= 0 && stages[stage].rowCount != nil
        && lowering.values[operation.result].dependsOnRows
      let instructions = try builder.instructions(
        for: operation, rows: isRowwise ? stages[stage].rowCount : nil)
      if stage == Lowering.prologue {
        prologue += instructions
        continue
      }
      if isRowwise || stages[stage].rowCount == nil {
        stages[stage].rows += instructions
      } else {
        stages[stage].shared += instructions
      }
      for index in instructions.indices {
        details[stage].append(Detail(operation: operation, firstOfOperation: index == 0))
      }
    }
    ck_run(prologue, Int64(prologue.count))
  }

  /// Runs one stage.
  public func run(stage: Int = 0) {
    let previous = ck_set_flush_to_zero(1)
    stages[stage].shared.withUnsafeBufferPointer { ck_run($0.baseAddress, Int64($0.count)) }
    stages[stage].rows.withUnsafeBufferPointer { ck_run($0.baseAddress, Int64($0.count)) }
    if previous == 0 { _ = ck_set_flush_to_zero(0) }
  }

  /// Runs a row-wise stage on some of its rows and leaves what the others gave.
  public func run(stage: Int, rows: Range<Int>) {
    guard let rowCount = stages[stage].rowCount else {
      preconditionFailure("Stage \(stage) is not row-wise; run it as a whole.")
    }
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= rowCount,
      "Stage \(stage) has \(rowCount) rows but rows \(rows) were asked for.")
    let previous = ck_set_flush_to_zero(1)
    stages[stage].shared.withUnsafeBufferPointer { ck_run($0.baseAddress, Int64($0.count)) }
    stages[stage].rows.withUnsafeBufferPointer {
      ck_run_rows($0.baseAddress, Int64($0.count), Int64(rows.lowerBound), Int64(rows.count))
    }
    if previous == 0 { _ = ck_set_flush_to_zero(0) }
  }

  /// The memory of an input, in place.
  public func withInput<R>(_ input: Tensor, _ body: (inout MutableSpan<Scalar>) throws -> R)
    rethrows -> R
  {
    var span = MutableSpan(_unsafeStart: inputPointer(input), count: input.shape.count)
    return try body(&span)
  }

  /// The buffer of an output, in place.
  public func withOutput<R>(_ name: String, _ body: (Span<Scalar>) throws -> R) rethrows -> R {
    try body(Span(_unsafeElements: UnsafeBufferPointer(outputBuffer(name))))
  }

  /// The elements of an output, copied.
  public func output(_ name: String) -> [Scalar] { Array(outputBuffer(name)) }

  /// Where an input lies: valid for as long as the program is, or the memory bound to it.
  public func inputPointer(_ input: Tensor) -> UnsafeMutablePointer<Scalar> {
    guard let address = inputAddresses[input.index] else {
      preconditionFailure("The tensor of shape \(input.shape) is not an input of this program.")
    }
    return address
  }

  /// Whether any stage reads the tensor as an input.
  public func reads(_ input: Tensor) -> Bool { inputAddresses[input.index] != nil }

  /// Where an output lies: valid for as long as the program is, or the memory bound to it.
  public func outputBuffer(_ name: String) -> UnsafeMutableBufferPointer<Scalar> {
    guard let buffer = outputBuffers[name] else {
      preconditionFailure(
        "The program has no output \"\(name)\" but \(outputBuffers.keys.sorted()).")
    }
    return buffer
  }
}

extension Lowering {
  /// Whether a value's memory may be that of an output of its stage.
  func canLieInOutput(_ value: Int, stage: Int) -> Bool {
    operations.contains { $0.result == value && $0.stage == stage }
  }

  mutating func sortByStage() {
    let order = operations.enumerated().sorted {
      ($0.element.stage, $0.offset) < ($1.element.stage, $1.offset)
    }
    operations = order.map(\.element)
  }
}
