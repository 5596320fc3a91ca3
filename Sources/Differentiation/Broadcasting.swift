/// How an element-wise kernel walks its operands: rows by columns, each operand dense, one row
/// shared by all, one column shared by all, or a single element.
struct Broadcasting {
  let rows: Int
  let columns: Int
  /// Per operand, in elements.
  let rowStrides: [Int]
  let columnStrides: [Int]

  /// The first split of the result's axes into rows and columns that fits every operand.
  ///
  /// - Parameter rowCount: the leading extent when the rows must stay the outer loop.
  init?(result: Shape, operands: [Shape], rowCount: Int? = nil) {
    for split in (rowCount == nil ? 0 : 1)...max(result.rank, 1) {
      let leading = result.dimensions.prefix(split).reduce(1, *)
      let trailing = result.count / leading
      if let rowCount, leading != rowCount { continue }
      var rowStrides: [Int] = []
      var columnStrides: [Int] = []
      for operand in operands {
        let padded = operand.padded(toRank: result.rank)
        let sameLeading = Array(padded.prefix(split)) == Array(result.dimensions.prefix(split))
        let sameTrailing = Array(padded.dropFirst(split)) == Array(result.dimensions.dropFirst(split))
        let oneLeading = padded.prefix(split).allSatisfy { $0 == 1 }
        let oneTrailing = padded.dropFirst(split).allSatisfy { $0 == 1 }
        switch (sameLeading, sameTrailing, oneLeading, oneTrailing) {
        case (true, true, _, _):
          rowStrides.append(trailing)
          columnStrides.append(1)
        case (_, _, true, true):
          rowStrides.append(0)
          columnStrides.append(0)
        case (_, true, true, _):
          rowStrides.append(0)
          columnStrides.append(1)
        case (true, _, _, true):
          rowStrides.append(1)
          columnStrides.append(0)
        default: break
        }
      }
      if rowStrides.count == operands.count {
        self.rows = leading
        self.columns = trailing
        self.rowStrides = rowStrides
        self.columnStrides = columnStrides
        return
      }
    }
    return nil
  }
}
