/// How an element-wise kernel walks its operands: rows by columns, each operand dense, one row
/// shared by all, one column shared by all, or a single element.
struct Broadcasting {
  let rows: Int
  let columns: Int
  /// Per operand, in elements.
  private(set) var strides: [(row: Int, column: Int)] = []

  /// The first split of the result's axes into rows and columns that fits every operand.
  ///
  /// `rowCount` is the leading extent when the rows must stay the outer loop.
  init?(result: Shape, operands: [Shape], rowCount: Int? = nil) {
    var leading = 1
    for split in 0...max(result.rank, 1) {
      if split > 0, split <= result.rank { leading *= result[split - 1] }
      if let rowCount, leading != rowCount || split == 0 { continue }
      let columns = result.count / leading
      var strides: [(row: Int, column: Int)] = []
      strides.reserveCapacity(operands.count)
      for operand in operands {
        guard let pair = Self.strides(of: operand, in: result, split: split) else { break }
        strides.append((pair.row ? (pair.column ? columns : 1) : 0, pair.column ? 1 : 0))
      }
      if strides.count == operands.count {
        (rows, self.columns, self.strides) = (leading, columns, strides)
        return
      }
    }
    return nil
  }

  /// Whether the operand varies along the rows and along the columns, if it does so as a whole.
  private static func strides(
    of operand: Shape, in result: Shape, split: Int
  ) -> (row: Bool, column: Bool)? {
    let missing = result.rank - operand.rank
    var isDense = (row: true, column: true)
    var isSingle = (row: true, column: true)
    for axis in 0..<result.rank {
      let extent = axis < missing ? 1 : operand[axis - missing]
      if axis < split {
        isDense.row = isDense.row && extent == result[axis]
        isSingle.row = isSingle.row && extent == 1
      } else {
        isDense.column = isDense.column && extent == result[axis]
        isSingle.column = isSingle.column && extent == 1
      }
    }
    guard isDense.row || isSingle.row, isDense.column || isSingle.column else { return nil }
    // An operand of one element has no strides, even where the result has one row or column.
    let isNumber = isSingle.row && isSingle.column && result.count > 1
    return isNumber ? (false, false) : (isDense.row, isDense.column)
  }
}
