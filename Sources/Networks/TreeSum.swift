import GSL

/// Adds buffers of one length along a fixed binary tree, into the first.
///
/// The order depends on the number of buffers alone, so a sum over shards has the same bits however
/// many threads filled them.
///
/// - Parameter buffers: of equal counts; the first receives the sum, the others are scratch.
public func sumInTree<Scalar: ParameterScalar>(_ buffers: [UnsafeMutableBufferPointer<Scalar>]) {
  let kernels = Scalar.optimizerKernels
  var stride = 1
  while stride < buffers.count {
    for index in Swift.stride(from: 0, to: buffers.count - stride, by: 2 * stride) {
      let (total, addend) = (buffers[index], buffers[index + stride])
      insist(total.count == addend.count, "Only buffers of one length can be added.")
      if let total = total.baseAddress, let addend = addend.baseAddress {
        kernels.accumulate(Int64(buffers[index].count), total, addend, 1)
      }
    }
    stride *= 2
  }
}

/// Adds parameter sets of one layout along a fixed binary tree, into the first.
///
/// - Parameter sets: of one layout; the first receives the sum, the others are scratch.
public func sumInTree<Scalar: ParameterScalar>(_ sets: [ParameterSet<Scalar>]) {
  sumInTree(sets.map(\.buffer))
}
