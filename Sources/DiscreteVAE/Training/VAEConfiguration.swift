/// Every setting of a run; `config.yaml` holds it.
package struct VAEConfiguration: Sendable, Hashable, Codable {
  /// What is trained on.
  package var dataset = Dataset.mnist
  /// The folder of the data set's files.
  package var data: String?
  /// How gray pixels become black or white.
  package var binarization = Binarization.static
  /// Of the binarization and of the split: runs to be compared share it.
  package var dataSeed = 1
  /// Which model.
  package var model: ModelKind
  /// Latents of a layer.
  package var latents = 200
  /// The estimator and its settings.
  package var estimation: EstimationSettings
  /// Images of a batch.
  package var batch = 24
  /// Of θ, by Adam with β₂ = 0.99999.
  package var learningRate = 1e-3
  /// Of φ, as a multiple of θ's.
  package var controlLearningRateScale = 1.0
  /// Of initialization, order and noise.
  package var seed = 1
  /// Steps at the end.
  package var steps = 100_000
  /// Steps between two rows of `progress.csv`.
  package var progressInterval = 1000
  /// Steps between two evaluations, which are rows of `evaluations.csv`.
  package var evaluationInterval = 10_000
  /// Steps between two checkpoints.
  package var checkpointInterval = 10_000
  /// Training images on which the training bound is evaluated.
  package var trainEvaluationImages = 10_000
  /// Samples of the importance-weighted bound at the end of the run; 0 leaves it out.
  package var boundSamples = 100

  /// The default settings of a model and an estimator.
  package init(model: ModelKind, estimation: EstimationSettings) {
    self.model = model
    self.estimation = estimation
  }

  /// The first setting that is out of its range, if there is one: its flag, value and range.
  package var fault: String? {
    let counts: [(String, Int, Int)] = [
      ("latents", latents, 1), ("batch", batch, 1), ("steps", steps, 1),
      ("progress-interval", progressInterval, 1),
      ("evaluation-interval", evaluationInterval, 1),
      ("checkpoint-interval", checkpointInterval, 1),
      ("train-evaluation-images", trainEvaluationImages, 1), ("bound-samples", boundSamples, 0),
      ("seed", seed, 0), ("data-seed", dataSeed, 0),
      ("samples", estimation.samples, estimation.estimator.hasSamples ? 2 : 1),
    ]
    for (name, value, least) in counts where value < least {
      return "--\(name) must be at least \(least) but is \(value)."
    }
    let positive: [(String, Double, String)] = [
      ("learning-rate", learningRate, "The published grid is 0.005 to 0.00005."),
      ("control-learning-rate-scale", controlLearningRateScale, "The paper uses 1, REBAR 10."),
      ("temperature", estimation.temperature, "Most runs use 0.1 to 1."),
    ]
    for (name, value, hint) in positive where !(value > 0 && value.isFinite) {
      return "--\(name) must be a finite number above 0 but is \(value). \(hint)"
    }
    if estimation.controlUnits.isEmpty || estimation.controlUnits.contains(where: { $0 < 1 }) {
      return "--control-units must be whole numbers of at least 1, such as 200,200, but are "
        + "\(estimation.controlUnits)."
    }
    if estimation.scope == .matrix && !estimation.estimator.hasControlVariate {
      return "--scope matrix is for rebar, relax and relaxed-rebar, not for "
        + "\(estimation.estimator.rawValue), which has no control variate to train."
    }
    return nil
  }
}
