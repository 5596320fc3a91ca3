import Differentiation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Every value of a graph, computed one element at a time: what a program must agree with.
///
/// It shares nothing with the compiler but the list of operations.
///
/// - Parameters:
///   - graph: the operations.
///   - inputs: the elements of each input.
/// - Returns: the elements of each operation's result, in the graph's order.
public func interpret(_ graph: Graph, _ inputs: [(Tensor, [Double])]) -> [[Double]] {
  let given = Dictionary(inputs.map { ($0.0.index, $0.1) }) { first, _ in first }
  var values: [[Double]] = []
  for (index, node) in graph.nodes.enumerated() {
    if node.primitive.isInput {
      values.append(given[index] ?? [Double](repeating: 0, count: node.shape.count))
      continue
    }
    let operands = graph.operands(of: index).map {
      Dense(shape: graph.nodes[Int($0)].shape.dimensions, elements: values[Int($0)])
    }
    values.append(interpret(node.primitive, operands, node.shape.dimensions))
  }
  return values
}

/// A tensor with its elements, the last axis running fastest.
private struct Dense {
  let shape: [Int]
  let elements: [Double]

  subscript(position: [Int]) -> Double {
    var offset = 0
    for (axis, extent) in shape.enumerated() { offset = offset * extent + position[axis] }
    return elements[offset]
  }

  /// The element that stands at a position of a wider shape, by NumPy's rule.
  func broadcast(at position: [Int]) -> Double {
    let missing = position.count - shape.count
    return self[shape.indices.map { shape[$0] == 1 ? 0 : position[missing + $0] }]
  }
}

extension Primitive {
  fileprivate var isInput: Bool {
    switch self {
    case .input, .bytes: true
    default: false
    }
  }
}

private func positions(of shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { prefixes, extent in prefixes.flatMap { p in (0..<extent).map { p + [$0] } } }
}

private func interpret(_ primitive: Primitive, _ x: [Dense], _ shape: [Int]) -> [Double] {
  func each(_ f: (Double) -> Double) -> [Double] { x[0].elements.map(f) }
  func both(_ f: (Double, Double) -> Double) -> [Double] {
    positions(of: shape).map { f(x[0].broadcast(at: $0), x[1].broadcast(at: $0)) }
  }
  func reduce(_ axis: Int, _ f: ([Double]) -> Double) -> [Double] {
    positions(of: shape).map { position in
      f(
        (0..<x[0].shape[axis]).map { element in
          var full = position
          full.insert(element, at: axis)
          return x[0][full]
        })
    }
  }
  switch primitive {
  case .input, .bytes: preconditionFailure("An input has no value of its own.")
  case .numbers: return x[0].elements
  case .constant(let value): return [value]
  case .literal(let elements): return elements
  case .exp: return each { exp($0) }
  case .log: return each { log($0) }
  case .log1p: return each { log1p($0) }
  case .expm1: return each { expm1($0) }
  case .tanh: return each { tanh($0) }
  case .sigmoid: return each { 1 / (1 + exp(-$0)) }
  case .softplus: return each { max($0, 0) + log1p(exp(-abs($0))) }
  case .relu: return each { max($0, 0) }
  case .elu: return each { $0 > 0 ? $0 : expm1($0) }
  case .square: return each { $0 * $0 }
  case .squareRoot: return each { $0.squareRoot() }
  case .absolute: return each { abs($0) }
  case .reciprocal: return each { 1 / $0 }
  case .sign: return each { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
  case .step: return each { $0 > 0 ? 1 : 0 }
  case .scale(let factor): return each { $0 * factor }
  case .offset(let amount): return each { $0 + amount }
  case .add: return both { $0 + $1 }
  case .subtract: return both { $0 - $1 }
  case .multiply: return both { $0 * $1 }
  case .divide: return both { $0 / $1 }
  case .minimum: return both { min($0, $1) }
  case .maximum: return both { max($0, $1) }
  case .greater: return both { $0 > $1 ? 1 : 0 }
  case .greaterOrEqual: return both { $0 >= $1 ? 1 : 0 }
  case .equal: return both { $0 == $1 ? 1 : 0 }
  case .select:
    return positions(of: shape).map {
      x[0].broadcast(at: $0) != 0 ? x[1].broadcast(at: $0) : x[2].broadcast(at: $0)
    }
  case .matrixProduct(let left, let right):
    let depth = left ? x[0].shape[0] : x[0].shape[1]
    return positions(of: shape).map { position in
      (0..<depth).reduce(0) { sum, p in
        let a = x[0][left ? [p, position[0]] : [position[0], p]]
        let b = x[1][right ? [position[1], p] : [p, position[1]]]
        return sum + a * b
      }
    }
  case .sum(let axis): return reduce(axis) { $0.reduce(0, +) }
  case .maximumOver(let axis): return reduce(axis) { $0.max() ?? .nan }
  case .minimumOver(let axis): return reduce(axis) { $0.min() ?? .nan }
  case .logSumExp:
    return reduce(x[0].shape.count - 1) { row in
      let top = row.max() ?? 0
      return top + log(row.reduce(0) { $0 + exp($1 - top) })
    }
  case .argMax:
    return reduce(x[0].shape.count - 1) { row in
      Double(row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) } ?? 0)
    }
  case .gather:
    return positions(of: shape).map { x[0][$0 + [Int(x[1][$0])]] }
  case .oneHot:
    return positions(of: shape).map { x[0][Array($0.dropLast())] == Double($0.last ?? 0) ? 1 : 0 }
  case .reshape, .stopGradient: return x[0].elements
  case .transpose(let permutation):
    return positions(of: shape).map { position in
      var source = position
      for (axis, from) in permutation.enumerated() { source[from] = position[axis] }
      return x[0][source]
    }
  case .broadcast: return positions(of: shape).map { x[0].broadcast(at: $0) }
  case .slice(let axis, let start):
    return positions(of: shape).map { position in
      var source = position
      source[axis] += start
      return x[0][source]
    }
  case .pad(let axis, let before):
    return positions(of: shape).map { position in
      var source = position
      source[axis] -= before
      return (0..<x[0].shape[axis]).contains(source[axis]) ? x[0][source] : 0
    }
  case .concatenate(let axis):
    return positions(of: shape).map { position in
      var source = position
      for piece in x {
        if source[axis] < piece.shape[axis] { return piece[source] }
        source[axis] -= piece.shape[axis]
      }
      return .nan
    }
  case .windows(let windows):
    return positions(of: shape).map { x[0][windows.pixel(of: $0, channels: x[0].shape[3])] }
  case .accumulateWindows(let windows):
    var sums: [[Int]: Double] = [:]
    for position in positions(of: x[0].shape) {
      sums[windows.pixel(of: position, channels: shape[3]), default: 0] += x[0][position]
    }
    return positions(of: shape).map { sums[$0] ?? 0 }
  }
}

extension Windows {
  /// The pixel [n, y, x, c] that an element [n, y′, x′, row, column and channel] of the windows shows.
  fileprivate func pixel(of position: [Int], channels: Int) -> [Int] {
    [
      position[0], position[1] * verticalStride + position[3],
      position[2] * horizontalStride + position[4] / channels, position[4] % channels,
    ]
  }
}
