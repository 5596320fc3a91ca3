import Differentiation
import GSL
import TestSupport
import Testing

/// A network on two blocks of rows at once, of which one enters the result.
@Suite struct `Rows of zeros` {
  private static let (rows, inputs, units) = (6, 4, 5)

  private static func arguments(seed: UInt64) -> [(shape: Shape, elements: [Double])] {
    var stream = RandomStream(seed: seed, purpose: "padded-rows")
    let shapes: [Shape] = [
      [2 * rows, inputs], [inputs, units], [units], [units, units], [units], [units, 1],
    ]
    return shapes.map { shape in (shape, (0..<shape.count).map { _ in stream.gaussian() }) }
  }

  enum Activation: CaseIterable { case tanh, relu, elu, softplus }

  private static func network(_ z: Tensor, _ w: [Tensor], _ activation: Activation) -> Tensor {
    func activated(_ x: Tensor) -> Tensor {
      switch activation {
      case .tanh: x.tanh()
      case .relu: x.relu()
      case .elu: x.elu()
      case .softplus: x.softplus()
      }
    }
    let first = activated(z.matrixProduct(w[0]) + w[1])
    let second = activated(first.matrixProduct(w[2]) + w[3])
    return second.matrixProduct(w[4]).reshaped([z.shape[0]])
  }

  /// Something like RELAX's objective: values of one block, derivatives of both.
  private static func objective(
    _ x: [Tensor], _ activation: Activation,
    half: (Tensor) -> Tensor = { $0.slice(rows..<2 * rows) }
  ) -> Tensor {
    let values = network(x[0], Array(x.dropFirst()), activation)
    let slope = gradient(of: values.sum(), withRespectTo: [x[0]])[0]
    let half = half(values)
    let difference = slope.slice(0..<rows) - slope.slice(rows..<2 * rows)
    return ((1 - half).reshaped([rows, 1]) * 0.5 + difference).squared().sum()
  }

  // Not those with a kink, which a finite difference might step over.
  @Test(arguments: [Activation.tanh, .softplus])
  func `do not change derivatives of first and second order`(activation: Activation) throws {
    let report = try checkDerivatives(Self.arguments(seed: 1)) {
      Self.objective($0, activation)
    }
    #expect(report.isExact, "\(report)")
  }

  @Test(arguments: Activation.allCases, [1, 2])
  func `give what a product with a selection matrix gives`(
    activation: Activation, seed: UInt64
  ) throws {
    let graph = Graph()
    let x = Self.arguments(seed: seed).map { graph.literal($0.elements, shape: $0.shape) }
    let (rows, all) = (Self.rows, 2 * Self.rows)
    let selection = graph.literal(
      (0..<rows * all).map { $0 % all == rows + $0 / all ? 1 : 0 }, shape: [rows, all])
    let padded = gradient(of: Self.objective(x, activation), withRespectTo: x)
    let dense = gradient(
      of: Self.objective(x, activation) {
        selection.matrixProduct($0.reshaped([all, 1])).reshaped([rows])
      }, withRespectTo: x)
    let found = try evaluate(padded + dense, [])
    for index in x.indices {
      for (a, b) in zip(found[index], found[index + x.count]) {
        #expect(abs(a - b) <= 1e-11 * max(1, abs(b)))
      }
      #expect(found[index].contains { $0 != 0 })
    }
  }

  @Test func `are left out of matrix products`() throws {
    func flops(_ isSliced: Bool) throws -> Int {
      let graph = Graph()
      let x = Self.arguments(seed: 1).enumerated().map {
        graph.input("x\($0.offset)", shape: $0.element.shape)
      }
      let values = Self.network(x[0], Array(x.dropFirst()), .relu)
      let used = isSliced ? values.slice(0..<Self.rows) : values
      let slopes = gradient(of: used.squared().sum(), withRespectTo: Array(x.dropFirst()))
      let program = try Program<Double>(stages: [
        ProgramStage(outputs: [ProgramOutput("slopes", slopes)])
      ])
      return program.cost(ofStage: 0).matrixFlops
    }
    // The forward pass is for all rows; what follows is for half of them.
    let forward =
      2 * 2 * Self.rows
      * (Self.inputs * Self.units + Self.units * Self.units + Self.units)
    let (all, half) = (try flops(false), try flops(true))
    #expect(half - forward <= (all - forward) / 2)
    #expect(half < all)
  }
}
