import CGSL
import Foundation

/// Functions of probability theory that Foundation lacks.
public enum SpecialFunctions {
  /// ψ(x), the derivative of log Γ; GSL's.
  ///
  /// - Parameter x: finite and positive.
  /// - Returns: ψ(x).
  /// - Throws: `GSLError` where GSL has no value.
  public static func digamma(_ x: Double) throws(GSLError) -> Double {
    try requirePositive("argument of ψ", x)
    return try Library.call("gsl_sf_psi") { gsl_sf_psi(x) }
  }

  /// ψ⁽ⁿ⁾(x), the n-th derivative of ψ; GSL's.
  ///
  /// - Parameters:
  ///   - order: n, from 0.
  ///   - x: finite and positive.
  /// - Returns: the derivative.
  /// - Throws: `GSLError` where GSL has no value.
  public static func polygamma(_ order: Int, _ x: Double) throws(GSLError) -> Double {
    guard (0...1_000).contains(order) else {
      throw .outOfRange(
        name: "order of a derivative of ψ", value: Double(order), allowed: "[0, 1000]")
    }
    try requirePositive("argument of ψ", x)
    return try Library.call("gsl_sf_psi_n") { gsl_sf_psi_n(Int32(order), x) }
  }

  /// dz/dα of z ~ Gamma(α, 1) at a fixed value of its distribution function F: −(∂F/∂α) / (∂F/∂z).
  ///
  /// Figurnov, Mohamed and Mnih (2018), eq. 6. Below and around the mode by F's power series, whose terms are all
  /// of one sign there, with ψ carried from term to term; in the upper tail, where they cancel, by the
  /// integral of the density's own derivative, by the trapezoidal rule after t = w exp(s − exp(−s)). To ten digits.
  ///
  /// - Parameters:
  ///   - sample: z, finite and positive.
  ///   - shape: α, finite and positive.
  /// - Returns: the derivative, positive.
  /// - Throws: `GSLError` for other numbers.
  /// - Complexity: O(√α + z) below the tail.
  public static func gammaSampleDerivative(
    _ sample: Double, shape: Double
  ) throws(GSLError) -> Double {
    try requirePositive("sample", sample)
    try requirePositive("shape", shape)
    return sample > shape + 3 * shape.squareRoot() + 3
      ? upperTail(sample, shape, try digamma(shape))
      : series(sample, shape, try digamma(shape + 1))
  }

  /// What the standardization ε = (log z − ψ(α)) / √ψ′(α) of z ~ Gamma(α, 1) leaves of α, for generalized
  /// reparameterization.
  ///
  /// Ruiz, Titsias and Blei (2016), eq. 10 to 13 and table 1.
  ///
  /// - Parameters:
  ///   - sample: z, finite and positive.
  ///   - shape: α, finite and positive.
  /// - Returns: dz/dα at a fixed ε, and d log p(ε; α)/dα at that ε.
  /// - Throws: `GSLError` for other numbers.
  public static func gammaStandardization(
    _ sample: Double, shape: Double
  ) throws(GSLError) -> (derivative: Double, score: Double) {
    try requirePositive("sample", sample)
    let digamma = try digamma(shape)
    let (first, second) = (try polygamma(1, shape), try polygamma(2, shape))
    let centered = log(sample) - digamma
    let derivative = sample * (centered * second / (2 * first) + first)
    return (
      derivative, centered + (shape / sample - 1) * derivative + second / (2 * first)
    )
  }

  private static func series(_ sample: Double, _ shape: Double, _ firstDigamma: Double) -> Double {
    let logarithm = log(sample)
    var (term, digamma, count, total) = (sample / shape, firstDigamma, shape, 0.0)
    while true {
      let change = term * (digamma - logarithm)
      total += change
      count += 1
      digamma += 1 / count
      term *= sample / count
      if count > sample, abs(change) <= 1e-17 * abs(total) || term == 0 { return total }
    }
  }

  private static func upperTail(_ sample: Double, _ shape: Double, _ digamma: Double) -> Double {
    let (width, step) = (sample.squareRoot(), 0.05)
    return step
      * stride(from: -3.6, to: 4.5, by: step).reduce(0) { total, s in
        let shrunk = exp(-s)
        let t = width * exp(s - shrunk)
        let density = exp((shape - 1) * log1p(t / sample) - t)
        return total + t * (1 + shrunk) * density * (log(sample + t) - digamma)
      }
  }

  private static func requirePositive(_ name: String, _ value: Double) throws(GSLError) {
    guard value > 0 && value.isFinite else {
      throw .outOfRange(name: name, value: value, allowed: "(0, ∞)")
    }
  }
}
