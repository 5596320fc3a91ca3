extension Tensor {
  private func checkedAxis(_ axis: Int, _ operation: String) -> Int {
    let resolved = axis < 0 ? axis + shape.rank : axis
    demand(
      shape.dimensions.indices.contains(resolved),
      "\(operation) has no axis \(axis) in a tensor of shape \(shape).")
    return resolved
  }

  private func reduced(
    _ primitive: (Int) -> Primitive, _ axis: Int, keepingAxis: Bool, _ operation: String
  ) -> Tensor {
    let axis = checkedAxis(axis, operation)
    var dimensions = shape.dimensions
    dimensions.remove(at: axis)
    let result = graph.append(primitive(axis), [self], shape: Shape(dimensions))
    guard keepingAxis else { return result }
    dimensions.insert(1, at: axis)
    return result.reshaped(Shape(dimensions))
  }

  /// The sum over one axis; negative axes count from the end.
  public func sum(axis: Int, keepingAxis: Bool = false) -> Tensor {
    reduced(Primitive.sum(axis:), axis, keepingAxis: keepingAxis, "sum")
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { reshaped([shape.count]).sum(axis: 0) }

  /// The mean over one axis.
  public func mean(axis: Int, keepingAxis: Bool = false) -> Tensor {
    let extent = shape[checkedAxis(axis, "mean")]
    return sum(axis: axis, keepingAxis: keepingAxis) * (1 / Double(extent))
  }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor { sum() * (1 / Double(shape.count)) }

  /// The largest element along one axis; equal largest ones share the derivative.
  public func max(axis: Int, keepingAxis: Bool = false) -> Tensor {
    reduced(Primitive.maximumOver(axis:), axis, keepingAxis: keepingAxis, "max")
  }

  /// The smallest element along one axis; equal smallest ones share the derivative.
  public func min(axis: Int, keepingAxis: Bool = false) -> Tensor {
    reduced(Primitive.minimumOver(axis:), axis, keepingAxis: keepingAxis, "min")
  }

  /// log Σ exp over the last axis, shifted by the largest element so that nothing overflows.
  public func logSumExp(keepingAxis: Bool = false) -> Tensor {
    reduced({ _ in .logSumExp }, -1, keepingAxis: keepingAxis, "logSumExp")
  }

  /// x − logSumExp(x) over the last axis: the logarithm of the softmax.
  public func logSoftmax() -> Tensor { self - logSumExp(keepingAxis: true) }

  /// e^x / Σ e^x over the last axis.
  public func softmax() -> Tensor { logSoftmax().exp() }

  /// The index of the first largest element of the last axis, as a number; not differentiated.
  public func argMax() -> Tensor {
    reduced({ _ in .argMax }, -1, keepingAxis: false, "argMax")
  }

  /// Sums over the axes that broadcasting had widened, giving back a tensor of `target` shape.
  func summed(to target: Shape) -> Tensor {
    if shape == target { return self }
    let rank = shape.rank
    let padded = target.padded(toRank: rank)
    // Neighboring axes are merged first, so that a bias gradient is one reduction.
    var merged: [(extent: Int, isReduced: Bool)] = []
    for axis in 0..<rank where shape[axis] > 1 {
      let isReduced = padded[axis] == 1
      if let last = merged.last, last.isReduced == isReduced {
        merged[merged.count - 1].extent *= shape[axis]
      } else {
        merged.append((shape[axis], isReduced))
      }
    }
    var result = reshaped(Shape(merged.map(\.extent)))
    for axis in merged.indices.reversed() where merged[axis].isReduced {
      result = result.sum(axis: axis)
    }
    return result.reshaped(target)
  }
}
