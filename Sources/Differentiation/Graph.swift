/// A computation, written down once as a flat list of operations.
///
/// Operations are appended by using `Tensor`s; derivatives append more of the same. Nothing is
/// computed until a `Program` is compiled from it. The list is flat because linked nodes overflow
/// the stack on release once a chain is some ten thousand operations deep.
public final class Graph {
  /// One operation: what it does and the shape of its result.
  package struct Node {
    package let primitive: Primitive
    package let shape: Shape
    /// The operands' range in `operands`.
    let operandStart: Int32
    let operandCount: Int32
  }

  /// The operations, each after its operands.
  package private(set) var nodes: [Node] = []
  private var operands: [Int32] = []
  private var labels: [Int: String] = [:]

  /// An empty graph.
  public init() {}

  /// The number of operations written down so far.
  public var count: Int { nodes.count }

  /// A tensor that the caller fills before each run, or binds to memory of its own.
  public func input(_ name: String, shape: Shape) -> Tensor {
    append(.input(name), [], shape: shape)
  }

  /// A tensor of whole numbers from 0 to 255 that the caller keeps as bytes.
  ///
  /// A program reads them where they lie, see `ProgramBinding.init(bytes:_:ownedBy:)`, and makes numbers
  /// of them itself. Derivatives treat it as a constant.
  public func byteInput(_ name: String, shape: Shape) -> Tensor {
    append(.numbers, [append(.bytes(name), [], shape: shape)], shape: shape)
  }

  /// A tensor whose elements all have one value.
  public func constant(_ value: Double, shape: Shape = []) -> Tensor {
    append(.constant(value), [], shape: []).broadcast(to: shape)
  }

  /// A tensor with the given elements, the last axis running fastest.
  public func literal(_ elements: [Double], shape: Shape) -> Tensor {
    demand(
      elements.count == shape.count,
      "A literal of shape \(shape) needs \(shape.count) elements but has \(elements.count).")
    return append(.literal(elements), [], shape: shape)
  }

  func append(_ primitive: Primitive, _ inputs: [Tensor], shape: Shape) -> Tensor {
    for input in inputs {
      demand(input.graph === self, "The operands of \(primitive) belong to different graphs.")
    }
    let start = Int32(operands.count)
    for input in inputs { operands.append(Int32(input.index)) }
    nodes.append(
      Node(
        primitive: primitive, shape: shape, operandStart: start, operandCount: Int32(inputs.count)))
    return Tensor(graph: self, index: nodes.count - 1)
  }

  /// The operands of an operation, by their places in `nodes`.
  package func operands(of index: Int) -> ArraySlice<Int32> {
    let node = nodes[index]
    return operands[Int(node.operandStart)..<Int(node.operandStart + node.operandCount)]
  }

  func operand(_ position: Int, of index: Int) -> Int {
    Int(operands[Int(nodes[index].operandStart) + position])
  }

  func setLabel(_ label: String, of index: Int) { labels[index] = label }

  func label(of index: Int) -> String? { labels[index] }

  /// The one value of a tensor that is a constant, seen through changes of shape.
  func constantValue(of index: Int) -> Double? {
    var index = index
    while true {
      switch nodes[index].primitive {
      case .constant(let value): return value
      case .broadcast, .reshape, .stopGradient: index = operand(0, of: index)
      default: return nil
      }
    }
  }
}
