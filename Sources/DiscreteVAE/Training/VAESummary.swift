/// How a run ended, as in `summary.json`; all bounds are in nats per image.
package struct VAESummary: Codable, Sendable {
  var dataset: Dataset
  var model: ModelKind
  var estimator: VAEEstimator
  var scope: ControlScope
  var seed: Int
  /// Steps of training so far.
  package var steps: Int
  var epochs: Double
  /// Evaluations of f in a step, for each image.
  var evaluationsPerStep: Int
  /// Of this session alone.
  var seconds: Double
  /// Training alone, without evaluations and files.
  var stepsPerSecond: Double
  /// Bound of one sample at the end, over the first training images.
  package var trainELBO: Double
  /// The same over the validation images.
  package var validationELBO: Double
  /// The same over the test images.
  package var testELBO: Double
  /// The largest training bound among the evaluations, and its step.
  package var bestTrainELBO: Double
  /// The largest validation bound among the evaluations.
  package var bestValidationELBO: Double
  var bestValidationStep: Int
  /// Samples of the importance-weighted bounds; 0 where they were left out.
  var boundSamples: Int
  package var validationImportanceWeightedBound: Double?
  package var testImportanceWeightedBound: Double?
  var logVariance: Double?
  var parametersSHA256: String
  var runDir: String

  enum CodingKeys: String, CodingKey {
    case dataset, model, estimator, scope, seed, steps, epochs, seconds
    case evaluationsPerStep = "evaluations_per_step"
    case stepsPerSecond = "steps_per_second"
    case trainELBO = "train_elbo_1_sample"
    case validationELBO = "validation_elbo_1_sample"
    case testELBO = "test_elbo_1_sample"
    case bestTrainELBO = "best_train_elbo_1_sample"
    case bestValidationELBO = "best_validation_elbo_1_sample"
    case bestValidationStep = "best_validation_step"
    case boundSamples = "bound_samples"
    case validationImportanceWeightedBound = "validation_importance_weighted_bound"
    case testImportanceWeightedBound = "test_importance_weighted_bound"
    case logVariance = "log_variance"
    case parametersSHA256 = "parameters_sha256"
    case runDir = "run_dir"
  }
}
