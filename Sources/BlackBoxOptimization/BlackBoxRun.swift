import GSL

/// What one training on one instance came to.
package struct BlackBoxRun: Sendable {
  /// J* − J after each update.
  package let regrets: [Double]
  /// What was measured at the frozen policy of half of the training, if it was.
  package let frozen: FrozenMeasurement?

  /// Over all updates.
  package var meanRegret: Double { regrets.reduce(0, +) / Double(regrets.count) }

  /// Over the last twentieth of them.
  package var lastRegret: Double {
    let count = max(1, Int((BlackBoxTraining.lastShare * Double(regrets.count)).rounded()))
    return regrets.suffix(count).reduce(0, +) / Double(count)
  }
}

/// The gradient estimate at a policy that stands still, beside another estimator's at the same policy.
package struct FrozenMeasurement: Sendable {
  /// The variance, summed over the parameters.
  package let variance: Double
  /// That of the reference.
  package let referenceVariance: Double
  /// How many standard errors the mean lies from the exact gradient, along that gradient.
  ///
  /// One number of many terms is about normal; single parameters are not, where a bit is almost never 1.
  package let deviation: Double
}

extension BlackBoxTraining {
  /// Trains on an instance.
  ///
  /// - Parameters:
  ///   - problem: the instance.
  ///   - judge: its judge.
  ///   - settings: of the estimator.
  ///   - seed: of everything that is drawn.
  ///   - updates: how many.
  ///   - draws: gradients behind the variance at half of the training; 0 for none.
  ///   - reference: a training of the same shape by the estimator to compare variances with.
  /// - Returns: the regrets.
  /// - Throws: `BlackBoxError` when f is not finite, `GradientError` when a gradient is not.
  package func run(
    _ problem: BlackBoxProblem, judgedBy judge: BlackBoxJudge, _ settings: BlackBoxSettings,
    seed: UInt64, updates: Int, draws: Int = 0, reference: BlackBoxTraining? = nil
  ) throws -> BlackBoxRun {
    start(problem, settings, seed: seed)
    var regrets: [Double] = []
    var frozen: FrozenMeasurement?
    for number in 0..<updates {
      try update(settings, progress: Double(number) / Double(updates))
      regrets.append(judge.optimum - judge.value(of: policy))
      if draws > 0, let reference, number + 1 == max(1, updates / 2) {
        frozen = try measure(
          against: reference, problem, seed: seed, draws: draws)
      }
    }
    return BlackBoxRun(regrets: regrets, frozen: frozen)
  }

  /// Variance and deviation at the policy at hand.
  ///
  /// Neither policy nor control variate changes, and the training goes on with numbers of its own.
  private func measure(
    against reference: BlackBoxTraining, _ problem: BlackBoxProblem, seed: UInt64, draws: Int
  ) throws -> FrozenMeasurement {
    let own = try withOtherNumbers(seed: seed) { try moments(draws: draws) }
    let settings = BlackBoxSettings(rate: 0, falls: false, second: 0.5)
    reference.start(problem, settings, seed: seed)
    reference.policy.parameters.copy(from: policy.parameters)
    let other = try reference.withOtherNumbers(seed: seed) {
      try reference.moments(draws: draws)
    }
    return FrozenMeasurement(
      variance: own.variance, referenceVariance: other.variance, deviation: own.deviation)
  }

  /// Of gradients for one and the same observations.
  private func moments(draws: Int) throws -> (variance: Double, deviation: Double) {
    drawContexts()
    let exact = exactGradient()
    let length = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var moments = [RunningMoments](repeating: RunningMoments(), count: exact.count)
    var along = RunningMoments()
    for _ in 0..<draws {
      var product = 0.0
      for (index, element) in try estimate().enumerated() {
        moments[index].add(Double(element))
        product += Double(element) * exact[index]
      }
      along.add(length > 0 ? product / length : 0)
    }
    // Single precision, with sums over some hundred terms, is good for about 1e-5.
    let error = along.standardError + 1e-5 * max(1e-2, length)
    return (moments.reduce(0) { $0 + $1.variance }, abs(along.mean - length) / error)
  }
}
