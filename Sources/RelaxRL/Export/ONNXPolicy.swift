import Differentiation
import Formats
import Runs

/// A policy's program in the operators of ONNX, for any number of observations at once.
struct ONNXPolicy {
  private let program: PolicyProgram
  private var model: ONNXModel
  /// The names of the values so far, step by step.
  private var names: [String] = []
  private var taken: Set<String> = ["observation", "mask", "action"]
  private static let rows = "N"

  /// Writes a program down.
  ///
  /// - Parameters:
  ///   - program: the policy.
  ///   - description: what it is.
  /// - Throws: ``ExportError`` for an operation that ONNX has no operator for.
  init(_ program: PolicyProgram, description: ExportDescription) throws(ExportError) {
    self.program = program
    model = ONNXModel("policy", producer: ("RelaxRL", ReleaseVersion.current))
    model.documentation = description.title + "\n" + ExportLicense.plain
    model.metadata = [("agent", description.agent), ("environment", description.environment)]
    model.inputs = [
      .init(
        "observation", .float32, [.named(Self.rows), .fixed(program.observationSize)],
        documentation: description.observation)
    ]
    if let size = program.maskSize {
      model.inputs.append(
        .init(
          "mask", .float32, [.named(Self.rows), .fixed(size)], documentation: description.mask))
    }
    let action: [ONNXModel.Extent] =
      [.named(Self.rows)] + (program.isSingle ? [] : [.fixed(program.actionSize)])
    model.outputs = [
      .init(
        "action", program.isWhole ? .int64 : .float32, action, documentation: description.action)
    ]
    for step in program.steps {
      let name = try name(of: step)
      names.append(name)
    }
    if program.isWhole {
      model.add(
        "Cast", [names[program.action]], output: "action",
        attributes: [("to", .integer(Int(ONNXModel.ElementType.int64.rawValue)))])
    } else {
      model.add("Identity", [names[program.action]], output: "action")
    }
  }

  /// The bytes of the file.
  func serialized() -> [UInt8] { model.serialized() }

  private mutating func name(of step: PolicyProgram.Step) throws(ExportError) -> String {
    switch step.content {
    case .observation: return "observation"
    case .mask: return "mask"
    case .parameter(let name, let values):
      let unique = free(name)
      model.add(unique, values, shape: step.shape.map { $0.resolved(rows: 1) })
      return unique
    case .operation(let primitive): return try add(primitive, step)
    }
  }

  /// A name that no other value has.
  private mutating func free(_ wanted: String) -> String {
    var (name, number) = (wanted, 2)
    while !taken.insert(name).inserted {
      name = "\(wanted).\(number)"
      number += 1
    }
    return name
  }

  /// Adds an operator; the name of what it gives.
  private mutating func add(
    _ type: String, _ inputs: [String],
    _ attributes: [(name: String, value: ONNXModel.Attribute)] =
      []
  ) -> String {
    let output = free(type.lowercased())
    model.add(type, inputs, output: output, attributes: attributes)
    return output
  }

  private mutating func number(_ value: Double) -> String {
    let name = free("number")
    model.add(name, [Float(value)], shape: [])
    return name
  }

  private mutating func integers(_ values: [Int]) -> String {
    let name = free("integers")
    model.add(name, values.map(Int64.init), shape: [values.count])
    return name
  }

  private mutating func cast(_ name: String, to type: ONNXModel.ElementType) -> String {
    add("Cast", [name], [("to", .integer(Int(type.rawValue)))])
  }

  /// Adds the operators of one operation.
  private mutating func add(
    _ primitive: Primitive, _ step: PolicyProgram.Step
  ) throws(ExportError) -> String {
    let operands = step.operands.map { names[$0] }
    let x = operands.first ?? ""
    func shape(_ operand: Int) -> [PolicyProgram.Extent] {
      program.steps[step.operands[operand]].shape
    }
    switch primitive {
    case .constant(let value): return number(value)
    case .literal(let values):
      let name = free("literal")
      model.add(name, values.map { Float($0) }, shape: step.shape.map { $0.resolved(rows: 1) })
      return name
    case .exp: return add("Exp", operands)
    case .log: return add("Log", operands)
    case .log1p: return add("Log", [add("Add", [x, number(1)])])
    case .expm1: return add("Sub", [add("Exp", operands), number(1)])
    case .tanh: return add("Tanh", operands)
    case .sigmoid: return add("Sigmoid", operands)
    case .softplus: return add("Softplus", operands)
    case .relu: return add("Relu", operands)
    case .elu: return add("Elu", operands)
    case .square: return add("Mul", [x, x])
    case .squareRoot: return add("Sqrt", operands)
    case .absolute: return add("Abs", operands)
    case .reciprocal: return add("Reciprocal", operands)
    case .sign: return add("Sign", operands)
    case .step: return cast(add("Greater", [x, number(0)]), to: .float32)
    case .scale(let factor): return add("Mul", [x, number(factor)])
    case .offset(let amount): return add("Add", [x, number(amount)])
    case .add: return add("Add", operands)
    case .subtract: return add("Sub", operands)
    case .multiply: return add("Mul", operands)
    case .divide: return add("Div", operands)
    case .minimum: return add("Min", operands)
    case .maximum: return add("Max", operands)
    case .greater: return cast(add("Greater", operands), to: .float32)
    case .greaterOrEqual: return cast(add("GreaterOrEqual", operands), to: .float32)
    case .equal: return cast(add("Equal", operands), to: .float32)
    case .select: return add("Where", [cast(x, to: .bool), operands[1], operands[2]])
    case .matrixProduct(let left, let right):
      if !left && !right { return add("MatMul", operands) }
      return add(
        "Gemm", operands,
        [("transA", .integer(left ? 1 : 0)), ("transB", .integer(right ? 1 : 0))])
    case .sum(let axis):
      return add("ReduceSum", [x, integers([axis])], [("keepdims", .integer(0))])
    case .maximumOver(let axis):
      return add("ReduceMax", operands, [("axes", .integers([axis])), ("keepdims", .integer(0))])
    case .minimumOver(let axis):
      return add("ReduceMin", operands, [("axes", .integers([axis])), ("keepdims", .integer(0))])
    case .logSumExp:
      return add(
        "ReduceLogSumExp", operands, [("axes", .integers([-1])), ("keepdims", .integer(0))])
    case .argMax:
      let index = add("ArgMax", operands, [("axis", .integer(-1)), ("keepdims", .integer(0))])
      return cast(index, to: .float32)
    case .oneHot:
      let name = free("values")
      model.add(name, [0, 1] as [Float], shape: [2])
      let depth = integers([step.shape.last?.count ?? 1])
      return add("OneHot", [cast(x, to: .int64), depth, name], [("axis", .integer(-1))])
    case .gather:
      let index = add("Unsqueeze", [cast(operands[1], to: .int64), integers([-1])])
      let element = add("GatherElements", [x, index], [("axis", .integer(-1))])
      return add("Squeeze", [element, integers([-1])])
    case .reshape:
      return add("Reshape", [x, integers(step.shape.map { $0.isPerRow ? -1 : $0.count })])
    case .transpose(let permutation):
      return add("Transpose", operands, [("perm", .integers(permutation))])
    case .broadcast: return add("Expand", [x, extents(step.shape)])
    case .slice(let axis, let start):
      return add(
        "Slice",
        [x, integers([start]), integers([start + step.shape[axis].count]), integers([axis])])
    case .windows(let windows): return add(windows, of: x, shape: step.shape)
    case .concatenate(let axis): return add("Concat", operands, [("axis", .integer(axis))])
    default: throw .unknownOperation(step.content.name, format: "ONNX")
    }
  }

  /// Adds what takes windows of images: one slice for each place in a window, side by side.
  private mutating func add(
    _ windows: Windows, of images: String, shape: [PolicyProgram.Extent]
  ) -> String {
    let (rows, columns) = (shape[1].count, shape[2].count)
    let strides = [windows.verticalStride, windows.horizontalStride]
    let (steps, axes) = (integers(strides), integers([1, 2]))
    var places: [String] = []
    for row in 0..<windows.height {
      for column in 0..<windows.width {
        let last = [row + (rows - 1) * strides[0], column + (columns - 1) * strides[1]]
        places.append(
          add(
            "Slice", [images, integers([row, column]), integers(last.map { $0 + 1 }), axes, steps]))
      }
    }
    let sideBySide = add("Concat", places, [("axis", .integer(-1))])
    return add("Reshape", [sideBySide, integers([-1] + shape.dropFirst().map(\.count))])
  }

  /// A shape as an array of whole numbers.
  private mutating func extents(_ shape: [PolicyProgram.Extent]) -> String {
    guard shape.contains(where: \.isPerRow) else { return integers(shape.map(\.count)) }
    let rows = add("Shape", ["observation"], [("start", .integer(0)), ("end", .integer(1))])
    let parts = shape.map { extent in
      extent.isPerRow ? add("Mul", [rows, integers([extent.count])]) : integers([extent.count])
    }
    return add("Concat", parts, [("axis", .integer(0))])
  }
}
