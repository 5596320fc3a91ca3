import Differentiation

extension CPolicy {
  /// Writes the statements of an operation; where its result is.
  mutating func write(
    _ primitive: Primitive, _ operands: [Place], _ shape: [Int], atStep index: Int
  ) throws(ExportError) -> Place {
    if primitive.isElementwise { return each(primitive, operands, shape, atStep: index) }
    switch primitive {
    case .reshape:
      var place = operands[0]
      place.shape = shape
      return place
    case .broadcast:
      return copy(operands[0].view(over: shape), shape)
    case .matrixProduct(let left, let right):
      return product(operands[0], operands[1], transposed: (left, right), shape)
    case .sum(let axis):
      return reduced(operands[0], axis, shape, start: "0.f") { "\($0) += \($1);" }
    case .maximumOver(let axis):
      return reduced(operands[0], axis, shape) { "if (\($1) > \($0)) \($0) = \($1);" }
    case .minimumOver(let axis):
      return reduced(operands[0], axis, shape) { "if (\($1) < \($0)) \($0) = \($1);" }
    case .transpose(let permutation):
      let strides = CView.dense(operands[0].shape)
      return copy(
        CView(name: operands[0].name, strides: permutation.map { strides[$0] }), shape)
    case .slice(let axis, let start):
      let strides = CView.dense(operands[0].shape)
      return copy(
        CView(name: operands[0].name, offset: start * strides[axis], strides: strides), shape)
    case .windows(let windows):
      let strides = windows.strides(inImages: Shape(operands[0].shape))
      return copy(CView(name: operands[0].name, strides: strides), shape)
    case .concatenate(let axis): return concatenated(operands, axis, shape)
    case .logSumExp, .argMax, .gather, .oneHot:
      return alongLastAxis(primitive, operands, shape)
    default: throw .unknownOperation(PolicyProgram.Content.operation(primitive).name, format: "C")
    }
  }

  /// Writes an operation that is done element by element, in place where that can be.
  private mutating func each(
    _ primitive: Primitive, _ operands: [Place], _ shape: [Int], atStep index: Int
  ) -> Place {
    let result = reusable(operands, shape, atStep: index) ?? array(shape)
    lines += CLoops.nest(
      shape, [result.view(over: shape)] + operands.map { $0.view(over: shape) }
    ) { ["\($0[0]) = \(primitive.expression(of: Array($0.dropFirst())) ?? "");"] }
    return result
  }

  private mutating func copy(_ view: CView, _ shape: [Int]) -> Place {
    let result = array(shape)
    lines += CLoops.nest(shape, [result.view(over: shape), view]) { ["\($0[0]) = \($0[1]);"] }
    return result
  }

  private mutating func concatenated(_ parts: [Place], _ axis: Int, _ shape: [Int]) -> Place {
    let result = array(shape)
    let strides = CView.dense(shape)
    var start = 0
    for part in parts {
      let target = CView(name: result.name, offset: start * strides[axis], strides: strides)
      lines += CLoops.nest(part.shape, [target, part.view(over: part.shape)]) {
        ["\($0[0]) = \($0[1]);"]
      }
      start += part.shape[axis]
    }
    return result
  }

  private mutating func product(
    _ a: Place, _ b: Place, transposed: (left: Bool, right: Bool), _ shape: [Int]
  ) -> Place {
    let inner = transposed.left ? a.shape[0] : a.shape[1]
    let (rows, columns) = (shape[0], shape[1])
    let result = array(shape)
    lines += CLoops.nest(shape, [result.view(over: shape)]) { ["\($0[0]) = 0.f;"] }
    // The order in which the second factor lies in memory.
    lines += CLoops.nest(
      [rows, inner, columns],
      [
        CView(name: result.name, strides: [columns, 0, 1]),
        CView(name: a.name, strides: transposed.left ? [1, rows, 0] : [inner, 1, 0]),
        CView(name: b.name, strides: transposed.right ? [0, 1, inner] : [0, columns, 1]),
      ]
    ) { ["\($0[0]) += \($0[1]) * \($0[2]);"] }
    return result
  }

  /// Writes a reduction over an axis, from the first element on where there is no start.
  private mutating func reduced(
    _ operand: Place, _ axis: Int, _ shape: [Int], start: String? = nil,
    _ statement: (String, String) -> String
  ) -> Place {
    let result = array(shape)
    var strides = CView.dense(operand.shape)
    let whole = CView(name: operand.name, strides: strides)
    strides.remove(at: axis)
    lines += CLoops.nest(
      shape, [result.view(over: shape), CView(name: operand.name, strides: strides)]
    ) { ["\($0[0]) = \(start ?? $0[1]);"] }
    var target = CView.dense(shape)
    target.insert(0, at: axis)
    lines += CLoops.nest(operand.shape, [CView(name: result.name, strides: target), whole]) {
      [statement($0[0], $0[1])]
    }
    return result
  }

  /// Writes what is done with each row of the last axis.
  private mutating func alongLastAxis(
    _ primitive: Primitive, _ operands: [Place], _ shape: [Int]
  ) -> Place {
    let result = array(shape)
    let operand = operands[0]
    // One element for each row: the result's own, and the first of the operand's.
    let isOneHot = primitive == .oneHot
    let rows = isOneHot ? operand.shape : Array(operand.shape.dropLast())
    let extent = (isOneHot ? shape : operand.shape).last ?? 1
    let wide = CView.dense(rows).map { $0 * extent }
    let narrow = CView.dense(rows)
    let views = [
      CView(name: result.name, strides: isOneHot ? wide : narrow),
      CView(name: operand.name, strides: isOneHot ? narrow : wide),
    ]
    lines += CLoops.nest(
      rows, views + operands.dropFirst().map { CView(name: $0.name, strides: narrow) }
    ) { elements in
      let loop = "for (int v = 0; v < \(extent); v++)"
      switch primitive {
      case .oneHot:
        return [
          "float *hot = &\(elements[0]);", loop,
          "    hot[v] = \(elements[1]) == (float)v ? 1.f : 0.f;",
        ]
      case .gather:
        return ["\(elements[0]) = (&\(elements[1]))[(int)\(elements[2])];"]
      case .argMax:
        return [
          "const float *row = &\(elements[1]);", "int best = 0;", loop,
          "    if (row[v] > row[best]) best = v;", "\(elements[0]) = (float)best;",
        ]
      default:
        return [
          "const float *row = &\(elements[1]);", "float top = row[0], sum = 0.f;", loop,
          "    if (row[v] > top) top = row[v];", loop, "    sum += expf(row[v] - top);",
          "\(elements[0]) = top + logf(sum);",
        ]
      }
    }
    return result
  }
}

extension Primitive {
  /// Whether it is done element by element.
  fileprivate var isElementwise: Bool { expression(of: ["", "", ""]) != nil }

  /// The C expression of an operation that is done element by element; nil for another one.
  fileprivate func expression(of x: [String]) -> String? {
    switch self {
    case .exp: "expf(\(x[0]))"
    case .log: "logf(\(x[0]))"
    case .log1p: "log1pf(\(x[0]))"
    case .expm1: "expm1f(\(x[0]))"
    case .tanh: "tanhf(\(x[0]))"
    case .sigmoid: "1.f / (1.f + expf(-\(x[0])))"
    case .softplus: "fmaxf(\(x[0]), 0.f) + log1pf(expf(-fabsf(\(x[0]))))"
    case .relu: "\(x[0]) > 0.f ? \(x[0]) : 0.f"
    case .elu: "\(x[0]) > 0.f ? \(x[0]) : expm1f(\(x[0]))"
    case .square: "\(x[0]) * \(x[0])"
    case .squareRoot: "sqrtf(\(x[0]))"
    case .absolute: "fabsf(\(x[0]))"
    case .reciprocal: "1.f / \(x[0])"
    case .sign: "(float)((\(x[0]) > 0.f) - (\(x[0]) < 0.f))"
    case .step: "\(x[0]) > 0.f ? 1.f : 0.f"
    case .scale(let factor): "\(x[0]) * \(CText.number(Float(factor)))"
    case .offset(let amount): "\(x[0]) + \(CText.number(Float(amount)))"
    case .add: "\(x[0]) + \(x[1])"
    case .subtract: "\(x[0]) - \(x[1])"
    case .multiply: "\(x[0]) * \(x[1])"
    case .divide: "\(x[0]) / \(x[1])"
    case .minimum: "\(x[0]) < \(x[1]) ? \(x[0]) : \(x[1])"
    case .maximum: "\(x[0]) > \(x[1]) ? \(x[0]) : \(x[1])"
    case .greater: "\(x[0]) > \(x[1]) ? 1.f : 0.f"
    case .greaterOrEqual: "\(x[0]) >= \(x[1]) ? 1.f : 0.f"
    case .equal: "\(x[0]) == \(x[1]) ? 1.f : 0.f"
    case .select: "\(x[0]) != 0.f ? \(x[1]) : \(x[2])"
    default: nil
    }
  }
}
