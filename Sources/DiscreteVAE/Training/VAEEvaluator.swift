import Differentiation
import Foundation
import GSL
import Networks

/// Evaluates a model's bounds of log p(x), image by image.
///
/// With one sample it is the evidence lower bound, with K the importance-weighted bound of Burda et
/// al. (2016), log 1/K Σ_k p(x, b_k) / q(b_k | x), which is tighter. The two are never comparable.
package final class VAEEvaluator {
  private let program: Program<Float>
  private let rows: Int
  private let size: Int
  private let imageInput: UnsafeMutablePointer<Float>
  private let noiseInputs: [UnsafeMutableBufferPointer<Float>]
  private let bounds: UnsafeMutableBufferPointer<Float>

  /// About so many rows of samples are computed at once.
  private static let rowLimit = 500

  /// An evaluator of the parameters as they are at each call.
  ///
  /// - Parameters:
  ///   - model: what is evaluated.
  ///   - theta: its parameters, read in place.
  ///   - samples: K.
  /// - Throws: `ProgramError` when the graph cannot be compiled.
  package init(_ model: DiscreteVAE, theta: ParameterSet<Float>, samples: Int) throws {
    insist(samples >= 1, "A bound needs at least 1 sample but got \(samples).")
    let rows = max(1, Self.rowLimit / samples)
    let graph = Graph()
    let images = graph.input("images", shape: [rows, model.pixels])
    let noise = (0..<model.layerCount).map {
      graph.input("noise.\($0)", shape: [samples * rows, model.latents])
    }
    let tensors = ParameterTensors(model.layout, inputsOf: graph)
    let path = model.extend(
      LatentPath(), images: model.centered(images), noise: noise, sampling: .hard, theta: tensors)
    let logWeights = -model.negativeELBO(
      values: path.values, logits: path.logits, images: images, theta: tensors)
    let bound =
      logWeights.reshaped([samples, rows]).transposed().logSumExp() - log(Double(samples))
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: [ProgramOutput("bound", bound)])],
      bindings: tensors.bindings(to: theta))
    self.program = program
    self.rows = rows
    size = model.pixels
    imageInput = program.inputPointer(images)
    noiseInputs = noise.map {
      UnsafeMutableBufferPointer(start: program.inputPointer($0), count: $0.shape.count)
    }
    bounds = program.outputBuffer("bound")
  }

  /// The mean bound over the first images of a set.
  ///
  /// - Parameters:
  ///   - images: the set.
  ///   - limit: how many of its images at most.
  ///   - seed: of the noise, which is the same at each call.
  /// - Returns: nats per image.
  package func meanBound(
    of images: BinaryImages, limit: Int = .max, seed: UInt64
  ) -> Double {
    meanBound(of: images, limit: limit, seed: seed) { _ in }
  }

  /// The mean bound over the first images of a set, computed under someone's eyes.
  ///
  /// - Parameters:
  ///   - images: the set.
  ///   - limit: how many of its images at most.
  ///   - seed: of the noise, which is the same at each call.
  ///   - watch: is told before each chunk and at the end how many images are done; what it throws
  ///     ends the work.
  /// - Returns: nats per image.
  package func meanBound(
    of images: BinaryImages, limit: Int = .max, seed: UInt64,
    watching watch: (_ done: Int) throws -> Void
  ) rethrows -> Double {
    let count = min(limit, images.count)
    var total = 0.0
    for (chunk, start) in stride(from: 0, to: count, by: rows).enumerated() {
      try watch(start)
      let used = min(rows, count - start)
      for row in 0..<rows {
        // What is left of the last chunk repeats its last image and is not counted.
        images.write(start + min(row, used - 1), to: imageInput + row * size)
      }
      for (lane, buffer) in noiseInputs.enumerated() {
        var stream = RandomStream(
          seed: seed, purpose: "vae-evaluation", lane: UInt64(lane), episode: UInt64(chunk))
        var span = buffer.mutableSpan
        stream.fillLogistic(&span)
      }
      program.run()
      for row in 0..<used { total += Double(bounds[row]) }
    }
    try watch(count)
    return total / Double(count)
  }
}
