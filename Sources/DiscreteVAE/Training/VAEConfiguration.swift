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
}
