import Differentiation
import Distributions
import Foundation
import GSL
import Networks

// Shapes: B images of a batch, K samples for each, D pixels, H latents of a layer, L layers. Rows of
// samples are K blocks of B. Layer 0 is the one next to the image.

/// A variational autoencoder with layers of Bernoulli latents.
///
/// Tucker et al. (2017) and Grathwohl et al. (2018). Latents enter networks as 2b − 1, images minus
/// their mean; the prior of the top layer is factorial and learned. It owns no numbers: it knows
/// the names of its parameters in a layout.
package struct DiscreteVAE: Sendable {
  /// Which model.
  package let kind: ModelKind
  /// D.
  package let pixels: Int
  /// H, the same in each layer.
  package let latents: Int
  /// The mean of each pixel over the training images, `[D]`.
  package let means: [Double]
  /// θ.
  package let layout: ParameterLayout
  /// From the layer below (the image for layer 0) to the logits of layer l.
  package let encoders: [any Network]
  /// From layer l to what lies below: the logits of layer l − 1, of the image for layer 0.
  package let decoders: [any Network]

  /// The logits of the top layer's prior.
  private static let prior = "prior"

  /// A model for images of the given means.
  ///
  /// - Parameters:
  ///   - kind: which model.
  ///   - latents: H; the published models have 200.
  ///   - means: of the training images, `[D]`.
  package init(_ kind: ModelKind, latents: Int, means: [Double]) {
    self.kind = kind
    self.latents = latents
    self.means = means
    pixels = means.count
    var layout = ParameterLayout()
    // A tanh unit's slope at the start is about 1, hence the gain of 1 throughout.
    func network(_ name: String, _ inputs: Int, _ outputs: Int) -> any Network {
      MLP(
        name,
        MLPConfiguration(
          inputSize: inputs, hiddenSizes: kind == .nonlinear ? [latents, latents] : [],
          outputSize: outputs, activation: .tanh, hiddenGain: 1, outputGain: 1), in: &layout)
    }
    let sizes = [means.count] + Array(repeating: latents, count: kind.layerCount)
    encoders = (0..<kind.layerCount).map { network("encoder.\($0)", sizes[$0], latents) }
    decoders = (0..<kind.layerCount).map { network("decoder.\($0)", latents, sizes[$0]) }
    layout.add(Self.prior, [latents])
    self.layout = layout
  }

  /// L.
  package var layerCount: Int { kind.layerCount }

  /// The logits of the top layer's prior, `[H]`.
  func prior(_ theta: ParameterTensors) -> Tensor { theta[Self.prior] }

  /// Draws θ anew; the image's bias begins at the logits of the means.
  ///
  /// The authors add those logits as a constant beside a bias that begins at 0, which is the same
  /// function and the same gradient.
  package func initialize<Scalar>(_ theta: ParameterSet<Scalar>, from stream: inout RandomStream) {
    for network in encoders + decoders { network.initialize(theta, from: &stream) }
    if let bias = decoders[0].parameters.last {
      theta[bias.name] = means.map { mean in
        let probability = min(max(mean, 0.001), 0.999)
        return Scalar(log(probability / (1 - probability)))
      }
    }
  }

  /// The parameters of the encoder of a layer, which its logits depend on.
  package func encoderParameters(_ layer: Int) -> [String] {
    encoders[layer].parameters.map(\.name)
  }

  /// x minus its mean, `[B, D]`.
  package func centered(_ images: Tensor) -> Tensor {
    images - images.graph.literal(means, shape: [pixels])
  }

  /// The logits of q in a layer, given what lies below it: centered images for layer 0, else 2v − 1.
  package func logits(_ layer: Int, below: Tensor, theta: ParameterTensors) -> Tensor {
    encoders[layer](below, parameters: theta)
  }

  /// f = −log p(x, v) + log q(v | x), minus the evidence lower bound of one sample.
  ///
  /// Linear in each log-probability's value, so that v may lie between 0 and 1.
  ///
  /// - Parameters:
  ///   - values: v of each layer, with rows B or K·B.
  ///   - logits: those of q for each layer, with rows B or K·B.
  ///   - images: `[B, D]`, zeros and ones.
  ///   - theta: the parameters.
  /// - Returns: f, `[K·B]`.
  package func negativeELBO(
    values: [Tensor], logits: [Tensor], images: Tensor, theta: ParameterTensors
  ) -> Tensor {
    localTerms(values: values, logits: logits, images: images, theta: theta)[0]
  }

  /// What of f depends on v of each layer and of those above, f itself for the lowest.
  ///
  /// Sums of −log p(v_{l−1} | v_l) + log q(v_l | v_{l−1}) from a layer upwards, with v_{−1} = x, and
  /// of −log p(v) of the top layer.
  ///
  /// - Parameters:
  ///   - values: v of each layer, with rows B or K·B.
  ///   - logits: those of q for each layer, with rows B or K·B.
  ///   - images: `[B, D]`, zeros and ones.
  ///   - theta: the parameters.
  /// - Returns: for each layer `[K·B]`.
  package func localTerms(
    values: [Tensor], logits: [Tensor], images: Tensor, theta: ParameterTensors
  ) -> [Tensor] {
    let batch = images.shape[0]
    var above = -logProbability(of: values[layerCount - 1], logits: theta[Self.prior], batch)
    var terms: [Tensor] = []
    for layer in (0..<layerCount).reversed() {
      let predicted = decoders[layer](2 * values[layer] - 1, parameters: theta)
      let below = layer == 0 ? images : values[layer - 1]
      above =
        above + logProbability(of: values[layer], logits: logits[layer], batch)
        - logProbability(of: below, logits: predicted, batch)
      terms.append(above.reshaped([above.shape.count]))
    }
    return terms.reversed()
  }

  /// log p(v), `[K, B]` where the value or the logits have K·B rows, with K = 1 where they have B.
  private func logProbability(of value: Tensor, logits: Tensor, _ batch: Int) -> Tensor {
    func blocks(_ tensor: Tensor) -> Tensor {
      guard tensor.shape.rank == 2 else { return tensor }
      let width = tensor.shape[1]
      return tensor.reshaped([tensor.shape[0] / batch, batch, width])
    }
    let (v, l) = (blocks(value), blocks(logits))
    // softplus depends on the logits alone: it is summed in their own shape.
    return (v * l).sum(axis: 2) - l.softplus().sum(axis: l.shape.rank - 1)
  }
}
