import Differentiation
import Distributions
import Formats
import GSL
import Networks

/// A sheet of images: test images, their reconstructions, and samples of the model.
package enum ImageSheet {
  private static let columns = 10
  // 28 pixels would be hard to see.
  private static let scale = 3

  /// Draws a sheet as a PNG file.
  ///
  /// Pairs of rows have test images above and reconstructions below, and as many rows of samples
  /// follow. Pixels are the probabilities of white.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - theta: its parameters.
  ///   - images: the test images, the first of which are shown.
  ///   - seed: of the latents.
  /// - Returns: the bytes of the file.
  /// - Throws: `ProgramError` when the graph cannot be compiled.
  package static func png(
    _ model: DiscreteVAE, theta: ParameterSet<Float>, images: BinaryImages, seed: UInt64
  ) throws -> [UInt8] {
    let rows = 2 * columns
    let graph = Graph()
    let input = graph.input("images", shape: [rows, model.pixels])
    let noise = (0..<2 * model.layerCount).map {
      graph.input("noise.\($0)", shape: [rows, model.latents])
    }
    let tensors = ParameterTensors(model.layout, inputsOf: graph)
    let path = model.extend(
      LatentPath(), images: model.centered(input), noise: Array(noise[..<model.layerCount]),
      sampling: .hard, theta: tensors)
    let program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput(
            "reconstructions", model.image(of: path.values[0], theta: tensors).sigmoid()),
          ProgramOutput(
            "samples",
            model.sample(noise: Array(noise[model.layerCount...]), theta: tensors).sigmoid()),
        ])
      ], bindings: tensors.bindings(to: theta))
    for row in 0..<rows {
      images.write(
        row % images.count, to: program.inputPointer(input) + row * model.pixels)
    }
    for (lane, tensor) in noise.enumerated() where program.reads(tensor) {
      var stream = RandomStream(seed: seed, purpose: "vae-sheet", lane: UInt64(lane))
      program.withInput(tensor) { stream.fillLogistic(&$0) }
    }
    program.run()
    let originals = Array(
      UnsafeBufferPointer(start: program.inputPointer(input), count: rows * model.pixels))
    let sheet = Sheet(
      height: images.height, width: images.width, columns: columns, scale: scale)
    let reconstructions = program.output("reconstructions")
    let half = columns * model.pixels
    var all: [Float] = []
    for part in [0..<half, half..<2 * half] {
      all += originals[part]
      all += reconstructions[part]
    }
    all += program.output("samples")
    return sheet.png(all)
  }
}

/// Images side by side with a line between.
private struct Sheet {
  let height: Int
  let width: Int
  let columns: Int
  /// Pixels of the sheet for each of an image's, in both directions.
  let scale: Int

  func png(_ images: [Float]) -> [UInt8] {
    let count = images.count / (height * width)
    let (tall, wide) = (scale * height, scale * width)
    let (rows, sheetWidth) = ((count + columns - 1) / columns, columns * (wide + 1) + 1)
    var pixels = [UInt8](repeating: 96, count: (rows * (tall + 1) + 1) * sheetWidth)
    for image in 0..<count {
      let (top, left) = (image / columns * (tall + 1) + 1, image % columns * (wide + 1) + 1)
      for row in 0..<tall {
        for column in 0..<wide {
          let value = images[(image * height + row / scale) * width + column / scale]
          pixels[(top + row) * sheetWidth + left + column] = UInt8(255 * min(max(value, 0), 1))
        }
      }
    }
    return PNGImage.encoded(width: sheetWidth, pixels: pixels)
  }
}

extension DiscreteVAE {
  /// The logits of the image given the lowest layer.
  func image(of values: Tensor, theta: ParameterTensors) -> Tensor {
    decoders[0](2 * values - 1, parameters: theta)
  }

  /// The logits of images drawn from the model, with logistic noise for each layer.
  func sample(noise: [Tensor], theta: ParameterTensors) -> Tensor {
    let shape = noise[0].shape
    var logits = prior(theta).reshaped([1, latents]).broadcast(to: shape)
    var value = Bernoulli(logits: logits).sample(noise: noise[layerCount - 1])
    for layer in (0..<layerCount).dropFirst().reversed() {
      logits = decoders[layer](2 * value - 1, parameters: theta)
      value = Bernoulli(logits: logits).sample(noise: noise[layer - 1])
    }
    return image(of: value, theta: theta)
  }
}
