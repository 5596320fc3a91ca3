import CGSL
import GSL
import Testing

/// Whether two numbers agree to twelve digits, or to 10⁻¹² where they are small.
func agree(_ value: Double, _ expected: Double, tolerance: Double = 1e-12) -> Bool {
  abs(value - expected) <= tolerance * max(1, abs(expected))
}

/// Three samples without any pattern; all expected numbers below come from NumPy and SciPy 1.17.
enum Example {
  static let x = [2.1, -0.4, 3.3, 1.7, 0.2, 5.9, -1.1, 2.8, 4.0, 0.6]
  static let y = [1.0, 0.3, 2.2, 2.9, -0.7, 4.1, -0.2, 1.6, 3.5, 1.2]
  static let z = [0.5, 1.5, -0.9, 0.8, 2.4, 1.1, -1.3]
}

@Suite struct `Statistics of a sample` {
  // numpy.mean, numpy.var(ddof=1), numpy.cov, numpy.corrcoef
  @Test func `moments equal NumPy's`() throws {
    #expect(agree(try Statistics.mean(Example.x), 1.91))
    #expect(agree(try Statistics.variance(Example.x), 4.681))
    #expect(agree(try Statistics.covariance(Example.x, Example.y), 3.030111111111111))
    #expect(agree(try Statistics.correlation(Example.x, Example.y), 0.8828480705361694))
  }

  // numpy.quantile with its default, linear interpolation
  @Test(arguments: [(0, -1.1), (0.1, -0.47), (0.25, 0.3), (0.5, 1.9), (0.9, 4.19), (1, 5.9)])
  func `quantiles equal NumPy's`(probability: Double, expected: Double) throws {
    #expect(agree(try Statistics.quantile(probability, of: Example.x), expected))
  }

  // numpy.median, scipy.stats.trim_mean
  @Test func `medians and trimmed means equal SciPy's`() throws {
    #expect(agree(try Statistics.median(Example.x), 1.9))
    #expect(agree(try Statistics.median(Example.z), 0.8))
    #expect(agree(try Statistics.trimmedMean(Example.x, cutting: 0), 1.91))
    #expect(agree(try Statistics.trimmedMean(Example.x, cutting: 0.1), 1.7875))
    #expect(agree(try Statistics.trimmedMean(Example.x, cutting: 0.3), 1.8))
    #expect(agree(try Statistics.interquartileMean(Example.x), 1.7833333333333332))
    #expect(agree(try Statistics.interquartileMean(Example.z), 0.6))
  }

  @Test func `perfect correlation is exactly one, with its sign`() throws {
    #expect(try Statistics.correlation([0.1, 0.2, 0.7], [0.1, 0.2, 0.7]) == 1)
    #expect(try Statistics.correlation([0.1, 0.2, 0.7], [-0.1, -0.2, -0.7]) == -1)
  }

  @Test func `samples that cannot be used are refused with the value received`() {
    #expect(throws: GSLError.sampleTooSmall(count: 0, minimum: 1)) { try Statistics.mean([]) }
    #expect(throws: GSLError.sampleTooSmall(count: 1, minimum: 2)) { try Statistics.variance([1]) }
    #expect(throws: GSLError.sampleTooSmall(count: 0, minimum: 1)) { try Statistics.median([]) }
    #expect(throws: GSLError.lengthsDiffer(first: 2, second: 3)) {
      try Statistics.covariance([1, 2], [1, 2, 3])
    }
    #expect(throws: GSLError.constantSample(value: 4)) {
      try Statistics.correlation([1, 2], [4, 4])
    }
    #expect(throws: GSLError.notFinite(value: .infinity, index: 1)) {
      try Statistics.interquartileMean([1, .infinity])
    }
  }

  @Test(arguments: [-0.1, 1.1, .infinity])
  func `a quantile outside zero to one is refused`(probability: Double) {
    #expect(
      throws: GSLError.outOfRange(
        name: "quantile's probability", value: probability, allowed: "[0, 1]")
    ) {
      try Statistics.quantile(probability, of: Example.x)
    }
  }

  @Test(arguments: [-0.1, 0.5, 2])
  func `cutting off everything is refused`(share: Double) {
    #expect(
      throws: GSLError.outOfRange(
        name: "share to cut off at each end", value: share, allowed: "[0, 0.5)")
    ) {
      try Statistics.trimmedMean(Example.x, cutting: share)
    }
  }

  @Test func `errors say what is wrong and what would be right`() {
    let error = GSLError.outOfRange(name: "confidence", value: 95, allowed: "(0, 1)")
    #expect("\(error)" == "The confidence must lie in (0, 1) but is 95.0.")
  }
}

@Suite struct `Errors of the C library` {
  @Test func `an error that GSL reports is thrown and does not abort`() throws {
    #expect(throws: GSLError.library(call: "gsl_cdf_beta_Pinv", status: Int32(GSL_EDOM))) {
      try Library.call("gsl_cdf_beta_Pinv") { gsl_cdf_beta_Pinv(2, 1, 1) }
    }
    #expect(
      "\(GSLError.library(call: "gsl_f", status: Int32(GSL_EDOM)))"
        == "gsl_f failed with status 1: input domain error.")
  }

  @Test func `an error is forgotten by the next call`() throws {
    _ = try? Library.call("gsl_cdf_beta_Pinv") { gsl_cdf_beta_Pinv(2, 1, 1) }
    #expect(try Library.call("gsl_cdf_beta_Pinv") { gsl_cdf_beta_Pinv(0.5, 1, 1) } == 0.5)
  }
}
