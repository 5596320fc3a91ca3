/// How a run ended, as in `summary.json`; all bounds are in nats per image.
package struct VAESummary: Codable, Sendable {
  var dataset: Dataset
  var model: ModelKind
  var estimator: VAEEstimator
  var scope: ControlScope
  var seed: Int
  var trainImages: Int
  var validationImages: Int
  var testImages: Int
  /// Pixels of an image.
  var pixels: Int
  /// Steps of training so far.
  package var steps: Int
  var epochs: Double
  /// Evaluations of f in a step, for each image.
  var evaluationsPerStep: Int
  /// Of training alone, without evaluations and files, in all sessions of the run.
  var seconds: Double
  var stepsPerSecond: Double
  /// Bound of one sample at the end, over the first training images.
  package var trainELBO: Double
  /// The same over the validation images.
  package var validationELBO: Double
  /// The same over the test images.
  package var testELBO: Double
  /// The highest training bound of one sample among the evaluations.
  package var bestTrainELBO: Double
  /// The step of that evaluation.
  package var bestTrainStep: Int
  /// The highest validation bound of one sample among the evaluations.
  package var bestValidationELBO: Double
  /// The step of that evaluation.
  package var bestValidationStep: Int
  /// Samples of the importance-weighted bounds; 0 where they were left out.
  package var boundSamples: Int
  /// Importance-weighted, of the last parameters.
  package var validationBoundAtEnd: Double?
  /// The same over the test images.
  package var testBoundAtEnd: Double?
  /// Importance-weighted, of the parameters whose validation bound of one sample is highest.
  package var validationBoundAtBest: Double?
  /// The same over the test images.
  package var testBoundAtBest: Double?
  var logVariance: Double?
  var parametersSHA256: String
  var runDir: String

  enum CodingKeys: String, CodingKey {
    case dataset, model, estimator, scope, seed, pixels, steps, epochs, seconds
    case trainImages = "train_images"
    case validationImages = "validation_images"
    case testImages = "test_images"
    case evaluationsPerStep = "evaluations_per_step"
    case stepsPerSecond = "steps_per_second"
    case trainELBO = "train_elbo_1_sample"
    case validationELBO = "validation_elbo_1_sample"
    case testELBO = "test_elbo_1_sample"
    case bestTrainELBO = "best_train_elbo_1_sample"
    case bestTrainStep = "best_train_step"
    case bestValidationELBO = "best_validation_elbo_1_sample"
    case bestValidationStep = "best_validation_step"
    case boundSamples = "bound_samples"
    case validationBoundAtEnd = "validation_importance_weighted_bound_at_end"
    case testBoundAtEnd = "test_importance_weighted_bound_at_end"
    case validationBoundAtBest = "validation_importance_weighted_bound_at_best"
    case testBoundAtBest = "test_importance_weighted_bound_at_best"
    case logVariance = "log_variance"
    case parametersSHA256 = "parameters_sha256"
    case runDir = "run_dir"
  }
}
