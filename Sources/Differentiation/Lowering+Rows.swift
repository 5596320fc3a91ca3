/// Which operations of a row-wise stage are done row by row.
extension Lowering {
  /// The rows over which an operation may be split, if it belongs to the rows of its stage.
  func rowCount(of operation: Operation) -> Int? {
    guard operation.stage >= 0, dependsOnRows(operation.result, of: operation.stage) else {
      return nil
    }
    return stages[operation.stage].rowCount
  }

  /// Whether a value depends on the row inputs of a stage.
  func dependsOnRows(_ value: Int, of stage: Int) -> Bool {
    stage >= 0 && values[value].rowStages & (1 << UInt64(stage)) != 0
  }

  /// Marks what depends on the row inputs of each stage.
  mutating func markRows() {
    demand(stages.count <= 64, "A program has at most 64 stages but got \(stages.count).")
    var isRowwise = false
    for (stage, description) in stages.enumerated() {
      for input in description.rowInputs {
        guard let value = value(of: input) else { continue }
        values[value].rowStages |= 1 << UInt64(stage)
        isRowwise = true
      }
    }
    guard isRowwise else { return }
    // Operations stand in the order of their results, views between them.
    var next = 0
    for value in values.indices {
      if let alias = values[value].alias {
        values[value].rowStages = values[alias.base].rowStages
      }
      if next < operations.count, operations[next].result == value {
        for operand in operations[next].operands {
          values[value].rowStages |= values[operand].rowStages
        }
        next += 1
      }
    }
  }

  /// Whether an operand has one row for each row of the result, so that both move together.
  ///
  /// A row of the stage may be several of theirs, which a change of shape has laid one below the other.
  func movesWithRows(_ position: Int, of operation: Operation) -> Bool {
    guard let rows = rowCount(of: operation) else { return false }
    let operand = values[operation.operands[position]].shape
    let result = values[operation.result].shape
    guard operand.rank >= 1, result.rank >= 1, operand[0].isMultiple(of: rows) else { return false }
    if case .copy = operation.kind { return true }
    if case .matrixProduct(let product) = operation.kind, product.windows != nil, position == 0 {
      return true
    }
    guard operand[0] == result[0] else { return false }
    return switch operation.kind {
    // The factor on the right and the bias serve all rows.
    case .matrixProduct(let product): position == 0 || (position == 2 && product.accumulates)
    case .broadcasting, .broadcast: operand.rank == values[operation.result].shape.rank
    default: true
    }
  }

  /// Whether a value is all of what it is a view of: a part could be that of other rows.
  private func isWhole(_ value: Int) -> Bool {
    values[root(of: value).value].shape.count == values[value].shape.count
  }

  /// A row-wise operation must give each row from the same row of its operands.
  func checkRows(_ operation: Operation) throws(ProgramError) {
    guard let rows = rowCount(of: operation) else { return }
    let result = values[operation.result].shape
    // What depends on the rows must have them, and move with them.
    var keepsRows = result.rank >= 1 && result[0].isMultiple(of: rows)
    for position in operation.operands.indices
    where dependsOnRows(operation.operands[position], of: operation.stage) {
      keepsRows =
        keepsRows && movesWithRows(position, of: operation)
        && (rows == 1 || isWhole(operation.operands[position]))
    }
    let operand = operation.operands.first.map { values[$0].shape }
    switch operation.kind {
    case .matrixProduct(let product): keepsRows = keepsRows && !product.transposeLeft
    case .reduction(_, let axis): keepsRows = keepsRows && axis == 1
    case .alongLastAxis: keepsRows = keepsRows && operand?.rank == 2
    case .oneHot: keepsRows = keepsRows && operand?.rank == 1
    case .transpose(let permutation): keepsRows = keepsRows && permutation.first == 0
    case .slice(let axis, _), .pad(let axis, _), .concatenate(let axis):
      keepsRows = keepsRows && axis > 0
    case .broadcasting:
      keepsRows = keepsRows && broadcasting(operation, operation.operands) != nil
    default: break
    }
    guard keepsRows else {
      throw .mixesRows(operation: operation.kind.name, shape: "\(result)", rows: rows)
    }
  }
}
