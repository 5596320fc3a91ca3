import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import Networks

@testable import DiscreteVAE

/// A model small enough that its gradient can be found by listing all latents.
struct TinyModel {
  static let pixels = 5
  static let latents = 3

  let model: DiscreteVAE
  let theta: ParameterSet<Double>
  /// Two images, so that rows which are mixed up are found out.
  let images: [[Double]]

  init(_ kind: ModelKind, seed: UInt64 = 1) {
    var stream = RandomStream(seed: seed, purpose: "tiny-model")
    model = DiscreteVAE(
      kind, latents: Self.latents,
      means: (0..<Self.pixels).map { _ in stream.uniform(in: 0.2...0.8) })
    theta = ParameterSet(model.layout)
    model.initialize(theta, from: &stream)
    // Biases and the prior begin at zero, which would hide mistakes in what they multiply.
    theta.values = theta.values.map { 1.5 * $0 + 0.5 * stream.gaussian() }
    images = [[1, 0, 1, 0, 1], [0, 0, 0, 1, 1]]
  }

  /// Every state of all layers, one per row, layer by layer.
  private func states(_ graph: Graph) -> [Tensor] {
    let bits = model.layerCount * Self.latents
    let count = 1 << bits
    return (0..<model.layerCount).map { layer in
      let values = (0..<count).flatMap { state in
        (0..<Self.latents).map { Double(state >> (layer * Self.latents + $0) & 1) }
      }
      return graph.literal(values, shape: [count, Self.latents])
    }
  }

  /// log p(x) of one image, from all states.
  func logLikelihood(of image: [Double]) throws -> Double {
    let graph = Graph()
    let parameters = ParameterTensors(model.layout, inputsOf: graph)
    let images = graph.literal(image, shape: [1, Self.pixels])
    let values = states(graph)
    // With logits of zero log q is the same for every state, and is taken out again.
    let logits = values.map { graph.constant(0, shape: $0.shape) }
    let f = model.negativeELBO(values: values, logits: logits, images: images, theta: parameters)
    let constant = Double(model.layerCount * Self.latents) * log(2)
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("x", (-f).logSumExp() - constant)])],
      bindings: parameters.bindings(to: theta))
    program.run()
    return program.output("x")[0]
  }

  /// The gradient by θ of E f(b), or of the bound of K samples, from all states: the mean over images.
  func exactGradient(samples: Int = 1) throws -> [Double] {
    let gradients = try images.map { try exactGradient(of: $0, samples: samples) }
    return zip(gradients[0], gradients[1]).map { ($0 + $1) / 2 }
  }

  private func exactGradient(of image: [Double], samples: Int) throws -> [Double] {
    let graph = Graph()
    let parameters = ParameterTensors(model.layout, inputsOf: graph)
    let images = graph.literal(image, shape: [1, Self.pixels])
    let values = states(graph)
    let count = values[0].shape[0]
    var logits: [Tensor] = []
    for layer in 0..<model.layerCount {
      let below = layer == 0 ? model.centered(images) : 2 * values[layer - 1] - 1
      logits.append(
        repeated(model.logits(layer, below: below, theta: parameters), rows: count))
    }
    let f = model.negativeELBO(
      values: values, logits: logits, images: images, theta: parameters)
    let logProbabilities = zip(values, logits).map { Bernoulli(logits: $1).logProbability(of: $0) }
      .reduce(graph.constant(0, shape: [count])) { $0 + $1 }
    let expectation: Tensor
    if samples == 1 {
      expectation = (logProbabilities.exp() * f).sum()
    } else {
      precondition(samples == 2)
      // −log ½ (w_i + w_j) over all pairs.
      let (a, b) = (f.reshaped([count, 1]), f.reshaped([1, count]))
      let joint =
        (logProbabilities.reshaped([count, 1]) + logProbabilities.reshaped([1, count])).exp()
      let (first, second) = (a + 0 * b, b + 0 * a)
      let pair = Tensor.concatenate(
        [-first, -second].map { $0.reshaped([count * count, 1]) }, axis: 1)
      let bound = pair.logSumExp() - 0.6931471805599453
      expectation = -(joint.reshaped([count * count]) * bound).sum()
    }
    let program = try Program<Double>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput(
            "gradient", gradient(of: expectation, withRespectTo: parameters.tensors))
        ])
      ], bindings: parameters.bindings(to: theta))
    program.run()
    return program.output("gradient")
  }
}

/// A training step of a tiny model in double precision, many times over.
final class TinyStep {
  let graph: TrainingGraph
  let phi: ParameterSet<Double>
  let program: Program<Double>
  private var stream: RandomStream
  private let noise: [UnsafeMutableBufferPointer<Double>]

  init(_ tiny: TinyModel, _ settings: EstimationSettings, batch: Int, seed: UInt64 = 7) throws {
    var settings = settings
    settings.controlUnits = [4, 4]
    settings.baselineUnits = 4
    let control = ControlVariate(tiny.model, settings)
    var stream = RandomStream(seed: seed, purpose: "tiny-step")
    let phi = ParameterSet<Double>(control.layout)
    control.initialize(phi, from: &stream)
    // Any φ will do, so it should be none that makes something vanish.
    for view in phi.layout.views where view.name.hasPrefix("scale.") { phi[view.name] = [0.8] }
    for view in phi.layout.views where view.name.hasSuffix("bias") {
      phi[view.name] = (0..<view.count).map { _ in 0.3 * stream.gaussian() }
    }
    self.stream = stream
    self.phi = phi
    let graph = TrainingGraph(tiny.model, control, settings, batch: batch, in: Graph())
    self.graph = graph
    var outputs = [
      ProgramOutput("theta", graph.thetaGradient), ProgramOutput("loss", graph.loss),
    ]
    if let objective = graph.controlObjective {
      outputs += [ProgramOutput("phi", graph.phiGradient), ProgramOutput("objective", objective)]
    }
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: outputs)],
      bindings: graph.theta.bindings(to: tiny.theta) + graph.phi.bindings(to: phi))
    self.program = program
    noise = graph.noise.filter { program.reads($0) }.map {
      UnsafeMutableBufferPointer(start: program.inputPointer($0), count: $0.shape.count)
    }
    program.withInput(graph.images) { span in
      for index in 0..<span.count {
        let (row, pixel) = index.quotientAndRemainder(dividingBy: TinyModel.pixels)
        span[index] = tiny.images[row % 2][pixel]
      }
    }
    if let center = graph.center { program.withInput(center) { $0[0] = 3 } }
  }

  /// Draws noise and computes everything.
  func run() {
    for buffer in noise {
      var span = buffer.mutableSpan
      stream.fillLogistic(&span)
    }
    program.run()
  }

  /// How many standard errors the mean of the gradient lies off the exact one, at most.
  func deviation(from exact: [Double], runs: Int) -> Double {
    var moments = exact.map { _ in RunningMoments() }
    for _ in 0..<runs {
      run()
      for (index, value) in program.outputBuffer("theta").enumerated() { moments[index].add(value) }
    }
    return zip(moments, exact).map { moments, exact in
      let distance = abs(moments.mean - exact)
      return distance <= 1e-9 ? 0 : distance / max(moments.standardError, 1e-300)
    }.max() ?? 0
  }
}
