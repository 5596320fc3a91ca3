/// Tensors put together from pieces.
extension Fusion {
  /// A part of a sum of padded slices: `value` lies at `range` along the axis.
  private struct Piece {
    let value: Int
    let range: Range<Int>
  }

  /// Slices that were padded with zeros and added, as derivatives of slices are, are concatenated
  /// instead when together they cover the whole.
  mutating func joinPaddedSlices() {
    var pieces: [Int: (axis: Int, pieces: [Piece])] = [:]
    for position in lowering.operations.indices {
      let operation = lowering.operations[position]
      switch operation.kind {
      case .pad(let axis, let before):
        let value = operation.operands[0]
        let range = before..<before + lowering.values[value].shape[axis]
        pieces[operation.result] = (axis, [Piece(value: value, range: range)])
      case .broadcasting(.add):
        guard let a = pieces[operation.operands[0]], let b = pieces[operation.operands[1]],
          a.axis == b.axis,
          lowering.values[operation.operands[0]].shape
            == lowering.values[operation.operands[1]].shape
        else { continue }
        let all = (a.pieces + b.pieces).sorted { $0.range.lowerBound < $1.range.lowerBound }
        guard zip(all, all.dropFirst()).allSatisfy({ $0.range.upperBound <= $1.range.lowerBound })
        else { continue }
        let covered = all.reduce(0) { $0 + $1.range.count }
        if covered == lowering.values[operation.result].shape[a.axis] {
          lowering.operations[position].kind = .concatenate(axis: a.axis)
          lowering.operations[position].operands = all.map(\.value)
        } else {
          pieces[operation.result] = (a.axis, all)
        }
      default: continue
      }
    }
  }

  /// Pieces of a concatenation that are one dense run of it are computed in their place.
  mutating func placeConcatenatedPieces() {
    for operation in lowering.operations {
      guard case .concatenate(let axis) = operation.kind else { continue }
      let whole = lowering.values[operation.result].shape
      guard whole.dimensions[..<axis].allSatisfy({ $0 == 1 }) else { continue }
      var offset = 0
      for operand in operation.operands {
        let piece = lowering.root(of: operand)
        let value = lowering.values[piece.value]
        if piece.offset == 0, value.shape.count == lowering.values[operand].shape.count,
          let source = self.operation(producing: piece.value), areTogether(source, operation),
          lowering.rowCount(of: operation) == nil, !outputs.contains(piece.value)
        {
          lowering.values[piece.value].alias = (base: operation.result, offset: offset)
        }
        offset += lowering.values[operand].shape.count
      }
    }
  }
}
