extension CellTable {
  /// Every finished run, one line each.
  package var csv: String {
    let lines = runs.map { run in Self.columns.map { $0.text(run) }.joined(separator: ",") }
    return ([Self.columns.map(\.name).joined(separator: ",")] + lines)
      .joined(separator: "\n") + "\n"
  }

  private static var columns: [(name: String, text: (Run) -> String)] {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    return [
      ("dataset", { $0.configuration.dataset.rawValue }),
      ("binarization", { $0.configuration.binarization.rawValue }),
      ("model", { $0.configuration.model.rawValue }),
      ("latents", { "\($0.configuration.latents)" }),
      ("estimator", { $0.configuration.estimation.estimator.rawValue }),
      ("scope", { $0.configuration.estimation.scope.rawValue }),
      ("coupled", { "\($0.configuration.estimation.isCoupled)" }),
      ("evaluations_per_step", { "\($0.summary.evaluationsPerStep)" }),
      ("learning_rate", { "\($0.configuration.learningRate)" }),
      ("seed", { "\($0.configuration.seed)" }),
      ("steps", { "\($0.summary.steps)" }),
      ("steps_per_second", { number($0.summary.stepsPerSecond) }),
      ("highest_train_elbo_1_sample", { number($0.summary.bestTrainELBO) }),
      ("highest_train_step", { "\($0.summary.bestTrainStep)" }),
      ("highest_validation_elbo_1_sample", { number($0.summary.bestValidationELBO) }),
      ("highest_validation_step", { "\($0.summary.bestValidationStep)" }),
      ("test_elbo_1_sample", { number($0.summary.testELBO) }),
      ("bound_samples", { "\($0.summary.boundSamples)" }),
      ("validation_bound_at_highest_validation", { number($0.summary.validationBoundAtBest) }),
      ("test_bound_at_highest_validation", { number($0.summary.testBoundAtBest) }),
      ("validation_bound_at_end", { number($0.summary.validationBoundAtEnd) }),
      ("test_bound_at_end", { number($0.summary.testBoundAtEnd) }),
      ("published_train", { number($0.published.training) }),
      ("published_validation", { number($0.published.validation) }),
    ]
  }
}
