import Differentiation
import Foundation
import Testing

/// Networks whose derivatives PyTorch computed; `scripts/reference/networks_torch.py` made them.
struct ReferenceNetworkTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let activation: String
    let sizes: [Int]
    let batch: Int
    let x, weights: [Double]
    let parameters, direction: [[Double]]
    let output: [Double]
    let loss: Double
    /// Per parameter: first and last element, sum, sum of squares.
    let gradient, hessianVectorProduct: [Double]

    var testDescription: String { "\(activation) \(sizes)" }
  }

  private struct File: Decodable {
    let cases: [Case]
  }

  static func cases() throws -> [Case] {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/networks.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
  }

  @Test(arguments: try cases())
  func `values, gradients and Hessian–vector products are PyTorch's`(network: Case) throws {
    let graph = Graph()
    let x = graph.input("x", shape: [network.batch, network.sizes[0]])
    let parameters = zip(network.sizes, network.sizes.dropFirst()).flatMap { rows, columns in
      [graph.input("weight", shape: [rows, columns]), graph.input("bias", shape: [columns])]
    }
    var y = x
    for layer in 0..<network.sizes.count - 1 {
      y = y.matrixProduct(parameters[2 * layer]) + parameters[2 * layer + 1]
      guard layer < network.sizes.count - 2 else { break }
      switch network.activation {
      case "tanh": y = y.tanh()
      case "relu": y = y.relu()
      default: y = y.elu()
      }
    }
    let loss = (graph.literal(network.weights, shape: y.shape) * y.squared()).sum()
    let gradients = gradient(of: loss, withRespectTo: parameters)
    let direction = zip(parameters, network.direction).map { graph.literal($1, shape: $0.shape) }
    let slope = zip(gradients, direction).map { ($0 * $1).sum() }
      .reduce(graph.constant(0), +)
    let second = gradient(of: slope, withRespectTo: parameters)
    let forward = directionalDerivative(
      of: gradients, along: zip(parameters, direction).map { (input: $0, tangent: $1) })
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [
        ProgramOutput("output", y), ProgramOutput("loss", loss),
        ProgramOutput("gradient", gradients), ProgramOutput("second", second),
        ProgramOutput("forward", forward),
      ])
    ])
    fill(program, x, network.x)
    for (parameter, elements) in zip(parameters, network.parameters) {
      fill(program, parameter, elements)
    }
    program.run()
    let counts = parameters.map(\.shape.count)
    expectEqual(program.output("output"), network.output, "output")
    expectEqual(program.output("loss"), [network.loss], "loss")
    expectEqual(projections(program.output("gradient"), counts), network.gradient, "gradient")
    for name in ["second", "forward"] {
      expectEqual(
        projections(program.output(name), counts), network.hessianVectorProduct, name)
    }
  }
}

/// A few numbers that tell tensors apart: of each the first and the last element, sum, sum of squares.
func projections(_ elements: [Double], _ counts: [Int]) -> [Double] {
  var start = 0
  return counts.flatMap { count in
    let part = elements[start..<start + count]
    start += count
    return [
      part.first ?? .nan, part.last ?? .nan, part.reduce(0, +), part.reduce(0) { $0 + $1 * $1 },
    ]
  }
}

/// Compares with PyTorch's numbers.
func expectEqual(_ found: [Double], _ expected: [Double], _ what: String) {
  #expect(found.count == expected.count)
  for (index, pair) in zip(found, expected).enumerated() {
    #expect(
      abs(pair.0 - pair.1) <= 1e-10 * max(1, abs(pair.1)),
      "\(what)[\(index)]: \(pair.0), PyTorch \(pair.1)")
  }
}
