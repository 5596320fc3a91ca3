import CGSL

/// Statistics of samples held in memory.
///
/// For numbers that arrive one by one see `RunningMoments`.
public enum Statistics {
  /// The arithmetic mean.
  ///
  /// [`gsl_stats_mean`](https://www.gnu.org/software/gsl/doc/html/statistics.html)
  ///
  /// - Parameter sample: at least one finite value.
  /// - Returns: the mean.
  /// - Throws: `GSLError` for a sample that is empty or not finite.
  public static func mean(_ sample: [Double]) throws(GSLError) -> Double {
    try check(sample, minimum: 1)
    return gsl_stats_mean(sample, 1, sample.count)
  }

  /// The unbiased variance, with divisor n − 1.
  ///
  /// [`gsl_stats_variance`](https://www.gnu.org/software/gsl/doc/html/statistics.html)
  ///
  /// - Parameter sample: at least two finite values.
  /// - Returns: the variance.
  /// - Throws: `GSLError` for a sample that is too small or not finite.
  public static func variance(_ sample: [Double]) throws(GSLError) -> Double {
    try check(sample, minimum: 2)
    return gsl_stats_variance(sample, 1, sample.count)
  }

  /// The unbiased covariance of paired samples, with divisor n − 1.
  ///
  /// [`gsl_stats_covariance`](https://www.gnu.org/software/gsl/doc/html/statistics.html)
  ///
  /// - Parameters:
  ///   - first: at least two finite values.
  ///   - second: as many.
  /// - Returns: the covariance.
  /// - Throws: `GSLError` for samples that are too small, not finite or of different lengths.
  public static func covariance(_ first: [Double], _ second: [Double]) throws(GSLError) -> Double {
    try checkPair(first, second)
    return gsl_stats_covariance(first, 1, second, 1, first.count)
  }

  /// The correlation coefficient of Pearson.
  ///
  /// [`gsl_stats_correlation`](https://www.gnu.org/software/gsl/doc/html/statistics.html)
  ///
  /// - Parameters:
  ///   - first: at least two finite values, not all equal.
  ///   - second: as many, not all equal.
  /// - Returns: a number in [−1, 1].
  /// - Throws: `GSLError` for samples that are too small, constant, not finite or of different
  ///   lengths.
  public static func correlation(_ first: [Double], _ second: [Double]) throws(GSLError) -> Double {
    try checkPair(first, second)
    for sample in [first, second] where sample.allSatisfy({ $0 == sample[0] }) {
      throw .constantSample(value: sample[0])
    }
    // Rounding alone can carry the quotient past ±1.
    return min(max(gsl_stats_correlation(first, 1, second, 1, first.count), -1), 1)
  }

  static func check(_ sample: [Double], minimum: Int) throws(GSLError) {
    guard sample.count >= minimum else {
      throw .sampleTooSmall(count: sample.count, minimum: minimum)
    }
    for (index, value) in sample.enumerated() where !value.isFinite {
      throw .notFinite(value: value, index: index)
    }
  }

  private static func checkPair(_ first: [Double], _ second: [Double]) throws(GSLError) {
    guard first.count == second.count else {
      throw .lengthsDiffer(first: first.count, second: second.count)
    }
    try check(first, minimum: 2)
    try check(second, minimum: 2)
  }
}
