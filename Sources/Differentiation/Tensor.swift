/// One value of a graph: where it stands in the list, with a static shape.
///
/// Using operators and methods on tensors appends operations to the graph. A mismatch of shapes
/// is a mistake of the program and stops it at once, naming the operation and both shapes.
public struct Tensor {
  /// The graph this value belongs to.
  public let graph: Graph
  /// The place in the graph's list.
  package let index: Int

  /// The extents of the tensor.
  public var shape: Shape { graph.nodes[index].shape }

  /// Whether it is an input that the caller keeps as bytes, see `Graph.byteInput`.
  public var isByteInput: Bool { leaf != index }

  /// The node that has memory of the caller's: of a byte input that of its bytes.
  var leaf: Int {
    guard case .numbers = graph.nodes[index].primitive else { return index }
    return graph.operand(0, of: index)
  }

  /// Names the tensor, so that a printed program and a report of a non-finite value can say it.
  @discardableResult public func named(_ label: String) -> Tensor {
    graph.setLabel(label, of: index)
    return self
  }

  /// The same value, which derivatives treat as a constant.
  public func stopGradient() -> Tensor {
    graph.append(.stopGradient, [self], shape: shape)
  }
}
