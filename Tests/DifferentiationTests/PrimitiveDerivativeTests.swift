import Differentiation
import TestSupport
import Testing

/// An expression by name, so that a failing test says which.
struct Expression: Sendable, CustomTestStringConvertible {
  let name: String
  let arguments: [(shape: Shape, elements: [Double])]
  /// Whether each element stands for itself: then each is checked alone, lest e³⁰ drown the others.
  var isPointwise = false
  let build: @Sendable ([Tensor]) -> Tensor

  var points: [[(shape: Shape, elements: [Double])]] {
    isPointwise ? arguments[0].elements.map { [([1], [$0])] } : [arguments]
  }

  var testDescription: String { name }
}

/// Arguments that have broken formulas before: large, tiny, of both signs.
private let awkward: [Double] = [-30, -4, -1.25, -0.3, -1e-3, 1e-3, 0.4, 1.5, 6, 30]
private let positive: [Double] = [1e-3, 0.02, 0.4, 1, 1.5, 7, 300]

private func unary(
  _ name: String, _ elements: [Double] = awkward, _ build: @escaping @Sendable (Tensor) -> Tensor
) -> Expression {
  Expression(name: name, arguments: [([elements.count], elements)], isPointwise: true) {
    build($0[0])
  }
}

private let matrix: (shape: Shape, elements: [Double]) = (
  [3, 4], [0.3, -1.2, 2.5, 0.1, -0.7, 1.9, -0.4, 0.8, 1.1, -2.2, 0.6, -0.9]
)
private let row: (shape: Shape, elements: [Double]) = ([4], [0.5, -1.5, 2.1, 0.7])
private let pixels: [Double] = (0..<48).map { (index: Int) -> Double in
  let whole = (index * 37 + 11) % 53
  return Double(whole - 26) / 20
}
/// Two images of 4 × 3 pixels with 2 channels.
private let images: (shape: Shape, elements: [Double]) = ([2, 4, 3, 2], pixels)
private let column: (shape: Shape, elements: [Double]) = ([3, 1], [1.3, -0.6, 0.9])

private func binary(
  _ name: String, _ build: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> [Expression] {
  let seconds: [(name: String, argument: (shape: Shape, elements: [Double]))] = [
    ("equal shapes", ([3, 4], matrix.elements.reversed().map { 0.9 * $0 + 0.11 })), ("a row", row),
    ("a column", column), ("a scalar", ([], [0.85])),
  ]
  return seconds.map { second in
    Expression(name: "\(name) with \(second.name)", arguments: [matrix, second.argument]) {
      build($0[0], $0[1])
    }
  }
}

private let expressions: [Expression] =
  [
    unary("exp") { $0.exp() },
    unary("log", positive) { $0.log() },
    unary("log(1 + x)", positive + [-0.9, -0.2]) { $0.logOnePlus() },
    unary("exp(x) - 1") { $0.expMinusOne() },
    unary("tanh") { $0.tanh() },
    unary("sigmoid") { $0.sigmoid() },
    unary("softplus") { $0.softplus() },
    unary("ReLU") { $0.relu() },
    unary("ELU") { $0.elu() },
    unary("square") { $0.squared() },
    unary("square root", positive) { $0.squareRoot() },
    unary("absolute value") { $0.absolute() },
    unary("reciprocal") { $0.reciprocal() },
    unary("scale and offset") { 3 * $0 - 2 },
    unary("sum") { $0.squared().sum() },
    unary("stopped factor") { ($0.stopGradient() * 0 + 2) * $0.squared() },
    Expression(name: "sum over axis 0", arguments: [matrix]) { $0[0].squared().sum(axis: 0) },
    Expression(name: "mean over axis 1", arguments: [matrix]) { $0[0].exp().mean(axis: 1) },
    Expression(name: "max over axis 1", arguments: [matrix]) { $0[0].max(axis: 1).squared() },
    Expression(name: "min over axis 0", arguments: [matrix]) { $0[0].min(axis: 0).squared() },
    Expression(name: "log-sum-exp", arguments: [matrix]) { $0[0].logSumExp() },
    Expression(name: "log-softmax", arguments: [matrix]) { $0[0].logSoftmax() },
    Expression(name: "softmax", arguments: [matrix]) { $0[0].softmax() },
    Expression(name: "reshape", arguments: [matrix]) { $0[0].reshaped([2, 6]).exp() },
    Expression(name: "transpose", arguments: [matrix]) { $0[0].transposed().exp() },
    Expression(name: "permutation of three axes", arguments: [([2, 3, 2], matrix.elements)]) {
      $0[0].transposed(permutation: [2, 0, 1]).squared()
    },
    Expression(name: "broadcast", arguments: [column]) { $0[0].broadcast(to: [2, 3, 4]).exp() },
    Expression(name: "slice of rows", arguments: [matrix]) { $0[0].slice(1..<3).squared() },
    Expression(name: "slice of columns", arguments: [matrix]) { $0[0].slice(axis: 1, 1..<3).exp() },
    Expression(name: "concatenate columns", arguments: [matrix, column]) {
      Tensor.concatenate([$0[0].squared(), $0[1].exp()], axis: 1)
    },
    Expression(name: "concatenate rows", arguments: [matrix, matrix]) {
      Tensor.concatenate([$0[0].squared(), $0[1].exp()], axis: 0)
    },
    Expression(name: "windows", arguments: [images]) {
      $0[0].windows(Windows(side: 2)).tanh()
    },
    Expression(name: "windows with strides", arguments: [images]) {
      $0[0].squared().windows(
        Windows(height: 2, width: 1, verticalStride: 2, horizontalStride: 2)
      ).exp()
    },
    Expression(name: "convolution", arguments: [images, ([8, 3], Array(pixels[9..<33]))]) {
      $0[0].windows(Windows(side: 2)).reshaped([12, 8]).matrixProduct($0[1]).tanh()
    },
    Expression(name: "average pool", arguments: [images]) {
      $0[0].tanh().averagePooled(Windows(side: 2, stride: 1)).squared()
    },
    Expression(name: "maximum pool", arguments: [images]) {
      $0[0].maximumPooled(Windows(height: 3, width: 2)).squared()
    },
    Expression(name: "gather", arguments: [matrix]) {
      $0[0].exp().gather($0[0].graph.literal([2, 0, 3], shape: [3]))
    },
    Expression(name: "select by comparison", arguments: [matrix, row]) {
      Tensor.greater($0[0], $0[1]).select($0[0].squared(), otherwise: $0[1].exp())
    },
    Expression(name: "outer broadcast of both", arguments: [column, row]) { $0[0] * $0[1].exp() },
    Expression(
      name: "broadcast no single pass can do",
      arguments: [([2, 1, 3], Array(matrix.elements[..<6])), ([1, 4, 1], row.elements)]
    ) {
      $0[0].exp() * $0[1].squared()
    },
  ]
  + binary("sum", { $0 + $1 })
  + binary("difference", { $0 - $1 })
  + binary("reversed difference", { $1 - $0 })
  + binary("product", { $0 * $1 })
  + binary("quotient", { $0 / $1 })
  + binary("reversed quotient", { $1 / $0 })
  + binary("minimum", { Tensor.minimum($0, $1).squared() })
  + binary("maximum", { Tensor.maximum($0, $1).squared() })
  + [(false, false), (false, true), (true, false), (true, true)].map { left, right in
    Expression(
      name: "matrix product \(left ? "Aᵀ" : "A") \(right ? "Bᵀ" : "B")",
      arguments: [
        (left ? [4, 3] : [3, 4], matrix.elements),
        (right ? [2, 4] : [4, 2], row.elements + row.elements.map { 1 - $0 }),
      ]
    ) {
      $0[0].matrixProduct($0[1], transposingSelf: left, transposingOther: right).tanh()
    }
  }

struct PrimitiveDerivativeTests {
  @Test(arguments: expressions)
  func `first and second derivatives agree with finite differences`(expression: Expression) throws {
    for point in expression.points {
      let report = try checkDerivatives(point, expression.build)
      #expect(report.isExact, "\(expression.name) at \(point): \(report)")
    }
  }

  @Test(arguments: expressions)
  func `single precision agrees with double precision`(expression: Expression) throws {
    let graph = Graph()
    let inputs = expression.arguments.map { graph.input("x", shape: $0.shape) }
    let result = expression.build(inputs)
    let outputs = [result] + gradient(of: result.sum(), withRespectTo: inputs)
    let values = zip(inputs, expression.arguments).map { ($0, $1.elements) }
    let exact = try evaluate(outputs, values, as: Double.self)
    let single = try evaluate(outputs, values, as: Float.self)
    for (a, b) in zip(exact.joined(), single.joined()) {
      #expect(abs(a - b) <= 2e-5 * max(1, abs(a)), "\(expression.name): \(b) against \(a)")
    }
  }

  @Test func `a wrong derivative is caught`() throws {
    let report = try checkDerivatives([([2], [0.3, 0.7])]) { x in
      // The derivative of one factor is stopped: half of it is missing.
      x[0].stopGradient() * x[0]
    }
    #expect(!report.isExact)
  }
}
