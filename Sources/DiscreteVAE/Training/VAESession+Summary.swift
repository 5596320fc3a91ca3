import Formats
import Networks
import ReinforcementLearning

/// How far the bounds at the end of a run have come.
package struct BoundProgress: Sendable, Hashable {
  /// What is computed, such as `validation bound of 100 samples`.
  package let title: String
  /// Images so far.
  package let done: Int
  /// Images at the end.
  package let total: Int
}

extension VAESession {
  /// What the end of a run is told by.
  ///
  /// - Parameters:
  ///   - last: the bounds of one sample as the parameters are.
  ///   - watch: hears of the importance-weighted bounds.
  /// - Returns: the summary, or nil after an interruption.
  /// - Throws: what is wrong with the checkpoint `best`.
  func summary(
    _ last: (train: Double, validation: Double), watchingBounds watch: (BoundProgress) -> Void
  ) throws -> VAESummary? {
    let train = highest(state.highestTrain, last.train)
    let validation = highest(state.highestValidation, last.validation)
    var atEnd: ImportanceWeightedBounds?
    var atBest: ImportanceWeightedBounds?
    if configuration.boundSamples > 0 {
      do {
        let bounds = try weightedBounds(trainer.theta, "at the end", watch)
        atEnd = bounds
        atBest =
          validation.step == trainer.step
          ? bounds : try weightedBounds(try best(), "after step \(validation.step)", watch)
      } catch is Interruption {
        return nil
      }
    }
    var digest = SHA256()
    trainer.theta.withBytes { digest.update($0) }
    let (images, estimation) = (trainer.images, configuration.estimation)
    return VAESummary(
      dataset: configuration.dataset, model: configuration.model, estimator: estimation.estimator,
      scope: estimation.scope, seed: configuration.seed, trainImages: images.train.count,
      validationImages: images.validation.count, testImages: images.test.count,
      pixels: images.train.size, steps: trainer.step, epochs: epochs,
      evaluationsPerStep: estimation.evaluations(layers: configuration.model.layerCount),
      seconds: timing.seconds,
      stepsPerSecond: timing.seconds > 0 ? Double(trainer.step) / timing.seconds : 0,
      trainELBO: last.train, validationELBO: last.validation, testELBO: bound(of: images.test),
      bestTrainELBO: train.bound, bestTrainStep: train.step, bestValidationELBO: validation.bound,
      bestValidationStep: validation.step, boundSamples: configuration.boundSamples,
      validationBoundAtEnd: atEnd?.validation, testBoundAtEnd: atEnd?.test,
      validationBoundAtBest: atBest?.validation, testBoundAtBest: atBest?.test,
      logVariance: trainer.logVariance, parametersSHA256: digest.hexDigest(), runDir: folder.path)
  }

  private struct ImportanceWeightedBounds {
    let validation: Double
    let test: Double
  }

  /// The user does not want to wait for the bounds.
  private struct Interruption: Error {}

  private func weightedBounds(
    _ theta: ParameterSet<Float>, _ when: String, _ watch: (BoundProgress) -> Void
  ) throws -> ImportanceWeightedBounds {
    let samples = configuration.boundSamples
    let evaluator = try VAEEvaluator(trainer.model, theta: theta, samples: samples)
    func bound(of images: BinaryImages, _ name: String) throws -> Double {
      try evaluator.meanBound(of: images, seed: UInt64(configuration.seed)) { done in
        if InterruptFlag.isRaised { throw Interruption() }
        watch(
          BoundProgress(
            title: "\(name) bound of \(samples) samples \(when)", done: done, total: images.count))
      }
    }
    return ImportanceWeightedBounds(
      validation: try bound(of: trainer.images.validation, "validation"),
      test: try bound(of: trainer.images.test, "test"))
  }

  /// The parameters of the checkpoint `best`.
  private func best() throws -> ParameterSet<Float> {
    let theta = ParameterSet<Float>(trainer.model.layout)
    try theta.restore(
      from: try folder.checkpoints.load(.best).safetensors, prefix: VAETrainer.thetaPrefix)
    return theta
  }
}
