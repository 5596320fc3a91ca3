/// One step of a program before it has addresses.
struct Operation {
  enum Kind: Equatable {
    case unary(Kernel)
    case constantOperand(Kernel, Double)
    case broadcasting(Kernel)
    case matrixProduct(MatrixProduct)
    case reduction(Kernel, axis: Int)
    case alongLastAxis(Kernel)
    case oneHot
    case transpose([Int])
    case broadcast
    case slice(axis: Int, start: Int)
    case pad(axis: Int, before: Int)
    case concatenate(axis: Int)
    case windows(Windows)
    case accumulateWindows(Windows)
    case copy
    case fill(Double)
    case literal([Double])
  }

  struct MatrixProduct: Equatable {
    var transposeLeft: Bool
    var transposeRight: Bool
    var hasBias = false
    var activation: Kernel?
    /// Adds to what the result's memory holds: the operand after the factors.
    var accumulates = false
    /// The left factor is the windows of images, which are not written out.
    var windows: Windows?
  }

  var kind: Kind
  var operands: [Int]
  var result: Int
  var stage: Int
}

/// A tensor of the program, numbered in the order of definition.
struct Value {
  let shape: Shape
  /// The node of the graph it came from, for its label.
  let node: Int
  /// The stage in which it is computed; `Lowering.prologue` when only constants enter it.
  var stage: Int
  var isInput = false
  /// Whether it consists of bytes, which only an input does.
  var isBytes = false
  /// A view of another value's memory, `offset` elements in.
  var alias: (base: Int, offset: Int)?
  /// Bit s says that it depends on the row inputs of stage s.
  var rowStages: UInt64 = 0
}

extension Operation.Kind {
  init(_ primitive: Primitive) {
    self =
      switch primitive {
      case .constant(let value): .fill(value)
      case .literal(let elements): .literal(elements)
      case .numbers: .unary(.fromBytes)
      case .exp: .unary(.exp)
      case .log: .unary(.log)
      case .log1p: .unary(.log1p)
      case .expm1: .unary(.expm1)
      case .tanh: .unary(.tanh)
      case .sigmoid: .unary(.sigmoid)
      case .softplus: .unary(.softplus)
      case .relu: .unary(.relu)
      case .elu: .unary(.elu)
      case .square: .unary(.square)
      case .squareRoot: .unary(.sqrt)
      case .absolute: .unary(.abs)
      case .reciprocal: .unary(.reciprocal)
      case .sign: .unary(.sign)
      case .step: .unary(.step)
      case .scale(let factor): .constantOperand(.scale, factor)
      case .offset(let amount): .constantOperand(.offset, amount)
      case .add: .broadcasting(.add)
      case .subtract: .broadcasting(.subtract)
      case .multiply: .broadcasting(.multiply)
      case .divide: .broadcasting(.divide)
      case .minimum: .broadcasting(.minimum)
      case .maximum: .broadcasting(.maximum)
      case .greater: .broadcasting(.greater)
      case .greaterOrEqual: .broadcasting(.greaterEqual)
      case .equal: .broadcasting(.equal)
      case .select: .broadcasting(.select)
      case .matrixProduct(let left, let right):
        .matrixProduct(.init(transposeLeft: left, transposeRight: right))
      case .sum(let axis): .reduction(.sum, axis: axis)
      case .maximumOver(let axis): .reduction(.max, axis: axis)
      case .minimumOver(let axis): .reduction(.min, axis: axis)
      case .logSumExp: .alongLastAxis(.logSumExp)
      case .argMax: .alongLastAxis(.argMax)
      case .gather: .alongLastAxis(.gather)
      case .oneHot: .oneHot
      case .transpose(let permutation): .transpose(permutation)
      case .broadcast: .broadcast
      case .slice(let axis, let start): .slice(axis: axis, start: start)
      case .pad(let axis, let before): .pad(axis: axis, before: before)
      case .concatenate(let axis): .concatenate(axis: axis)
      case .windows(let windows): .windows(windows)
      case .accumulateWindows(let windows): .accumulateWindows(windows)
      case .input, .bytes, .reshape, .stopGradient:
        fatalError("\(primitive) is not computed.")
      }
  }
}
