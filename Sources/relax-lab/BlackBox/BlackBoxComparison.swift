import BlackBoxOptimization
import BlackBoxes
import GSL
import Runs

/// The runs of several estimators on the same instances.
struct BlackBoxComparison {
  let task: BlackBoxTask
  let sizes: BlackBoxSizes
  let seeds: [UInt64]
  /// Gradients behind each variance at half of the training; 0 for none.
  var draws = 0

  /// An instance with its judge; the search for J* takes longest.
  struct Instance {
    let seed: UInt64
    /// Nil where all seeds have the same task, and regret is measured by what was drawn.
    let exact: (problem: BlackBoxProblem, judge: BlackBoxJudge)?

    /// J*.
    var optimum: Double { exact?.judge.optimum ?? CopyTask.upperBound }
  }

  /// All instances.
  func instances() -> [Instance] {
    seeds.map { seed in
      guard let problem = task.problem(sizes, seed: seed) else {
        return Instance(seed: seed, exact: nil)
      }
      let judge = BlackBoxJudge(
        problem, entropyWeight: sizes.entropy, contexts: BlackBoxTask.judgedContexts, seed: seed)
      return Instance(seed: seed, exact: (problem, judge))
    }
  }

  /// The runs of an estimator, one for each instance.
  ///
  /// - Throws: when f or a gradient is not finite, or memory runs out.
  func runs(
    of estimator: BlackBoxEstimator, _ settings: BlackBoxSettings, on instances: [Instance]
  ) throws -> [BlackBoxRun] {
    guard task.hasExactObjective else {
      let training = try CopyTraining(estimator, sizes.copyShape)
      return try instances.map {
        try training.run(settings, seed: $0.seed, updates: sizes.updates)
      }
    }
    let shape = sizes.shape(of: task)
    let training = try BlackBoxTraining(estimator, shape)
    // What every estimator is measured against at its own policy: the simplest one with as many evaluations.
    let reference =
      draws > 0 ? try BlackBoxTraining(shape.samples > 1 ? .rloo : .average, shape) : nil
    return try instances.compactMap { instance in
      guard let (problem, judge) = instance.exact else { return nil }
      return try training.run(
        problem, judgedBy: judge, settings, seed: instance.seed, updates: sizes.updates,
        draws: draws, reference: reference)
    }
  }
}

/// The runs of one estimator.
struct BlackBoxResult {
  let estimator: BlackBoxEstimator
  let settings: BlackBoxSettings
  let runs: [BlackBoxRun]

  var meanRegrets: [Double] { runs.map(\.meanRegret) }
  var lastRegrets: [Double] { runs.map(\.lastRegret) }

  /// The variance at half of the training over that of the reference at the same policies.
  var varianceRatio: BootstrapInterval? {
    let frozen = runs.compactMap(\.frozen)
    guard !frozen.isEmpty else { return nil }
    return PairedRegrets(frozen.map(\.variance), over: frozen.map(\.referenceVariance)).ratio
  }
}

/// One estimator's regrets beside another's on the same instances.
struct PairedRegrets {
  /// The ratio of the means, and its interval over instances.
  let ratio: BootstrapInterval
  /// How much lower the mean is.
  let gain: BootstrapInterval
  /// In how many instances it is lower.
  let wins: Int

  /// The comparison of numbers in the order of the instances.
  init(_ regrets: [Double], over others: [Double]) {
    var stream = RandomStream(seed: 1, purpose: "black-box-bootstrap")
    let bootstrap = StratifiedBootstrap(
      strata: [regrets.count], resamples: 10_000, using: &stream)
    ratio = bootstrap.interval(of: [regrets], pairedWith: [others]) {
      Comparison.ratio(.mean, of: $0, over: $1)
    }
    gain = bootstrap.interval(of: [regrets], pairedWith: [others]) {
      Comparison.difference(.mean, of: $1[0], minus: $0[0])
    }
    wins = zip(regrets, others).count { $0 < $1 }
  }
}
