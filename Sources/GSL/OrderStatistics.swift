import CGSL

/// Statistics that depend on the order of the values only, robust against a few wild ones.
extension Statistics {
  /// The value below which a given share of the sample lies.
  ///
  /// Interpolates linearly between neighbours: with the sorted values x₀ … x₍ₙ₋₁₎, the quantile at
  /// p is found at the position (n − 1) p. See
  /// [`gsl_stats_quantile_from_sorted_data`](https://www.gnu.org/software/gsl/doc/html/statistics.html).
  ///
  /// - Parameters:
  ///   - probability: the share, in [0, 1]; 0 gives the minimum and 1 the maximum.
  ///   - sample: at least one finite value, in any order.
  /// - Returns: the quantile.
  /// - Throws: `GSLError` for a share outside [0, 1] or a sample that is empty or not finite.
  public static func quantile(_ probability: Double, of sample: [Double]) throws(GSLError) -> Double
  {
    guard probability >= 0 && probability <= 1 else {
      throw .outOfRange(name: "quantile's probability", value: probability, allowed: "[0, 1]")
    }
    try check(sample, minimum: 1)
    return gsl_stats_quantile_from_sorted_data(sample.sorted(), 1, sample.count, probability)
  }

  /// The middle value, or the mean of the two middle ones.
  ///
  /// [`gsl_stats_median_from_sorted_data`](https://www.gnu.org/software/gsl/doc/html/statistics.html)
  ///
  /// - Parameter sample: at least one finite value, in any order.
  /// - Returns: the median.
  /// - Throws: `GSLError` for a sample that is empty or not finite.
  public static func median(_ sample: [Double]) throws(GSLError) -> Double {
    try check(sample, minimum: 1)
    return gsl_stats_median_from_sorted_data(sample.sorted(), 1, sample.count)
  }

  /// The mean of what is left when the smallest and the largest values are cut off.
  ///
  /// ⌊`share` · n⌋ values go at each end. See
  /// [`gsl_stats_trmean_from_sorted_data`](https://www.gnu.org/software/gsl/doc/html/statistics.html).
  ///
  /// - Parameters:
  ///   - sample: at least one finite value, in any order.
  ///   - share: the share to cut off at each end, in [0, 0.5); 0 gives the mean.
  /// - Returns: the mean of the rest.
  /// - Throws: `GSLError` for a share out of range or a sample that is empty or not finite.
  public static func trimmedMean(_ sample: [Double], cutting share: Double) throws(GSLError)
    -> Double
  {
    guard share >= 0 && share < 0.5 else {
      throw .outOfRange(name: "share to cut off at each end", value: share, allowed: "[0, 0.5)")
    }
    try check(sample, minimum: 1)
    return gsl_stats_trmean_from_sorted_data(share, sample.sorted(), 1, sample.count)
  }

  /// The mean of the middle half of the sample.
  ///
  /// Recommended for scores over a few seeds by Agarwal et al. (2021), "Deep reinforcement learning
  /// at the edge of the statistical precipice".
  ///
  /// - Parameter sample: at least one finite value, in any order.
  /// - Returns: the mean without a quarter of the values at each end, rounded down.
  /// - Throws: `GSLError` for a sample that is empty or not finite.
  public static func interquartileMean(_ sample: [Double]) throws(GSLError) -> Double {
    try trimmedMean(sample, cutting: 0.25)
  }
}
