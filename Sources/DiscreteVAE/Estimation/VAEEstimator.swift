import Estimators

/// A gradient estimator that the model can be trained with: a recipe, and how its layers use it.
///
/// The model's own are the paths through several layers and what each layer is told of f: a layer's
/// estimate is that of the recipe's estimator.
package struct VAEEstimator: Sendable {
  /// Names, needs and claims.
  package let recipe: EstimatorRecipe
  /// What a table calls it.
  package let title: String
  /// Builds a step.
  let parts: @Sendable (EstimateBuilder) -> EstimateBuilder.Parts

  private init(
    _ recipe: EstimatorRecipe, title: String? = nil,
    _ parts: @escaping @Sendable (EstimateBuilder) -> EstimateBuilder.Parts
  ) {
    self.recipe = recipe
    self.title = title ?? recipe.title + recipe.claim.mark
    self.parts = parts
  }

  /// The gradient of a relaxed model, in which every latent is σ_λ(z).
  package static let concrete = VAEEstimator(.concrete) { $0.concrete() }
  /// The straight-through gradient.
  package static let straightThrough = VAEEstimator(.straightThrough) {
    $0.pathwise(.straightThrough)
  }
  /// REINFORCE with a running mean and a learned baseline of the image.
  package static let nvil = VAEEstimator(
    .nvil,
    title: "\(EstimatorRecipe.scoreFunction.title), \(EstimatorRecipe.nvil.title) baselines"
  ) { $0.nvil() }
  /// REINFORCE with K samples, each with the others as its baseline.
  package static let rloo = VAEEstimator(.rloo) { $0.rloo() }
  /// MuProp with a learned baseline of the image.
  package static let muProp = VAEEstimator(
    .muProp, title: EstimatorRecipe.muProp.title + ", learned baselines"
  ) { $0.muProp() }
  /// DisARM, an antithetic pair for each layer.
  package static let disARM = VAEEstimator(.disARM) { $0.disARM() }
  /// The multi-sample bound and its own baselines.
  package static let vimco = VAEEstimator(.vimco) { $0.vimco() }
  /// REBAR, c = η f(σ_λ(z)).
  package static let rebar = VAEEstimator(.rebar) { $0.controlled() }
  /// RELAX with a network alone, c = r(x, z).
  package static let relax = VAEEstimator(
    .relax, title: EstimatorRecipe.relax.title + ", network alone"
  ) { $0.controlled() }
  /// RELAX with c = η (f(σ_λ(z)) + r(x, z)), the paper's choice.
  package static let relaxedREBAR = VAEEstimator(.relaxedREBAR) { $0.controlled() }

  /// Whether f at relaxed latents is part of the control variate.
  package var hasRelaxation: Bool { recipe.learned.contains(.temperature) }

  /// Whether there is a λ that is chosen and not trained.
  package var hasFixedTemperature: Bool {
    recipe.control.contains(.temperature) && !hasRelaxation
  }

  /// Whether a network r(x, z) is part of the control variate.
  package var hasNetwork: Bool { recipe.learned.contains(.function) }

  /// Whether z and z̃ of the same layer are needed.
  package var hasControlVariate: Bool { hasRelaxation || hasNetwork }

  /// Whether several samples are drawn for each image.
  package var hasSamples: Bool { recipe.evaluations == .samples }

  /// Whether a learned baseline B(x), of what lies below a layer, is subtracted.
  package var hasBaseline: Bool { recipe.takesBaseline }

  /// Whether a running mean of f, from before the batch, is subtracted.
  package var hasCenter: Bool { recipe.takesCenter }
}

extension VAEEstimator: CaseIterable {
  /// All of them, in the order of the published table.
  package static let allCases: [VAEEstimator] = [
    concrete, straightThrough, nvil, rloo, muProp, disARM, vimco, rebar, relax, relaxedREBAR,
  ]
}

extension VAEEstimator: RawRepresentable, Hashable, Codable, CustomStringConvertible {
  /// The recipe's name.
  package var description: String { rawValue }

  /// The estimator of a recipe's name.
  package init?(rawValue: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = found
  }

  /// The recipe's name.
  package var rawValue: String { recipe.name }
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
    guard case .fixed(let count, _) = estimator.recipe.evaluations else { return samples }
    // With coupled noise z̃ = z, so that one evaluation serves both.
    let shared = isCoupled && estimator.hasRelaxation ? 1 : 0
    return 1 + (count - 1 - shared) * layers
  }
}
