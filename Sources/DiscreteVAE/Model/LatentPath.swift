import Differentiation
import Distributions
import Networks

/// The latents of every layer, sampled from the image upwards.
package struct LatentPath {
  /// The logits of q in each layer.
  package var logits: [Tensor] = []
  /// z of each layer, where it was drawn by relaxation.
  package var relaxed: [Tensor] = []
  /// What each layer passes on: b, σ_λ(z) or a mean.
  package var values: [Tensor] = []

  /// q of a layer, given what lies below it.
  func distribution(_ layer: Int) -> Bernoulli { Bernoulli(logits: logits[layer]) }

  /// The same latents, through whose logits no derivative passes.
  var withConstantLogits: LatentPath {
    LatentPath(logits: logits.map { $0.stopGradient() }, relaxed: relaxed, values: values)
  }
}

extension DiscreteVAE {
  /// What a layer's logits become.
  package enum Sampling {
    /// b = H(z).
    case hard
    /// σ_λ(z), with λ of each layer.
    case concrete(temperatures: [Tensor])
    /// θ = σ(ℓ), without noise.
    case mean
    /// b, while derivatives are those of θ.
    case straightThrough
  }

  /// Goes on upwards from a path's lower layers.
  ///
  /// - Parameters:
  ///   - path: the layers so far; an empty path begins at the image.
  ///   - images: centered, `[B, D]`.
  ///   - noise: logistic variates of each layer, `[B, H]` or `[K·B, H]`; the layers of the path do
  ///     not use theirs.
  ///   - sampling: what the further layers become.
  ///   - theta: the parameters.
  /// - Returns: the path with all layers.
  package func extend(
    _ path: LatentPath, images: Tensor, noise: [Tensor], sampling: Sampling,
    theta: ParameterTensors
  ) -> LatentPath {
    var path = path
    for layer in path.values.count..<layerCount {
      let below = layer == 0 ? images : 2 * path.values[layer - 1] - 1
      let logits = repeated(
        logits(layer, below: below, theta: theta), rows: noise[layer].shape[0])
      let distribution = Bernoulli(logits: logits)
      path.logits.append(logits)
      switch sampling {
      case .mean: path.values.append(distribution.mean)
      case .hard:
        let z = distribution.relaxedSample(noise: noise[layer])
        path.relaxed.append(z)
        path.values.append(distribution.value(ofRelaxed: z).stopGradient())
      case .concrete(let temperatures):
        let z = distribution.relaxedSample(noise: noise[layer])
        path.relaxed.append(z)
        path.values.append(
          distribution.concreteValue(ofRelaxed: z, temperature: temperatures[layer]))
      case .straightThrough:
        let hard = distribution.value(
          ofRelaxed: distribution.relaxedSample(noise: noise[layer])
        ).stopGradient()
        path.values.append(distribution.mean + (hard - distribution.mean).stopGradient())
      }
    }
    return path
  }
}

/// A tensor's rows again and again until there are so many.
func repeated(_ tensor: Tensor, rows: Int) -> Tensor {
  let blocks = rows / tensor.shape[0]
  guard blocks > 1 else { return tensor }
  return Tensor.concatenate(Array(repeating: tensor, count: blocks), axis: 0)
}
