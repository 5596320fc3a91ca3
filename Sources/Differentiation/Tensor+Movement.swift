extension Tensor {
  /// The same elements in another shape of the same count.
  public func reshaped(_ shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    demand(
      shape.count == self.shape.count,
      "reshape cannot turn \(self.shape) into \(shape): \(self.shape.count) elements against "
        + "\(shape.count).")
    if shape.rank > 0 && self.shape.rank > 0 && shape[0] == self.shape[0],
      let (inner, range) = paddedRows
    {
      let dimensions = [inner.shape[0]] + shape.dimensions.dropFirst()
      return paddedAgain(inner.reshaped(Shape(dimensions)), range)
    }
    return graph.append(.reshape, [self], shape: shape)
  }

  /// The axes in another order; without an argument, in reverse.
  public func transposed(permutation: [Int]? = nil) -> Tensor {
    let permutation = permutation ?? Array((0..<shape.rank).reversed())
    demand(
      permutation.sorted() == Array(0..<shape.rank),
      "transpose of a tensor of shape \(shape) needs a permutation of 0..<\(shape.rank) but got "
        + "\(permutation).")
    if permutation == Array(0..<shape.rank) { return self }
    return graph.append(
      .transpose(permutation: permutation), [self], shape: Shape(permutation.map { shape[$0] }))
  }

  /// The tensor repeated along axes of extent 1 or along new leading axes.
  public func broadcast(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    demand(
      self.shape.rank <= shape.rank && self.shape.broadcast(with: shape) == shape,
      "broadcast cannot widen \(self.shape) to \(shape).")
    return graph.append(.broadcast, [self], shape: shape)
  }

  /// The elements `range` along one axis.
  public func slice(axis: Int = 0, _ range: Range<Int>) -> Tensor {
    demand(
      shape.dimensions.indices.contains(axis) && range.lowerBound >= 0
        && range.upperBound <= shape[axis] && !range.isEmpty,
      "slice \(range) along axis \(axis) does not fit a tensor of shape \(shape).")
    if range.count == shape[axis] { return self }
    var dimensions = shape.dimensions
    dimensions[axis] = range.count
    return graph.append(
      .slice(axis: axis, start: range.lowerBound), [self], shape: Shape(dimensions))
  }

  func padded(axis: Int, before: Int, extent: Int) -> Tensor {
    var dimensions = shape.dimensions
    dimensions[axis] = extent
    return graph.append(.pad(axis: axis, before: before), [self], shape: Shape(dimensions))
  }

  /// The tensors one behind the other along an axis; all other extents are equal.
  public static func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    guard let first = tensors.first else {
      fatalError("concatenate needs at least one tensor.")
    }
    if tensors.count == 1 { return first }
    demand(
      first.shape.dimensions.indices.contains(axis),
      "concatenate has no axis \(axis) in a tensor of shape \(first.shape).")
    var dimensions = first.shape.dimensions
    dimensions[axis] = 0
    for tensor in tensors {
      var other = tensor.shape.dimensions
      if other.indices.contains(axis) { other[axis] = 0 }
      var expected = dimensions
      expected[axis] = 0
      demand(
        other == expected,
        "concatenate along axis \(axis) cannot join the shapes \(first.shape) and \(tensor.shape).")
      dimensions[axis] += tensor.shape[axis]
    }
    return first.graph.append(.concatenate(axis: axis), tensors, shape: Shape(dimensions))
  }

  /// The element of the last axis that an index names, one per row.
  ///
  /// - Parameter indices: numbers in 0 ..< last extent, of this shape without its last axis; an
  ///   index outside gives NaN.
  /// - Returns: a tensor of the indices' shape.
  public func gather(_ indices: Tensor) -> Tensor {
    demand(
      shape.rank >= 1 && indices.shape.dimensions == Array(shape.dimensions.dropLast()),
      "gather from a tensor of shape \(shape) needs indices of shape "
        + "\(Array(shape.dimensions.dropLast())) but got \(indices.shape).")
    return graph.append(.gather, [self, indices], shape: indices.shape)
  }

  /// A new last axis of extent `depth`, 1 where the index names it and 0 elsewhere.
  public func oneHot(depth: Int) -> Tensor {
    graph.append(.oneHot, [self], shape: Shape(shape.dimensions + [depth]))
  }
}
