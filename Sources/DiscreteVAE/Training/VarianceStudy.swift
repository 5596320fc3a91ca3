import Foundation
import GSL
import Networks

/// The variance of an estimator's gradient at frozen parameters θ.
///
/// φ is trained first, for that θ and with θ held still, at a rate that falls to 0. Then a batch of
/// images is taken and the gradient drawn again and again with new noise; the variance of each
/// parameter is averaged over the parameters and over batches. Which images a batch has does not
/// count into it.
package struct VarianceStudy: Sendable {
  /// Steps in which φ is trained.
  ///
  /// On linear1 twice as many take 0.01 off the logarithm for REBAR, at most 0.04 for the baselines,
  /// but 0.2 for a bare network.
  package var controlSteps = 10_000
  /// φ's first learning rate, ten times a model's: λ has far to go, and has to get there.
  package var controlLearningRate = 0.01
  /// Batches of images.
  package var batches = 4
  /// Draws of noise for each batch.
  package var draws = 100

  /// A study of the default size.
  package init() {}

  /// What was measured of one estimator.
  package struct Result: Sendable {
    /// The logarithm of the mean variance over all of θ.
    package let logVariance: Double
    /// The same over the encoder's parameters, which only the estimator moves.
    package let logEncoderVariance: Double
  }

  /// Measures one estimator.
  ///
  /// - Parameters:
  ///   - configuration: of the run that θ is from, with the estimator to be measured.
  ///   - theta: the frozen parameters.
  ///   - images: what they were trained on.
  /// - Returns: the logarithms of the variance.
  /// - Throws: what a training step throws.
  package func measure(
    _ configuration: VAEConfiguration, theta: ParameterSet<Float>, images: DatasetImages
  ) throws -> Result {
    let trainer = try VAETrainer(configuration, images)
    trainer.theta.copy(from: theta)
    // Without φ there is nothing to train.
    let schedule = Schedule.linear(from: controlLearningRate, to: 0)
    for step in 0..<(trainer.phi.count > 0 ? controlSteps : 0) {
      try trainer.updateControl(
        learningRate: schedule.value(atStep: step, of: controlSteps))
    }
    let count = theta.count
    var variances = [Double](repeating: 0, count: count)
    // A batch's draws are steps of their own, behind any step of training, so their noise is new.
    var step = 1 << 40
    for batch in 0..<batches {
      let first = batch * configuration.batch % max(1, images.train.count - configuration.batch)
      let rows = first..<first + configuration.batch
      var sums = [Double](repeating: 0, count: count)
      var squares = sums
      for _ in 0..<draws {
        trainer.estimate(atStep: step, images: rows)
        step += 1
        let gradient = trainer.thetaGradient.pointer
        for index in 0..<count {
          let value = Double(gradient[index])
          sums[index] += value
          squares[index] += value * value
        }
      }
      for index in 0..<count {
        let mean = sums[index] / Double(draws)
        variances[index] +=
          max(0, squares[index] - mean * sums[index]) / Double((draws - 1) * batches)
      }
    }
    let encoder = theta.layout.views.filter { $0.name.hasPrefix("encoder.") }.flatMap(\.range)
    func logMean(_ indices: some Collection<Int>) -> Double {
      log(indices.reduce(0) { $0 + variances[$1] } / Double(indices.count))
    }
    return Result(
      logVariance: logMean(0..<count), logEncoderVariance: logMean(encoder))
  }
}
