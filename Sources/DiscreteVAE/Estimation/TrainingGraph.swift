import Differentiation
import Distributions
import Estimators
import Networks

/// One training step as a graph: the gradient by θ, that by φ, and what is reported.
///
/// The gradient of E_q[f] has two parts: that of f at given latents, which reaches the decoder and
/// the prior, and for each layer of latents an estimate by its logits, which the encoder's pullback
/// carries on. The derivative of log q(b) itself is left out of the first part: its mean is zero.
package struct TrainingGraph {
  /// `[B, D]`.
  package let images: Tensor
  /// Logistic variates, drawn anew for each step.
  package let noise: [Tensor]
  /// The running mean of f, a scalar, for estimators that have one.
  package let center: Tensor?
  /// θ and φ.
  package let theta: ParameterTensors
  /// φ.
  package let phi: ParameterTensors
  /// By θ, in its order.
  package let thetaGradient: [Tensor]
  /// By φ, in its order; empty without φ.
  package let phiGradient: [Tensor]
  /// What φ's gradient is of, a scalar; nil without φ.
  package let controlObjective: Tensor?
  /// `[B]`: what is minimized, for each image, in one sample.
  package let loss: Tensor

  /// Writes the step down.
  ///
  /// - Parameters:
  ///   - model: what is trained.
  ///   - control: φ's names, made for the same settings.
  ///   - settings: how to estimate.
  ///   - batch: B.
  ///   - graph: where to.
  package init(
    _ model: DiscreteVAE, _ control: ControlVariate, _ settings: EstimationSettings, batch: Int,
    in graph: Graph
  ) {
    let images = graph.input("images", shape: [batch, model.pixels])
    let samples = settings.estimator.hasSamples ? settings.samples : 1
    let isIndependent = settings.estimator.hasControlVariate && !settings.isCoupled
    let main = Self.noise("noise", model, rows: samples * batch, in: graph)
    let conditional =
      isIndependent ? Self.noise("conditional", model, rows: batch, in: graph) : []
    let theta = ParameterTensors(model.layout, inputsOf: graph)
    let phi = ParameterTensors(control.layout, inputsOf: graph)
    let center = settings.estimator.hasCenter ? graph.input("center", shape: []) : nil
    let parts = EstimateBuilder(
      model: model, control: control, settings: settings, images: images,
      centered: model.centered(images), noise: main, conditionalNoise: conditional, center: center,
      theta: theta, phi: phi, batch: batch
    ).build()
    let assembly = GradientAssembly(
      model: model, settings: settings, parts: parts, theta: theta, phi: phi, batch: batch)

    self.images = images
    self.noise = main + conditional
    self.center = center
    self.theta = theta
    self.phi = phi
    loss = parts.loss
    (thetaGradient, controlObjective) = assembly.gradients()
    phiGradient =
      controlObjective.map { gradient(of: $0, withRespectTo: phi.tensors) } ?? []
  }

  private static func noise(
    _ name: String, _ model: DiscreteVAE, rows: Int, in graph: Graph
  ) -> [Tensor] {
    (0..<model.layerCount).map { graph.input("\(name).\($0)", shape: [rows, model.latents]) }
  }
}

/// Puts the parts of an estimate together.
private struct GradientAssembly {
  let model: DiscreteVAE
  let settings: EstimationSettings
  let parts: EstimateBuilder.Parts
  let theta: ParameterTensors
  let phi: ParameterTensors
  let batch: Int

  /// The gradient by θ, and what φ makes small.
  func gradients() -> (theta: [Tensor], controlObjective: Tensor?) {
    let graph = parts.loss.graph
    var cotangents = parts.direct.map { term in
      (term.loss, cotangent: graph.constant(term.weight / Double(batch), shape: term.loss.shape))
    }
    var scaled: [String: Tensor] = [:]
    var objectives = parts.controlLoss.map { [$0] } ?? []
    for (layer, estimate) in parts.estimates.enumerated() {
      if let term = estimate.controlTerm {
        let (names, gradients) = parameterGradients(layer, estimate.score, term)
        for (name, gradient) in zip(names, gradients) { scaled[name] = gradient }
        objectives += gradients.map { $0.squared().sum() }
        continue
      }
      let logits = estimate.score.parameters[0]
      let gradient = estimate.score.distributionGradient[0]
      cotangents.append((logits, cotangent: gradient * (1 / Double(batch))))
      if settings.estimator.hasControlVariate {
        objectives.append(gradient.squared().sum() * (1 / Double(batch)))
      }
    }
    var result = pullback(of: cotangents, to: theta.tensors)
    for (index, name) in theta.layout.names.enumerated() {
      if let estimate = scaled[name] { result[index] = result[index] + estimate }
    }
    guard let first = objectives.first else { return (result, nil) }
    return (result, objectives.dropFirst().reduce(first) { $0 + $1 })
  }

  /// The estimate by each parameter of a layer's encoder, with a scale of its own for each.
  private func parameterGradients(
    _ layer: Int, _ score: GradientEstimate, _ term: GradientEstimate
  ) -> (names: [String], gradients: [Tensor]) {
    let names = model.encoderParameters(layer)
    let targets = names.map { theta[$0] }
    let weights = parts.loss.graph.constant(1 / Double(batch), shape: [batch])
    let plain = score.pulledBack(to: targets, weights: weights)
    let control = term.pulledBack(to: targets, weights: weights)
    let gradients = names.indices.map { index in
      guard settings.estimator.hasRelaxation else { return plain[index] + control[index] }
      return plain[index] + phi[ControlVariate.scale(names[index])] * control[index]
    }
    return (names, gradients)
  }
}
