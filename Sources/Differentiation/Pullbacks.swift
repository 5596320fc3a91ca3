extension Tensor {
  /// What a cotangent of this tensor contributes to each of its operands; nil where the derivative
  /// is zero by definition.
  ///
  /// The one table of derivatives. It is written with the public operations, so that a derivative
  /// is part of the graph and can be differentiated in turn.
  func pullback(_ g: Tensor) -> [Tensor?] {
    let x = operands
    let y = self
    switch graph.nodes[index].primitive {
    case .input, .bytes, .constant, .literal: return []
    case .numbers: return [nil]

    case .exp: return [g * y]
    case .log: return [g / x[0]]
    case .log1p: return [g / (1 + x[0])]
    case .expm1: return [g * (y + 1)]
    case .tanh: return [g * (1 - y.squared())]
    case .sigmoid: return [g * (y * (1 - y))]
    // From the output, so that the argument need not be kept: sigmoid(x) = 1 − e^−softplus(x).
    case .softplus: return [-(g * (-y).expMinusOne())]
    case .relu: return [g * y.step()]
    case .elu: return [g * y.step().select(graph.constant(1), otherwise: y + 1)]
    case .square: return [2 * (g * x[0])]
    case .squareRoot: return [0.5 * (g / y)]
    case .absolute: return [g * x[0].sign()]
    case .reciprocal: return [-(g * y.squared())]
    case .sign, .step: return [nil]
    case .scale(let factor): return [factor * g]
    case .offset: return [g]

    case .add: return [g.summed(to: x[0].shape), g.summed(to: x[1].shape)]
    case .subtract: return [g.summed(to: x[0].shape), (-g).summed(to: x[1].shape)]
    case .multiply: return [(g * x[1]).summed(to: x[0].shape), (g * x[0]).summed(to: x[1].shape)]
    case .divide:
      let quotient = g / x[1]
      return [quotient.summed(to: x[0].shape), (-(quotient * y)).summed(to: x[1].shape)]
    case .minimum: return shared(g, first: .greater(x[1], x[0]), x)
    case .maximum: return shared(g, first: .greater(x[0], x[1]), x)
    case .greater, .greaterOrEqual, .equal: return [nil, nil]
    case .select:
      let zero = graph.constant(0)
      return [
        nil, x[0].select(g, otherwise: zero).summed(to: x[1].shape),
        x[0].select(zero, otherwise: g).summed(to: x[2].shape),
      ]

    case .matrixProduct(let left, let right):
      let (a, b) = (x[0], x[1])
      return [
        left
          ? b.matrixProduct(g, transposingSelf: right, transposingOther: true)
          : g.matrixProduct(b, transposingOther: !right),
        right
          ? g.matrixProduct(a, transposingSelf: true, transposingOther: left)
          : a.matrixProduct(g, transposingSelf: !left),
      ]

    case .sum(let axis): return [g.widened(axis, x[0].shape)]
    case .maximumOver(let axis), .minimumOver(let axis):
      let isExtreme = Tensor.equal(x[0], y.withAxis(axis))
      return [isExtreme * (g.withAxis(axis) / isExtreme.sum(axis: axis, keepingAxis: true))]
    case .logSumExp:
      let last = x[0].shape.rank - 1
      return [g.withAxis(last) * (x[0] - y.withAxis(last)).exp()]

    case .reshape: return [g.reshaped(x[0].shape)]
    case .transpose(let permutation):
      let inverse = permutation.indices.sorted { permutation[$0] < permutation[$1] }
      return [g.transposed(permutation: inverse)]
    case .broadcast: return [g.summed(to: x[0].shape)]
    case .slice(let axis, let start):
      return [g.padded(axis: axis, before: start, extent: x[0].shape[axis])]
    case .pad(let axis, let before):
      return [g.slice(axis: axis, before..<before + x[0].shape[axis])]
    case .concatenate(let axis):
      var start = 0
      return x.map { operand in
        defer { start += operand.shape[axis] }
        return g.slice(axis: axis, start..<start + operand.shape[axis])
      }

    case .windows(let windows): return [g.accumulated(windows, in: x[0].shape)]
    case .accumulateWindows(let windows): return [g.windows(windows)]

    case .gather:
      let last = x[0].shape.rank - 1
      return [g.withAxis(last) * x[1].oneHot(depth: x[0].shape[last]), nil]
    case .oneHot, .argMax, .stopGradient: return [nil]
    }
  }

  var operands: [Tensor] {
    graph.operands(of: index).map { Tensor(graph: graph, index: Int($0)) }
  }

  /// The derivative of a minimum or maximum: all to the first where it wins, half at a tie.
  private func shared(_ g: Tensor, first wins: Tensor, _ x: [Tensor]) -> [Tensor?] {
    let share = wins + 0.5 * Tensor.equal(x[0], x[1])
    return [(g * share).summed(to: x[0].shape), (g * (1 - share)).summed(to: x[1].shape)]
  }

  /// The tensor with an axis of extent 1 put back at `axis`.
  private func withAxis(_ axis: Int) -> Tensor {
    var dimensions = shape.dimensions
    dimensions.insert(1, at: axis)
    return reshaped(Shape(dimensions))
  }

  private func widened(_ axis: Int, _ target: Shape) -> Tensor {
    withAxis(axis).broadcast(to: target)
  }
}
