/// Rows of zeros, which derivatives of slices consist of, are kept out of the work.
///
/// A network that is evaluated on two blocks of rows at once, of which one enters a result, has a
/// cotangent that is zero in the other's rows. What is done to it row by row is done to the rest
/// instead and padded afterwards, and a product over the rows leaves the zeros out. For RELAX's
/// second-order gradient that is a seventh of all floating-point operations.
extension Tensor {
  /// The rows that are not zero and where they lie, if this tensor is padded along its first axis.
  var paddedRows: (inner: Tensor, range: Range<Int>)? {
    guard case .pad(axis: 0, let before) = graph.nodes[index].primitive else { return nil }
    let inner = operands[0]
    return (inner, before..<before + inner.shape[0])
  }

  /// The same zeros around other rows.
  func paddedAgain(_ inner: Tensor, _ range: Range<Int>) -> Tensor {
    inner.padded(axis: 0, before: range.lowerBound, extent: shape[0])
  }

  /// Rows of this tensor, formed from rows of what it was computed from where that is as good.
  ///
  /// So the operations stay together that a kernel does in one pass, such as a derivative of tanh.
  func rows(_ range: Range<Int>) -> Tensor {
    switch graph.nodes[index].primitive {
    case .step: return operands[0].rows(range).step()
    case .square: return operands[0].rows(range).squared()
    case .scale(let factor): return operands[0].rows(range) * factor
    case .offset(let offset): return operands[0].rows(range) + offset
    default: return slice(axis: 0, range)
    }
  }

  /// The product with a factor if this tensor is padded; nil where that does not matter.
  func paddedProduct(_ factor: Tensor) -> Tensor? {
    guard let (inner, range) = paddedRows else { return nil }
    if factor.shape == shape { return paddedAgain(inner * factor.rows(range), range) }
    // One that is the same for all rows.
    let isShared =
      factor.shape.rank < shape.rank || factor.shape.rank == shape.rank && factor.shape[0] == 1
    guard isShared, inner.shape.broadcast(with: factor.shape) == inner.shape else { return nil }
    return paddedAgain(inner * factor, range)
  }

  /// The matrix product if an operand is padded; nil where that does not matter.
  func paddedMatrixProduct(
    _ other: Tensor, transposingSelf: Bool, transposingOther: Bool
  ) -> Tensor? {
    if !transposingSelf {
      guard let (inner, range) = paddedRows else { return nil }
      return paddedAgain(inner.matrixProduct(other, transposingOther: transposingOther), range)
    }
    if transposingOther { return nil }
    if let (inner, range) = paddedRows {
      return inner.matrixProduct(other.rows(range), transposingSelf: true)
    }
    guard let (inner, range) = other.paddedRows else { return nil }
    return rows(range).matrixProduct(inner, transposingSelf: true)
  }
}
