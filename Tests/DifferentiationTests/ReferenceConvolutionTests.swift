import Differentiation
import Foundation
import Testing

/// Convolutions and pools whose derivatives PyTorch computed; `scripts/reference/convolutions_torch.py` made them.
struct ReferenceConvolutionTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    /// Rows, columns and channels.
    let image: [Int]
    /// Channels, height, width, vertical and horizontal stride of each convolution.
    let layers: [[Int]]
    let pool: String
    let outputs, batch: Int
    let x, directionOfX, weights: [Double]
    let parameters, direction: [[Double]]
    let output: [Double]
    let loss: Double
    /// Of x and of each parameter: first and last element, sum, sum of squares.
    let gradient, hessianVectorProduct: [Double]

    var testDescription: String { "\(image), \(layers), pool \(pool)" }
  }

  private struct File: Decodable {
    let cases: [Case]
  }

  static func cases() throws -> [Case] {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/convolutions.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
  }

  /// The network of a case, from x and parameters to outputs.
  private func network(_ network: Case, _ x: Tensor, _ parameters: [Tensor]) -> Tensor {
    var y = x
    for (index, layer) in network.layers.enumerated() {
      let taken = y.windows(
        Windows(
          height: layer[1], width: layer[2], verticalStride: layer[3], horizontalStride: layer[4]))
      let size = taken.shape[3] * taken.shape[4]
      let product = taken.reshaped([taken.shape.count / size, size])
        .matrixProduct(parameters[2 * index].reshaped([size, layer[0]]))
      y = (product + parameters[2 * index + 1]).tanh()
        .reshaped([network.batch, taken.shape[1], taken.shape[2], layer[0]])
    }
    switch network.pool {
    case "average": y = y.averagePooled(Windows(side: 2, stride: 2))
    case "maximum": y = y.maximumPooled(Windows(side: 2, stride: 2))
    default: break
    }
    y = y.reshaped([network.batch, y.shape.count / network.batch])
    let count = parameters.count
    return y.matrixProduct(parameters[count - 2]) + parameters[count - 1]
  }

  @Test(arguments: try cases())
  func `values, gradients and Hessian–vector products are PyTorch's`(network: Case) throws {
    let graph = Graph()
    let (height, width, channels) = (network.image[0], network.image[1], network.image[2])
    let x = graph.input("x", shape: [network.batch, height, width, channels])
    var parameters: [Tensor] = []
    var inputs = channels
    for layer in network.layers {
      parameters.append(graph.input("weight", shape: [layer[1], layer[2], inputs, layer[0]]))
      parameters.append(graph.input("bias", shape: [layer[0]]))
      inputs = layer[0]
    }
    let features = network.parameters[network.parameters.count - 2].count / network.outputs
    parameters.append(graph.input("weight", shape: [features, network.outputs]))
    parameters.append(graph.input("bias", shape: [network.outputs]))

    let y = self.network(network, x, parameters)
    let loss = (graph.literal(network.weights, shape: y.shape) * y.squared()).sum()
    let variables = [x] + parameters
    let gradients = gradient(of: loss, withRespectTo: variables)
    let direction = zip(variables, [network.directionOfX] + network.direction).map {
      graph.literal($1, shape: $0.shape)
    }
    let slope = zip(gradients, direction).map { ($0 * $1).sum() }
      .reduce(graph.constant(0), +)
    let second = gradient(of: slope, withRespectTo: variables)
    let forward = directionalDerivative(
      of: gradients, along: zip(variables, direction).map { (input: $0, tangent: $1) })
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [
        ProgramOutput("output", y), ProgramOutput("loss", loss),
        ProgramOutput("gradient", gradients), ProgramOutput("second", second),
        ProgramOutput("forward", forward),
      ])
    ])
    for (variable, elements) in zip(variables, [network.x] + network.parameters) {
      fill(program, variable, elements)
    }
    program.run()
    let counts = variables.map(\.shape.count)
    expectEqual(program.output("output"), network.output, "output")
    expectEqual(program.output("loss"), [network.loss], "loss")
    expectEqual(projections(program.output("gradient"), counts), network.gradient, "gradient")
    for name in ["second", "forward"] {
      expectEqual(projections(program.output(name), counts), network.hessianVectorProduct, name)
    }
  }
}
