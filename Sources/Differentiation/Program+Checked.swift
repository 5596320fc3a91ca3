import CKernels

extension Program {
  /// Runs one stage instruction by instruction and stops at the first number that is not finite.
  ///
  /// Slow, to find out where a NaN came from: `run(stage:)` gives the same numbers.
  ///
  /// - Parameters:
  ///   - stage: the stage to run.
  ///   - rows: in a row-wise stage, the rows to run; nil runs all.
  /// - Throws: `ProgramError.nonFiniteInput` when an input that the stage reads is at fault, else
  ///   `ProgramError.nonFinite` with the first operation that gave such a number.
  public func runChecked(stage: Int = 0, rows: Range<Int>? = nil) throws(ProgramError) {
    if let rows { stages[stage].checkRange(rows, ofStage: stage) }
    try checkInputs(ofStage: stage, rows: rows)
    let instructions = stages[stage].shared + stages[stage].rows
    let sharedCount = stages[stage].shared.count
    try flushingDenormals { () throws(ProgramError) in
      var position = 0
      for step in stages[stage].steps {
        let end = position + step.instructionCount
        instructions[position..<end].withUnsafeBufferPointer {
          if let rows, position >= sharedCount {
            ck_run_rows($0.baseAddress, Int64($0.count), Int64(rows.lowerBound), Int64(rows.count))
          } else {
            ck_run($0.baseAddress, Int64($0.count))
          }
        }
        let value = step.operation.result
        if let (element, number) = firstNonFinite(value, at: step.result, stage, rows) {
          throw .nonFinite(
            instruction: position, operation: step.operation.kind.name,
            label: lowering.label(of: value), element: element, value: number)
        }
        position = end
      }
    }
  }

  private func checkInputs(ofStage stage: Int, rows: Range<Int>?) throws(ProgramError) {
    var isChecked = Set<Int>()
    for operand in stages[stage].steps.flatMap(\.operation.operands) {
      let root = lowering.root(of: operand).value
      guard lowering.values[root].isInput, !lowering.values[root].isBytes,
        isChecked.insert(root).inserted
      else { continue }
      let tensor = Tensor(graph: lowering.graph, index: lowering.values[root].node)
      let address = UnsafeRawPointer(inputPointer(tensor))
      if let (element, number) = firstNonFinite(root, at: address, stage, rows) {
        throw .nonFiniteInput(
          name: lowering.label(of: root) ?? "", element: element, value: number)
      }
    }
  }

  /// The first element that is not finite, of all or of the rows that are run.
  private func firstNonFinite(
    _ value: Int, at address: UnsafeRawPointer, _ stage: Int, _ rows: Range<Int>?
  ) -> (element: Int, number: Double)? {
    let count = lowering.values[value].shape.count
    var range = 0..<count
    if let rows, let rowCount = stages[stage].rowCount,
      lowering.dependsOnRows(value, of: stage)
    {
      let width = count / rowCount
      range = rows.lowerBound * width..<rows.upperBound * width
    }
    let elements = address.assumingMemoryBound(to: Scalar.self)
    let found = Scalar.kernelTable.firstNonFinite(range.count, elements + range.lowerBound)
    guard found >= 0 else { return nil }
    let element = range.lowerBound + found
    return (element, Double(elements[element]))
  }
}
