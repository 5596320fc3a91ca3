import Differentiation

/// A convolutional network as an agent would use it, to be measured.
struct BenchmarkConvolutions {
  let name: String
  /// Rows, columns and channels of the image, which consists of bytes.
  let image: [Int]
  /// Channels, side of the windows and stride of each convolution.
  let layers: [(channels: Int, side: Int, stride: Int)]
  /// Units behind the convolutions, and outputs.
  let sizes: [Int]

  /// The network of Young and Tian (2019) for MinAtar.
  static let minAtar = BenchmarkConvolutions(
    name: "10x10x4 3x3x16 128-3", image: [10, 10, 4], layers: [(16, 3, 1)], sizes: [128, 3])
  /// The network of Mnih and others (2015) for Atari.
  static let atari = BenchmarkConvolutions(
    name: "84x84x4 8x8x32/4 4x4x64/2 3x3x64 512-6", image: [84, 84, 4],
    layers: [(32, 8, 4), (64, 4, 2), (64, 3, 1)], sizes: [512, 6])

  func forward(batch: Int) throws -> Program<Float> {
    let (x, y, parameters) = network(in: Graph(), batch: batch)
    return try filled(x, parameters, [ProgramOutput("y", y)])
  }

  func forwardAndBackward(batch: Int) throws -> Program<Float> {
    let (x, y, parameters) = network(in: Graph(), batch: batch)
    let cotangent = y.graph.input("cotangent", shape: y.shape)
    let gradients = pullback(of: [(y, cotangent: cotangent)], to: parameters)
    return try filled(
      x, parameters + [cotangent],
      [ProgramOutput("y", y), ProgramOutput("gradient", gradients)])
  }

  private func network(
    in graph: Graph, batch: Int
  ) -> (x: Tensor, y: Tensor, parameters: [Tensor]) {
    let x = graph.byteInput("x", shape: [batch, image[0], image[1], image[2]])
    var parameters: [Tensor] = []
    func layer(_ rows: Tensor, outputs: Int) -> Tensor {
      let weight = graph.input("weight", shape: [rows.shape[1], outputs])
      let bias = graph.input("bias", shape: [outputs])
      parameters += [weight, bias]
      return rows.matrixProduct(weight) + bias
    }
    var y = x * (1 / 255)
    for (channels, side, stride) in layers {
      let taken = y.windows(Windows(side: side, stride: stride))
      let size = taken.shape[3] * taken.shape[4]
      let rows = taken.reshaped([taken.shape.count / size, size])
      y = layer(rows, outputs: channels).relu()
        .reshaped([batch, taken.shape[1], taken.shape[2], channels])
    }
    y = y.reshaped([batch, y.shape.count / batch])
    for size in sizes.dropLast() { y = layer(y, outputs: size).relu() }
    return (x, layer(y, outputs: sizes[sizes.count - 1]), parameters)
  }

  private func filled(
    _ x: Tensor, _ inputs: [Tensor], _ outputs: [ProgramOutput]
  ) throws -> Program<Float> {
    let program = try Program<Float>(stages: [ProgramStage(outputs: outputs)])
    let bytes = program.byteInputPointer(x)
    for index in 0..<x.shape.count { bytes[index] = UInt8((index * 37 + 11) % 251) }
    program.fill(inputs)
    return program
  }
}

extension Program<Float> {
  /// Inputs of ordinary size, so that no kernel meets a special case.
  func fill(_ inputs: [Tensor]) {
    for input in inputs where reads(input) {
      withInput(input) { span in
        for index in 0..<span.count { span[index] = Float((index * 37 + 11) % 101 - 50) / 400 }
      }
    }
  }
}
