/// The gradient estimators that the model can be trained with.
package enum VAEEstimator: String, Sendable, Codable, CaseIterable {
  /// The gradient of a relaxed model, in which every latent is σ_λ(z).
  case concrete
  /// The straight-through gradient.
  case straightThrough = "straight-through"
  /// REINFORCE with a running mean and a learned baseline of the image.
  case nvil
  /// REINFORCE with K samples, each with the others as its baseline.
  case rloo
  /// MuProp with a learned baseline of the image.
  case muProp = "muprop"
  /// DisARM, an antithetic pair for each layer.
  case disARM = "disarm"
  /// The multi-sample bound and its own baselines.
  case vimco
  /// REBAR, c = η f(σ_λ(z)).
  case rebar
  /// RELAX with a network alone, c = r(x, z).
  case relax
  /// RELAX with c = η (f(σ_λ(z)) + r(x, z)), the paper's choice.
  case relaxedREBAR = "relaxed-rebar"

  /// What a table calls it.
  package var title: String {
    switch self {
    case .concrete: "Concrete (biased)"
    case .straightThrough: "straight-through (biased)"
    case .nvil: "REINFORCE, NVIL baselines"
    case .rloo: "RLOO"
    case .muProp: "MuProp, learned baselines"
    case .disARM: "DisARM"
    case .vimco: "VIMCO (its own bound)"
    case .rebar: "REBAR"
    case .relax: "RELAX, network alone"
    case .relaxedREBAR: "relaxed REBAR"
    }
  }

  /// Whether f at relaxed latents is part of the control variate.
  package var hasRelaxation: Bool { self == .rebar || self == .relaxedREBAR }

  /// Whether a network r(x, z) is part of the control variate.
  package var hasNetwork: Bool { self == .relax || self == .relaxedREBAR }

  /// Whether z and z̃ of the same layer are needed.
  package var hasControlVariate: Bool { hasRelaxation || hasNetwork }

  /// Whether several samples are drawn for each image.
  package var hasSamples: Bool { self == .rloo || self == .vimco }

  /// Whether a learned baseline B(x), of what lies below a layer, is subtracted.
  package var hasBaseline: Bool { self == .nvil || self == .muProp }

  /// Whether a running mean of f, from before the batch, is subtracted.
  package var hasCenter: Bool { self == .nvil }
}

/// What the control variate's parameters make small, and how many scales η there are.
package enum ControlScope: String, Sendable, Codable, CaseIterable {
  /// The gradient by the logits, example by example, with one η for each layer of latents.
  ///
  /// Grathwohl et al. (2018).
  case layer
  /// The gradient by each weight matrix and bias of the encoder, with one η for each of them.
  ///
  /// Tucker et al. (2017).
  case matrix
}

/// How an estimate is made; part of a run's configuration.
package struct EstimationSettings: Sendable, Hashable, Codable {
  /// Which estimator.
  package var estimator: VAEEstimator
  /// Of the control variate.
  package var scope = ControlScope.layer
  /// Whether z̃ is z itself, with derivatives of its own; otherwise its noise is independent.
  ///
  /// Tucker et al. (2017), appendix C, and the authors' code for this model.
  package var isCoupled = true
  /// K, for RLOO and VIMCO.
  package var samples = 2
  /// λ of `concrete`, which is not trained: where λ of the control variates begins.
  package var temperature = 0.5
  /// Hidden units of r in each layer.
  package var controlUnits = [200, 200]
  /// Hidden units of a baseline; the number of Tucker et al.
  package var baselineUnits = 100

  /// The settings of an estimator.
  package init(_ estimator: VAEEstimator) { self.estimator = estimator }

  /// How often f is evaluated in a step for each image.
  package func evaluations(layers: Int) -> Int {
    switch estimator {
    case .concrete, .straightThrough, .nvil, .relax: 1
    case .rloo, .vimco: samples
    case .muProp, .disARM: 1 + layers
    // With coupled noise z̃ = z, so that one evaluation serves both.
    case .rebar, .relaxedREBAR: 1 + (isCoupled ? 1 : 2) * layers
    }
  }
}
