/// A model in the format of ONNX: operators between named arrays.
///
/// `onnx/onnx.proto3` of https://github.com/onnx/onnx has the messages and the numbers of their fields.
package struct ONNXModel {
  /// The version of the format: that of ONNX 1.12 (2022).
  private static let formatVersion: Int64 = 8
  /// The version of the operators.
  private static let operatorVersion: Int64 = 17

  /// The type of an array's elements.
  package enum ElementType: Int64, Sendable {
    /// Single precision.
    case float32 = 1
    /// 64-bit integers.
    case int64 = 7
    /// Truth values.
    case bool = 9
  }

  /// An extent of a model's input or output.
  package enum Extent: Hashable, Sendable {
    /// So many.
    case fixed(Int)
    /// Any number, the same wherever it has this name.
    case named(String)
  }

  /// What enters or leaves the model.
  package struct Port: Hashable, Sendable {
    /// Its name.
    package var name: String
    /// The type of its elements.
    package var type: ElementType
    /// Its extents.
    package var shape: [Extent]
    /// What it is.
    package var documentation: String

    /// An input or output.
    package init(
      _ name: String, _ type: ElementType, _ shape: [Extent], documentation: String
    ) {
      self.name = name
      self.type = type
      self.shape = shape
      self.documentation = documentation
    }
  }

  /// What an operator is given besides arrays.
  package enum Attribute: Hashable, Sendable {
    /// One whole number.
    case integer(Int)
    /// Several whole numbers.
    case integers([Int])
    /// One number.
    case number(Float)
  }

  /// The model's name.
  package var name: String
  /// What it is, in words.
  package var documentation = ""
  /// Texts by key.
  package var metadata: [(key: String, value: String)] = []
  /// What enters, in order.
  package var inputs: [Port] = []
  /// What leaves, in order.
  package var outputs: [Port] = []
  private var nodes: [ProtocolBuffer] = []
  private var initializers: [ProtocolBuffer] = []
  private let producer: (name: String, version: String)

  /// A model without operators.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - producer: the program that writes it, and its version.
  package init(_ name: String, producer: (name: String, version: String)) {
    self.name = name
    self.producer = producer
  }

  /// Adds an operator behind those that it takes arrays from.
  ///
  /// - Parameters:
  ///   - type: such as `MatMul`.
  ///   - inputs: the names of its arrays.
  ///   - output: the name of what it gives.
  ///   - attributes: by name.
  package mutating func add(
    _ type: String, _ inputs: [String], output: String,
    attributes: [(name: String, value: Attribute)] = []
  ) {
    var node = ProtocolBuffer()
    for input in inputs { node.append(1, text: input) }
    node.append(2, text: output)
    node.append(3, text: "\(type.lowercased()) \(nodes.count)")
    node.append(4, text: type)
    for (name, value) in attributes { node.append(5, message: Self.message(name, value)) }
    nodes.append(node)
  }

  /// Adds an array of numbers of the model's own.
  package mutating func add(_ name: String, _ values: [Float], shape: [Int]) {
    add(name, .float32, shape, values.flatMap { $0.bitPattern.littleEndianBytes })
  }

  /// Adds an array of whole numbers of the model's own.
  package mutating func add(_ name: String, _ values: [Int64], shape: [Int]) {
    add(name, .int64, shape, values.flatMap(\.littleEndianBytes))
  }

  private mutating func add(
    _ name: String, _ type: ElementType, _ shape: [Int], _ bytes: [UInt8]
  ) {
    var tensor = ProtocolBuffer()
    for extent in shape { tensor.append(1, integer: Int64(extent)) }
    tensor.append(2, integer: type.rawValue)
    tensor.append(8, text: name)
    tensor.append(9, bytes: bytes)
    initializers.append(tensor)
  }

  /// The bytes of the file, the same for the same model.
  package func serialized() -> [UInt8] {
    var graph = ProtocolBuffer()
    for node in nodes { graph.append(1, message: node) }
    graph.append(2, text: name)
    for initializer in initializers { graph.append(5, message: initializer) }
    for input in inputs { graph.append(11, message: Self.message(input)) }
    for output in outputs { graph.append(12, message: Self.message(output)) }
    var operators = ProtocolBuffer()
    operators.append(2, integer: Self.operatorVersion)
    var model = ProtocolBuffer()
    model.append(1, integer: Self.formatVersion)
    model.append(2, text: producer.name)
    model.append(3, text: producer.version)
    model.append(6, text: documentation)
    model.append(7, message: graph)
    model.append(8, message: operators)
    for (key, value) in metadata {
      var entry = ProtocolBuffer()
      entry.append(1, text: key)
      entry.append(2, text: value)
      model.append(14, message: entry)
    }
    return model.bytes
  }

  private static func message(_ name: String, _ value: Attribute) -> ProtocolBuffer {
    var attribute = ProtocolBuffer()
    attribute.append(1, text: name)
    switch value {
    case .number(let number):
      attribute.append(2, float: number)
      attribute.append(20, integer: 1)
    case .integer(let integer):
      attribute.append(3, integer: Int64(integer))
      attribute.append(20, integer: 2)
    case .integers(let integers):
      for integer in integers { attribute.append(8, integer: Int64(integer)) }
      attribute.append(20, integer: 7)
    }
    return attribute
  }

  private static func message(_ port: Port) -> ProtocolBuffer {
    var shape = ProtocolBuffer()
    for extent in port.shape {
      var dimension = ProtocolBuffer()
      switch extent {
      case .fixed(let count): dimension.append(1, integer: Int64(count))
      case .named(let name): dimension.append(2, text: name)
      }
      shape.append(1, message: dimension)
    }
    var tensor = ProtocolBuffer()
    tensor.append(1, integer: port.type.rawValue)
    tensor.append(2, message: shape)
    var type = ProtocolBuffer()
    type.append(1, message: tensor)
    var message = ProtocolBuffer()
    message.append(1, text: port.name)
    message.append(2, message: type)
    message.append(3, text: port.documentation)
    return message
  }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
