import ArgumentParser
import DiscreteVAE
import Foundation

/// `relax-lab vae-variance`: every estimator's variance at the same frozen parameters.
struct VAEVarianceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae-variance",
    abstract: "Measure the variance of every estimator's gradient at points of one training run.",
    discussion: """
      Trains with --estimator and stops at each of --points. There every estimator's control variate \
      is trained with the model held still, at a rate that falls to 0, and the variance of the \
      gradient over its own noise is measured, on the same batches of images.
      """)

  @OptionGroup var options: VAEOptions

  @Option(help: "Steps after which to measure, separated by commas.")
  var points = "1000,5000,20000"

  @Option(help: "Estimators to measure, separated by commas, or 'all'.")
  var estimators = "all"

  @Option(help: "Steps in which control variates are trained at each point.")
  var controlSteps = VarianceStudy().controlSteps

  @Option(help: "The first learning rate of control variates.")
  var controlLearningRate = VarianceStudy().controlLearningRate

  @Option(help: "Batches of images.")
  var batches = 4

  @Option(help: "Draws of noise for each batch.")
  var draws = 100

  @Option(help: "Of the training run and the noise.")
  var seed = 1

  @Option(help: "The file for the table, as CSV.")
  var out = "vae-variance.csv"

  func validate() throws {
    var configuration = try options.configuration()
    configuration.seed = seed
    if let fault = configuration.fault { throw ValidationError(fault) }
    for estimator in try chosen() {
      if let fault = configuration.measuring(estimator).fault { throw ValidationError(fault) }
    }
    guard controlLearningRate > 0, controlLearningRate.isFinite else {
      throw ValidationError(
        "--control-learning-rate must be above 0 but is \(controlLearningRate).")
    }
    for (name, value, least) in [
      ("control-steps", controlSteps, 0), ("batches", batches, 1), ("draws", draws, 2),
    ] where value < least {
      throw ValidationError("--\(name) must be at least \(least) but is \(value).")
    }
    _ = try steps()
  }

  private func steps() throws -> [Int] {
    try list(points, "points") { text in
      guard let step = Int(text), step >= 0 else {
        throw ValidationError("--points must be whole numbers of at least 0 but has '\(text)'.")
      }
      return [step]
    }.sorted()
  }

  private func chosen() throws -> [VAEEstimator] {
    if estimators == "all" { return VAEEstimator.allCases }
    return try list(estimators, "estimators") {
      [try choice($0, "estimator", VAEEstimator.self)]
    }
  }

  func run() throws {
    var configuration = try options.configuration()
    configuration.seed = seed
    let images = try VAERun.usage { try VAESession.images(configuration) }
    let trainer = try VAETrainer(configuration, images)
    var study = VarianceStudy()
    (study.controlSteps, study.controlLearningRate) = (controlSteps, controlLearningRate)
    (study.batches, study.draws) = (batches, draws)
    var table = try TableFile(
      out, option: "out", header: "step,estimator,evaluations,log_variance,log_encoder_variance")
    print("step      estimator                     evaluations  ln variance  of the encoder")
    for point in try steps() {
      while trainer.step < point { try trainer.update() }
      for estimator in try chosen() {
        let measured = configuration.measuring(estimator)
        let result = try study.measure(measured, theta: trainer.theta, images: images)
        let count = measured.estimation.evaluations(layers: configuration.model.layerCount)
        table.lines.append(
          "\(point),\(estimator.rawValue),\(count),\(result.logVariance),"
            + "\(result.logEncoderVariance)")
        print(
          "\(point)".padding(toLength: 10, withPad: " ", startingAt: 0)
            + estimator.title.padding(toLength: 30, withPad: " ", startingAt: 0)
            + String(
              format: "%11d  %11.2f  %14.2f", count, result.logVariance,
              result.logEncoderVariance))
      }
      try table.write()
    }
    print("The table is in \(out).")
  }
}

extension VAEConfiguration {
  /// The same run, whose gradient is measured with another estimator.
  fileprivate func measuring(_ estimator: VAEEstimator) -> VAEConfiguration {
    var measured = self
    measured.estimation.estimator = estimator
    if !estimator.hasControlVariate { measured.estimation.scope = .layer }
    return measured
  }
}
