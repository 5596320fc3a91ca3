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
  let lowering: Lowering
  private(set) var stages: [CompiledStage] = []
  /// The bytes of memory for intermediate values.
  public let arenaSize: Int
  /// By node; of bytes where the input consists of them.
  private var inputAddresses: [Int: UnsafeMutableRawPointer] = [:]
  private var outputBuffers: [String: UnsafeMutableBufferPointer<Scalar>] = [:]
  private let owned: [UnsafeMutableRawPointer]
  /// What the memory of bound inputs, and of destinations, belongs to.
  private let owners: [AnyObject]

  /// Compiles the graph of the stages' outputs.
  ///
  /// - Parameters:
  ///   - stages: what to compute, in the order in which it will be run.
  ///   - bindings: inputs that lie in memory of the caller's, such as parameters.
  ///   - destinations: outputs to be written to memory of the caller's, by name, likewise. What is
  ///     bound and what is written must not overlap. Outputs are the caller's to change: no later
  ///     stage reads them.
  ///   - owners: what the memory of destinations belongs to, which the program keeps; without them the
  ///     caller has to.
  /// - Throws: `ProgramError.mixesRows` when a row-wise stage does not keep its rows apart;
  ///   `ProgramError.vectorWidth` when `RELAXRL_VECTOR_BITS` cannot be had;
  ///   `ProgramError.memory` when there is too little of it.
  public init(
    stages: [ProgramStage],
    bindings: [ProgramBinding<Scalar>] = [],
    destinations: [String: UnsafeMutablePointer<Scalar>] = [:],
    keeping owners: [AnyObject] = []
  ) throws(ProgramError) {
    do { try VectorWidth.check() } catch { throw .vectorWidth(error) }
    guard let graph = stages.lazy.flatMap(\.outputs).flatMap(\.tensors).first?.graph else {
      fatalError("A program needs at least one output.")
    }
    var lowering = Lowering(graph: graph, stages: stages)
    lowering = Fusion.apply(to: lowering, outputs: lowering.outputRoots())
    let places = lowering.placeOutputs(elementSize: MemoryLayout<Scalar>.size)
    let plan = MemoryPlan(
      lowering, assigned: places, elementSize: MemoryLayout<Scalar>.size)

    try Self.requireMemory(
      lowering, plan, stages, bindings: bindings, destinations: destinations)
    var owned: [UnsafeMutableRawPointer] = []
    func allocate(count: Int) -> UnsafeMutablePointer<Scalar> {
      let bytes = max(count * MemoryLayout<Scalar>.size, 64)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      owned.append(memory)
      let elements = memory.bindMemory(to: Scalar.self, capacity: count)
      elements.initialize(repeating: 0, count: count)
      return elements
    }
    var outputAddresses: [UnsafeMutableRawPointer] = []
    for output in stages.flatMap(\.outputs) {
      demand(
        outputBuffers[output.name] == nil, "Two outputs have the name \"\(output.name)\".")
      let buffer = UnsafeMutableBufferPointer(
        start: destinations[output.name] ?? allocate(count: output.count), count: output.count)
      outputBuffers[output.name] = buffer
      outputAddresses.append(UnsafeMutableRawPointer(buffer.baseAddress ?? allocate(count: 0)))
    }
    let bound = Dictionary(bindings.map { ($0.input.leaf, $0.memory) }) { first, _ in first }
    for value in lowering.values where value.isInput {
      inputAddresses[value.node] =
        bound[value.node] ?? UnsafeMutableRawPointer(allocate(count: value.shape.count))
    }
    arenaSize = plan.arenaSize
    let arena = UnsafeMutableRawPointer(
      allocate(count: plan.arenaSize / MemoryLayout<Scalar>.size))
    self.owned = owned
    self.owners = bindings.compactMap(\.owner) + owners
    self.lowering = lowering

    let (inputs, finished) = (inputAddresses, lowering)
    let builder = InstructionBuilder(lowering: lowering, table: Scalar.kernelTable) { value in
      let (root, offset) = finished.root(of: value)
      let start: UnsafeMutableRawPointer? =
        switch plan.storage[root] {
        case .arena(let bytes)?: arena + bytes
        case .output(let buffer, let bytes)?: outputAddresses[buffer] + bytes
        case .input(let node)?: inputs[node]
        case nil: nil
        }
      guard let start else { fatalError("Value \(root) has no memory.") }
      return start + offset * MemoryLayout<Scalar>.size
    }
    try assemble(stages, builder)
  }

  deinit { for memory in owned { memory.deallocate() } }

  private func assemble(
    _ descriptions: [ProgramStage], _ builder: InstructionBuilder
  ) throws(ProgramError) {
    stages = descriptions.map { CompiledStage(rowCount: $0.rowCount) }
    var prologue: [ck_instruction] = []
    for operation in lowering.operations {
      if case .literal(let elements) = operation.kind {
        let memory = builder.address(operation.result).assumingMemoryBound(to: Scalar.self)
        for (index, element) in elements.enumerated() { memory[index] = Scalar(element) }
        continue
      }
      let instructions = try builder.instructions(for: operation)
      if operation.stage == Lowering.prologue {
        prologue += instructions
        continue
      }
      if stages[operation.stage].rowCount == nil || lowering.rowCount(of: operation) != nil {
        stages[operation.stage].rows += instructions
      } else {
        stages[operation.stage].shared += instructions
      }
      stages[operation.stage].steps.append(
        CompiledStep(
          operation: operation, instructionCount: instructions.count,
          result: UnsafeRawPointer(builder.address(operation.result))))
    }
    ck_run(prologue, Int64(prologue.count))
  }

  /// Runs one stage.
  public func run(stage: Int = 0) { stages[stage].run() }

  /// Runs a row-wise stage on some of its rows and leaves what the others gave.
  public func run(stage: Int, rows: Range<Int>) {
    stages[stage].run(rows: rows, ofStage: stage)
  }

  /// Where an input lies: valid for as long as the program is, or the memory bound to it.
  public func inputPointer(_ input: Tensor) -> UnsafeMutablePointer<Scalar> {
    demand(!input.isByteInput, "An input of bytes has no numbers.")
    // Memory of this type, allocated here or bound.
    return address(of: input).assumingMemoryBound(to: Scalar.self)
  }

  /// Where the bytes of a byte input lie, likewise.
  public func byteInputPointer(_ input: Tensor) -> UnsafeMutablePointer<UInt8> {
    demand(input.isByteInput, "An input of numbers has no bytes.")
    // Bytes that a binding has, or memory that nothing else reads.
    return address(of: input).assumingMemoryBound(to: UInt8.self)
  }

  private func address(of input: Tensor) -> UnsafeMutableRawPointer {
    guard let address = inputAddresses[input.leaf] else {
      fatalError("The tensor of shape \(input.shape) is not an input of this program.")
    }
    return address
  }

  /// Whether any stage reads the tensor as an input.
  public func reads(_ input: Tensor) -> Bool { inputAddresses[input.leaf] != nil }

  /// Where an output lies: valid for as long as the program is, or the memory bound to it.
  public func outputBuffer(_ name: String) -> UnsafeMutableBufferPointer<Scalar> {
    guard let buffer = outputBuffers[name] else {
      fatalError(
        "The program has no output \"\(name)\" but \(outputBuffers.keys.sorted()).")
    }
    return buffer
  }
}
