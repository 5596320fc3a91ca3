import CGSL

/// An estimate and the interval that covers the true value with a stated confidence.
public struct ConfidenceInterval: Sendable, Codable, Hashable {
  /// The lower end.
  public let lower: Double
  /// The upper end.
  public let upper: Double
  /// The estimate itself: a mean, a difference of means or a ratio of means.
  public let mean: Double

  /// Student's interval of a mean, for independent values that are about normal.
  ///
  /// - Parameters:
  ///   - sample: at least two finite values.
  ///   - confidence: in (0, 1). The default is the one that results are mostly quoted with.
  /// - Throws: `GSLError` for a confidence out of range or a sample too small or not finite.
  public init(ofMean sample: [Double], confidence: Double = 0.95) throws(GSLError) {
    try Statistics.check(sample, minimum: 2)
    try self.init(ofMean: RunningMoments(sample), confidence: confidence)
  }

  /// Student's interval of the mean of numbers that arrived one by one.
  ///
  /// - Parameters:
  ///   - moments: of at least two finite numbers.
  ///   - confidence: in (0, 1).
  /// - Throws: `GSLError` for a confidence out of range or fewer than two numbers.
  public init(ofMean moments: RunningMoments, confidence: Double = 0.95) throws(GSLError) {
    guard moments.count >= 2 else {
      throw .sampleTooSmall(count: moments.count, minimum: 2)
    }
    try self.init(
      estimate: moments.mean, standardError: moments.standardError,
      degreesOfFreedom: Double(moments.count - 1), confidence: confidence)
  }

  /// The interval of a difference of two means whose variances may differ.
  ///
  /// Welch (1947), "The generalization of Student's problem when several different population
  /// variances are involved".
  ///
  /// - Parameters:
  ///   - sample: at least two finite values.
  ///   - other: at least two finite values, independent of the first; their number may differ.
  ///   - confidence: in (0, 1).
  /// - Throws: `GSLError` for a confidence out of range or a sample too small or not finite.
  public init(
    ofDifference sample: [Double], minus other: [Double], confidence: Double = 0.95
  ) throws(GSLError) {
    try Statistics.check(sample, minimum: 2)
    try Statistics.check(other, minimum: 2)
    let first = RunningMoments(sample)
    let second = RunningMoments(other)
    let firstShare = first.variance / Double(first.count)
    let secondShare = second.variance / Double(second.count)
    let total = firstShare + secondShare
    // Written with shares of the total: the squares of tiny variances would underflow.
    let firstPart = total > 0 ? firstShare / total : 1
    let secondPart = total > 0 ? secondShare / total : 0
    let inverseFreedom =
      firstPart * firstPart / Double(first.count - 1)
      + secondPart * secondPart / Double(second.count - 1)
    try self.init(
      estimate: first.mean - second.mean, standardError: total.squareRoot(),
      degreesOfFreedom: 1 / inverseFreedom, confidence: confidence)
  }

  /// The bootstrap's percentile interval of a ratio of two means.
  ///
  /// Both samples are drawn anew with replacement, independently of each other, and the interval
  /// lies between the quantiles of the ratios. Efron and Tibshirani (1993), chapter 13.
  ///
  /// - Parameters:
  ///   - numerator: at least two finite values.
  ///   - denominator: at least two finite values whose mean keeps its sign in every resample.
  ///   - confidence: in (0, 1).
  ///   - resamples: how many ratios to draw, at least 100. The default puts the ends of a 95 %
  ///     interval at the 50th value from either end.
  ///   - stream: the source of randomness.
  /// - Throws: `GSLError` for parameters out of range, a sample too small or not finite, or a
  ///   denominator too close to zero.
  public init(
    ofRatio numerator: [Double], over denominator: [Double], confidence: Double = 0.95,
    resamples: Int = 2000, using stream: inout RandomStream
  ) throws(GSLError) {
    try Self.check(confidence: confidence)
    guard resamples >= 100 else {
      throw .outOfRange(name: "number of resamples", value: Double(resamples), allowed: "[100, ∞)")
    }
    try Statistics.check(numerator, minimum: 2)
    try Statistics.check(denominator, minimum: 2)
    let denominatorMean = try Statistics.mean(denominator)
    guard denominatorMean != 0 else { throw .unstableRatio(denominator: denominatorMean) }
    var ratios: [Double] = []
    ratios.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let upper = Self.resampledMean(numerator, &stream)
      let lower = Self.resampledMean(denominator, &stream)
      guard lower != 0 && lower.sign == denominatorMean.sign else {
        throw .unstableRatio(denominator: lower)
      }
      ratios.append(upper / lower)
    }
    lower = try Statistics.quantile((1 - confidence) / 2, of: ratios)
    upper = try Statistics.quantile((1 + confidence) / 2, of: ratios)
    mean = try Statistics.mean(numerator) / denominatorMean
  }

  private init(
    estimate: Double, standardError: Double, degreesOfFreedom: Double, confidence: Double
  ) throws(GSLError) {
    try Self.check(confidence: confidence)
    let reach = try Library.call("gsl_cdf_tdist_Qinv") {
      gsl_cdf_tdist_Qinv((1 - confidence) / 2, degreesOfFreedom)
    }
    mean = estimate
    lower = estimate - reach * standardError
    upper = estimate + reach * standardError
  }

  private static func check(confidence: Double) throws(GSLError) {
    guard confidence > 0 && confidence < 1 else {
      throw .outOfRange(name: "confidence", value: confidence, allowed: "(0, 1)")
    }
  }

  private static func resampledMean(_ sample: [Double], _ stream: inout RandomStream) -> Double {
    var sum = 0.0
    for _ in sample.indices { sum += sample[stream.index(below: sample.count)] }
    return sum / Double(sample.count)
  }
}
