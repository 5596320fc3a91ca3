import Differentiation
import Distributions
import Estimators
import GSL
import Glibc
import Networks

/// What was measured of one estimator on one problem.
struct CheckRow {
  /// In standard errors of the mean.
  let bias: Double
  /// Summed over the parameters.
  let variance: Double
  /// Processor time of one gradient, noise and f included.
  let nanoseconds: Double

  private static let rows = 2000

  init(_ problem: CheckProblem, _ method: CheckMethod, draws: Int, seed: UInt64) throws {
    let phi = try CheckTraining.fit(method, to: problem, seed: seed)
    let sampler = GradientSampler(rows: Self.rows)
    let estimate = method.estimate(
      problem,
      CheckInputs(
        graph: sampler.graph, rows: Self.rows, noise: sampler.noise, data: sampler.input,
        phi: ParameterTensors(
          phi.layout,
          tensors: phi.layout.views.map { sampler.input(phi[$0.name], Shape($0.shape)) }))
    ).gradient
    var stream = RandomStream(seed: seed, purpose: "estimator-check")
    let runs = (draws + Self.rows - 1) / Self.rows
    let start = threadSeconds()
    let moments = try sampler.sample(estimate.distributionGradient, runs: runs) {
      stream.fill($0, &$1)
    }
    nanoseconds = (threadSeconds() - start) * 1e9 / Double(moments.draws)
    bias = moments.deviation(from: try problem.exactGradient())
    variance = moments.variances.reduce(0, +)
  }
}

/// The processor time that the calling thread has used, in seconds: other processes do not count.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
