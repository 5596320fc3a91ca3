import GSL
import Testing

@Suite struct `Tail probabilities` {
  // scipy.stats.norm.sf
  @Test(arguments: [
    (-2, 0.9772498680518208), (0, 0.5), (1.5, 0.06680720126885807), (6, 9.865876450376946e-10),
    (40, 0),
  ])
  func `normal ones equal SciPy's`(statistic: Double, expected: Double) throws {
    let tail = try TailProbability.normal(above: statistic)
    #expect(abs(tail - expected) <= 1e-11 * expected)
  }

  // scipy.stats.chi2.sf; the last one underflows, which is no error
  @Test(arguments: [
    (3, 4, 0.5578254003710748), (11.5, 4, 0.021483770376440253), (60, 7, 1.5095553022989154e-10),
    (0.1, 1, 0.7518296340458492), (5000, 10, 0),
  ])
  func `chi-square ones equal SciPy's`(
    statistic: Double, freedom: Double, expected: Double
  ) throws {
    let tail = try TailProbability.chiSquare(above: statistic, degreesOfFreedom: freedom)
    #expect(abs(tail - expected) <= 1e-11 * expected)
  }

  // scipy.stats.t.sf
  @Test(arguments: [
    (1.2, 3, 0.15813105734905258), (-0.5, 9, 0.6854643500869868), (4.3, 2.5, 0.01657619397496096),
  ])
  func `Student's equal SciPy's`(statistic: Double, freedom: Double, expected: Double) throws {
    let tail = try TailProbability.studentT(above: statistic, degreesOfFreedom: freedom)
    #expect(abs(tail - expected) <= 1e-11 * expected)
  }

  // scipy.special.kolmogorov, on both sides of the change of series at 1
  @Test(arguments: [
    (0.2, 0.999999999999495), (0.3, 0.9999906941986655), (0.5, 0.9639452436648751),
    (0.9, 0.3927307079406543), (0.999, 0.27107316411506394), (1, 0.26999967167735456),
    (1.5, 0.022217962616525127), (2.5, 7.453306344157342e-06),
  ])
  func `Kolmogorov's limit equals SciPy's`(scaled: Double, expected: Double) throws {
    let root = 1e4
    let distance = scaled / (root + 0.12 + 0.11 / root)
    let tail = try TailProbability.kolmogorov(above: distance, count: 100_000_000)
    #expect(abs(tail - expected) <= 1e-11 * expected)
  }

  // scipy.stats.kstwo.sf, the exact distribution for finite samples
  @Test(arguments: [
    (0.2, 20, 0.352720173623415), (0.05, 500, 0.15866260223815387),
    (0.03, 2000, 0.05354694793932557),
  ])
  func `Kolmogorov's tail for finite samples is right to three percent`(
    distance: Double, count: Int, expected: Double
  ) throws {
    let tail = try TailProbability.kolmogorov(above: distance, count: count)
    #expect(abs(tail - expected) < 0.03 * expected)
  }

  @Test func `the ends of the range are certain or impossible`() throws {
    #expect(try TailProbability.kolmogorov(above: 0, count: 10) == 1)
    #expect(try TailProbability.chiSquare(above: 0, degreesOfFreedom: 3) == 1)
    #expect(try TailProbability.normal(above: -.infinity) == 1)
  }

  @Test func `parameters out of range are refused`() {
    #expect(
      throws: GSLError.outOfRange(name: "chi-square statistic", value: -1, allowed: "[0, ∞)")
    ) {
      try TailProbability.chiSquare(above: -1, degreesOfFreedom: 2)
    }
    #expect(
      throws: GSLError.outOfRange(name: "degrees of freedom", value: 0, allowed: "(0, ∞)")
    ) {
      try TailProbability.studentT(above: 1, degreesOfFreedom: 0)
    }
    #expect(
      throws: GSLError.outOfRange(name: "Kolmogorov distance", value: 1.5, allowed: "[0, 1]")
    ) {
      try TailProbability.kolmogorov(above: 1.5, count: 10)
    }
    #expect(throws: GSLError.sampleTooSmall(count: 0, minimum: 1)) {
      try TailProbability.kolmogorov(above: 0.5, count: 0)
    }
  }
}
