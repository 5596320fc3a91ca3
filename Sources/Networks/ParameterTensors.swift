import Differentiation
import GSL

/// The parameters of a layout as tensors of one graph, found by name.
public struct ParameterTensors {
  /// Which parameters these are; `layout.views[i].range` is where a program finds `tensors[i]` in
  /// the buffer of a `ParameterSet`.
  public let layout: ParameterLayout

  /// One tensor for each parameter, in the order of the layout.
  public let tensors: [Tensor]

  /// Tensors of the given layout, in its order and with its shapes.
  public init(_ layout: ParameterLayout, tensors: [Tensor]) {
    insist(
      layout.views.map(\.shape) == tensors.map(\.shape.dimensions),
      "The tensors of shapes \(tensors.map(\.shape)) are not the parameters \(layout.names).")
    self.layout = layout
    self.tensors = tensors
  }

  /// New inputs of the graph, one for each parameter and named like it.
  public init(_ layout: ParameterLayout, inputsOf graph: Graph) {
    self.init(
      layout, tensors: layout.views.map { graph.input($0.name, shape: Shape($0.shape)) })
  }

  /// The tensor of the parameter of that name, which must exist.
  public subscript(name: String) -> Tensor {
    let view = layout[name]
    for (candidate, tensor) in zip(layout.views, tensors) where candidate == view {
      return tensor
    }
    fatalError("There is no tensor for \"\(name)\".")
  }

  /// Where a program finds each tensor, for the `bindings` of its initializer.
  ///
  /// The program keeps the set.
  public func bindings<Scalar>(
    to parameters: ParameterSet<Scalar>
  ) -> [ProgramBinding<Scalar>] {
    insist(
      parameters.layout == layout,
      "The parameters \(parameters.layout.names) are not those of the graph, \(layout.names).")
    return zip(tensors, layout.views).map {
      ProgramBinding($0, parameters.pointer + $1.range.lowerBound, ownedBy: parameters)
    }
  }

  /// Each parameter beside the part of a direction that belongs to it, for derivatives along it.
  ///
  /// - Parameter tangents: of the same layout.
  /// - Returns: one pair for each parameter.
  public func directions(_ tangents: ParameterTensors) -> [(input: Tensor, tangent: Tensor)] {
    insist(
      tangents.layout == layout,
      "The direction \(tangents.layout.names) is not one of the parameters \(layout.names).")
    return zip(tensors, tangents.tensors).map { (input: $0, tangent: $1) }
  }

  /// The same values, which derivatives treat as constants.
  public func stopGradient() -> ParameterTensors {
    ParameterTensors(layout, tensors: tensors.map { $0.stopGradient() })
  }
}
