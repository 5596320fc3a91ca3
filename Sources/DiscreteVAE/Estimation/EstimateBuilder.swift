import Differentiation
import Distributions
import Estimators
import Networks

/// Builds what each estimator contributes to a training step.
struct EstimateBuilder {
  /// The estimate by the logits of one layer.
  struct LayerEstimate {
    /// The whole estimate, or without the control variate's term where that stands apart.
    var score: GradientEstimate
    /// What the control variate adds, before it is scaled: for scales of their own per parameter.
    var controlTerm: GradientEstimate?
  }

  /// The parts of a gradient.
  struct Parts {
    /// f at samples, or another loss, with the factor it counts: differentiated as it stands.
    var direct: [(loss: Tensor, weight: Double)]
    /// By the logits of each layer; empty where `direct` holds all.
    var estimates: [LayerEstimate] = []
    /// What φ minimizes besides the squared norm of the estimates.
    var controlLoss: Tensor?
    /// `[B]`, reported.
    var loss: Tensor
  }

  let model: DiscreteVAE
  let control: ControlVariate
  let settings: EstimationSettings
  let images: Tensor
  let centered: Tensor
  let noise: [Tensor]
  let conditionalNoise: [Tensor]
  let center: Tensor?
  let theta: ParameterTensors
  let phi: ParameterTensors
  let batch: Int

  private var graph: Graph { images.graph }

  func build() -> Parts { settings.estimator.parts(self) }

  // MARK: Sampling and evaluating

  /// All layers, from the image upwards.
  private func path(_ sampling: DiscreteVAE.Sampling) -> LatentPath {
    model.extend(LatentPath(), images: centered, noise: noise, sampling: sampling, theta: theta)
  }

  /// f at given latents, `[rows]`, differentiable by all it depends on.
  private func loss(_ path: LatentPath) -> Tensor {
    model.negativeELBO(values: path.values, logits: path.logits, images: images, theta: theta)
  }

  /// f at samples, whose derivative by the logits of q is left out: its mean is zero.
  private func sampledLoss(_ path: LatentPath) -> Tensor { loss(path.withConstantLogits) }

  /// What of f depends on the latents of each layer, f itself for the lowest.
  ///
  /// Mnih and Gregor (2014), local learning signals: the rest is noise for that layer.
  private func localLosses(_ path: LatentPath) -> [Tensor] {
    model.localTerms(
      values: path.values, logits: path.logits, images: images, theta: theta)
  }

  /// The hard path below a layer, with another value in it and further layers above.
  ///
  /// - Parameters:
  ///   - path: the hard path.
  ///   - layer: where the value goes.
  ///   - value: of B or K·B rows.
  ///   - sampling: of the layers above.
  /// - Returns: the path, with rows as the value has them from this layer upwards.
  private func replaced(
    _ path: LatentPath, _ layer: Int, by value: Tensor, above sampling: DiscreteVAE.Sampling
  ) -> LatentPath {
    let lower = LatentPath(
      logits: Array(path.logits[...layer]), relaxed: [],
      values: Array(path.values[..<layer]) + [value])
    // The same noise as in the hard path, for every block of rows.
    return model.extend(
      lower, images: centered, noise: noise.map { repeated($0, rows: value.shape[0]) },
      sampling: sampling, theta: theta)
  }

  // MARK: Estimators

  func concrete() -> Parts {
    let temperature = graph.constant(settings.temperature)
    return pathwise(
      .concrete(temperatures: Array(repeating: temperature, count: model.layerCount)))
  }

  /// The derivative of f passes through the latents themselves.
  func pathwise(_ sampling: DiscreteVAE.Sampling) -> Parts {
    let value = loss(path(sampling))
    return Parts(direct: [(value, 1)], loss: value)
  }

  func nvil() -> Parts {
    withBaselines { path, layer, signal, baseline in
      NVIL().estimate(
        path.distribution(layer), value: path.values[layer], signal: signal, baseline: baseline,
        // The running mean is of the whole of f.
        center: layer == 0 ? center : nil)
    }
  }

  func muProp() -> Parts {
    withBaselines { path, layer, signal, baseline in
      MuProp().estimate(
        path.distribution(layer), value: path.values[layer], signal: signal, baseline: baseline
      ) { mean in
        localLosses(replaced(path, layer, by: mean, above: .mean))[layer]
      }
    }
  }

  /// One estimate for each layer, with a network that learns from what lies below the layer.
  private func withBaselines(
    _ estimate: (_ path: LatentPath, _ layer: Int, _ signal: Tensor, _ baseline: Tensor) -> (
      estimate: GradientEstimate, loss: Tensor
    )
  ) -> Parts {
    let path = self.path(.hard)
    let signals = localLosses(path.withConstantLogits)
    var parts = Parts(direct: [(signals[0], 1)], loss: signals[0])
    for (layer, signal) in signals.enumerated() {
      let (estimate, loss) = estimate(
        path, layer, signal, control.network(layer, context(path, layer), phi))
      parts.estimates.append(LayerEstimate(score: estimate))
      let mean = loss.mean()
      parts.controlLoss = parts.controlLoss.map { $0 + mean } ?? mean
    }
    return parts
  }

  func rloo() -> Parts {
    let path = self.path(.hard)
    let losses = localLosses(path.withConstantLogits)
    return Parts(
      direct: [(losses[0], 1 / Double(settings.samples))],
      estimates: scores(
        path,
        signals: losses.map { Tensor.concatenate(RLOO().advantages(blocks($0)), axis: 0) }),
      loss: losses[0].reshaped([settings.samples, batch]).mean(axis: 0))
  }

  func vimco() -> Parts {
    let path = self.path(.hard)
    // The samples' weights depend on b, so the derivative of log q(b) has a mean here.
    let terms = VIMCO().terms(logWeights: blocks(-loss(path)))
    let signal = Tensor.concatenate(terms.signals, axis: 0)
    return Parts(
      direct: [(terms.loss, 1)],
      estimates: scores(path, signals: path.logits.map { _ in signal }), loss: terms.loss)
  }

  private func scores(_ path: LatentPath, signals: [Tensor]) -> [LayerEstimate] {
    signals.enumerated().map { layer, signal in
      LayerEstimate(
        score: ScoreFunction().estimate(
          path.distribution(layer), value: path.values[layer], signal: signal))
    }
  }

  func disARM() -> Parts {
    let path = self.path(.hard)
    let f = sampledLoss(path)
    var losses = [f]
    let estimates = (0..<model.layerCount).map { layer in
      let distribution = path.distribution(layer)
      let pair = DisARM().antitheticPair(distribution, noise: noise[layer])
      let other = sampledLoss(
        replaced(path, layer, by: pair.antithetic.stopGradient(), above: .hard))
      losses.append(other)
      return LayerEstimate(
        score: DisARM().estimate(distribution, pair: pair, signals: (f, other)))
    }
    // Each of them is a sample of the whole model.
    return Parts(
      direct: losses.map { ($0, 1 / Double(losses.count)) }, estimates: estimates, loss: f)
  }

  func controlled() -> Parts {
    let path = self.path(.hard)
    let f = sampledLoss(path)
    let estimates = (0..<model.layerCount).map { layer in
      estimate(
        path.distribution(layer), relaxed: path.relaxed[layer], layer, signal: f,
        c: controlVariate(path, layer))
    }
    return Parts(direct: [(f, 1)], estimates: estimates, loss: f)
  }

  private func estimate(
    _ distribution: Bernoulli, relaxed: Tensor, _ layer: Int, signal: Tensor,
    c: @escaping (Tensor) -> Tensor
  ) -> LayerEstimate {
    func relax(_ signal: Tensor, _ c: @escaping (Tensor) -> Tensor) -> GradientEstimate {
      settings.isCoupled
        ? RELAX().coupledEstimate(
          distribution, relaxed: relaxed, signal: signal, controlVariate: c)
        : RELAX().estimate(
          distribution, relaxed: relaxed, conditionalNoise: conditionalNoise[layer],
          signal: signal, controlVariate: c)
    }
    guard settings.scope == .matrix else {
      guard settings.estimator.hasRelaxation else {
        return LayerEstimate(score: relax(signal, c))
      }
      let scale = phi[ControlVariate.scale(layer)]
      return LayerEstimate(score: relax(signal) { scale * c($0) })
    }
    return LayerEstimate(
      score: ScoreFunction().estimate(
        distribution, value: distribution.value(ofRelaxed: relaxed), signal: signal),
      controlTerm: relax(graph.constant(0, shape: [batch]), c))
  }

  /// c of a layer before it is scaled: f at relaxed latents from this layer upwards, r, or both.
  private func controlVariate(_ path: LatentPath, _ layer: Int) -> (Tensor) -> Tensor {
    { z in
      var terms: [Tensor] = []
      if settings.estimator.hasNetwork {
        terms.append(control.network(layer, context(path, layer) + [z], phi))
      }
      guard settings.estimator.hasRelaxation else { return terms[0] }
      let temperatures = control.temperatures(phi, layers: model.layerCount)
      let value = path.distribution(layer)
        .concreteValue(ofRelaxed: z, temperature: temperatures[layer])
      let f = loss(
        replaced(path, layer, by: value, above: .concrete(temperatures: temperatures)))
      return terms.reduce(f) { $0 + $1 }
    }
  }

  /// What a network of a layer sees beside z: the image, and the sample of the layer below.
  private func context(_ path: LatentPath, _ layer: Int) -> [Tensor] {
    layer == 0 ? [centered] : [centered, 2 * path.values[layer - 1] - 1]
  }

  /// The blocks of B rows, one for each sample.
  private func blocks(_ rows: Tensor) -> [Tensor] {
    (0..<settings.samples).map { rows.slice($0 * batch..<($0 + 1) * batch) }
  }
}
