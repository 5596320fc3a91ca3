extension Tensor {
  /// The matrix product op(self) op(other), each operand transposed where said.
  ///
  /// - Parameters:
  ///   - other: `[k, n]`, or `[n, k]` when `transposingOther`.
  ///   - transposingSelf: whether this tensor enters transposed.
  ///   - transposingOther: whether the other tensor enters transposed.
  /// - Returns: `[m, n]`, this tensor being `[m, k]`, or `[k, m]` when `transposingSelf`.
  public func matrixProduct(
    _ other: Tensor, transposingSelf: Bool = false, transposingOther: Bool = false
  ) -> Tensor {
    demand(
      shape.rank == 2 && other.shape.rank == 2,
      "A matrix product needs two matrices but got the shapes \(shape) and \(other.shape).")
    let (rows, inner) = transposingSelf ? (shape[1], shape[0]) : (shape[0], shape[1])
    let (otherInner, columns) =
      transposingOther ? (other.shape[1], other.shape[0]) : (other.shape[0], other.shape[1])
    demand(
      inner == otherInner,
      "A matrix product cannot join the shapes \(shape)\(transposingSelf ? "ᵀ" : "") and "
        + "\(other.shape)\(transposingOther ? "ᵀ" : ""): inner extents \(inner) and \(otherInner).")
    if let product = paddedMatrixProduct(
      other, transposingSelf: transposingSelf, transposingOther: transposingOther)
    {
      return product
    }
    return graph.append(
      .matrixProduct(transposeLeft: transposingSelf, transposeRight: transposingOther),
      [self, other], shape: [rows, columns])
  }
}
