import CGSL
import Glibc

/// Probabilities that a test statistic exceeds what was seen, if only chance is at work.
public enum TailProbability {
  /// The probability that a standard normal number exceeds `statistic`.
  ///
  /// [`gsl_cdf_ugaussian_Q`](https://www.gnu.org/software/gsl/doc/html/randist.html)
  ///
  /// - Parameter statistic: any number but NaN, in standard deviations.
  /// - Returns: the upper tail; twice the tail of |z| is that of a two-sided test.
  /// - Throws: `GSLError` for NaN.
  public static func normal(above statistic: Double) throws(GSLError) -> Double {
    guard !statistic.isNaN else {
      throw .outOfRange(name: "normal statistic", value: statistic, allowed: "[-∞, ∞]")
    }
    return try Library.call("gsl_cdf_ugaussian_Q") { gsl_cdf_ugaussian_Q(statistic) }
  }

  /// The probability that a chi-square number exceeds `statistic`.
  ///
  /// [`gsl_cdf_chisq_Q`](https://www.gnu.org/software/gsl/doc/html/randist.html)
  ///
  /// - Parameters:
  ///   - statistic: at least 0.
  ///   - degreesOfFreedom: above 0.
  /// - Returns: the upper tail.
  /// - Throws: `GSLError` for parameters out of range.
  public static func chiSquare(
    above statistic: Double, degreesOfFreedom: Double
  ) throws(GSLError) -> Double {
    guard statistic >= 0 && statistic.isFinite else {
      throw .outOfRange(name: "chi-square statistic", value: statistic, allowed: "[0, ∞)")
    }
    guard degreesOfFreedom > 0 && degreesOfFreedom.isFinite else {
      throw .outOfRange(name: "degrees of freedom", value: degreesOfFreedom, allowed: "(0, ∞)")
    }
    return try Library.call("gsl_cdf_chisq_Q") { gsl_cdf_chisq_Q(statistic, degreesOfFreedom) }
  }

  /// The probability that Student's t exceeds `statistic`.
  ///
  /// [`gsl_cdf_tdist_Q`](https://www.gnu.org/software/gsl/doc/html/randist.html)
  ///
  /// - Parameters:
  ///   - statistic: finite.
  ///   - degreesOfFreedom: above 0.
  /// - Returns: the upper tail.
  /// - Throws: `GSLError` for parameters out of range.
  public static func studentT(
    above statistic: Double, degreesOfFreedom: Double
  ) throws(GSLError) -> Double {
    guard statistic.isFinite else {
      throw .outOfRange(name: "t statistic", value: statistic, allowed: "(-∞, ∞)")
    }
    guard degreesOfFreedom > 0 && degreesOfFreedom.isFinite else {
      throw .outOfRange(name: "degrees of freedom", value: degreesOfFreedom, allowed: "(0, ∞)")
    }
    return try Library.call("gsl_cdf_tdist_Q") { gsl_cdf_tdist_Q(statistic, degreesOfFreedom) }
  }

  /// The probability that an empirical distribution strays further from the true one.
  ///
  /// Kolmogorov's limit with the correction for finite samples of Stephens (1970), within 3 % of
  /// the exact tail from 20 values on.
  ///
  /// - Parameters:
  ///   - distance: largest difference of the two distribution functions, in [0, 1].
  ///   - count: size of the sample, at least 1.
  /// - Returns: the upper tail.
  /// - Throws: `GSLError` for parameters out of range.
  public static func kolmogorov(above distance: Double, count: Int) throws(GSLError) -> Double {
    guard distance >= 0 && distance <= 1 else {
      throw .outOfRange(name: "Kolmogorov distance", value: distance, allowed: "[0, 1]")
    }
    guard count >= 1 else { throw .sampleTooSmall(count: count, minimum: 1) }
    let root = Double(count).squareRoot()
    return kolmogorovLimit(above: distance * (root + 0.12 + 0.11 / root))
  }

  /// The tail of Kolmogorov's limit distribution, by whichever of its two series converges fast.
  ///
  /// Feller (1948), "On the Kolmogorov-Smirnov limit theorems for empirical distributions".
  private static func kolmogorovLimit(above statistic: Double) -> Double {
    guard statistic > 0 else { return 1 }
    guard statistic < 1 else {
      // 2 Σ (−1)^(k−1) exp(−2 k² x²): from x = 1 on the fifth term is below 10⁻²¹.
      return (1...5).reduce(0.0) { sum, term in
        let number = Double(term)
        let sign = term.isMultiple(of: 2) ? -2.0 : 2.0
        return sum + sign * exp(-2 * number * number * statistic * statistic)
      }
    }
    // 1 − √(2π)/x Σ exp(−(2k − 1)² π² / 8x²): below x = 1 the fourth term is below 10⁻²⁶.
    let lower = (1...4).reduce(0.0) { sum, term in
      let odd = Double(2 * term - 1)
      return sum + exp(-odd * odd * .pi * .pi / (8 * statistic * statistic))
    }
    return 1 - (2 * Double.pi).squareRoot() / statistic * lower
  }
}
