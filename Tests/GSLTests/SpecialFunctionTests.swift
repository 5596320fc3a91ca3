import GSL
import Testing

@Suite struct `Special functions` {
  // d/da of scipy.special.gammaincinv at a fixed probability, by differences of fourth order.
  @Test(arguments: [
    (0.3, 0.01, 0.14920695356), (0.3, 2, 3.564110321307), (1, 0.05, 0.175913741108),
    (1, 1.2, 1.28547175356), (1, 12, 3.13944844780), (3, 2.5, 0.963361828834),
    (3, 20, 2.348346064736), (60, 55, 0.959787347723), (60, 100, 1.280588062817),
    (900, 870, 0.983327075379), (900, 1010, 1.05895923045),
  ])
  func `derivatives of gamma samples equal SciPy's`(
    shape: Double, sample: Double, expected: Double
  ) throws {
    let found = try SpecialFunctions.gammaSampleDerivative(sample, shape: shape)
    #expect(abs(found - expected) < 1e-7 * expected, "\(found)")
  }

  // scipy.special.digamma and polygamma
  @Test func `of Γ equal SciPy's`() throws {
    #expect(abs(try SpecialFunctions.digamma(2.5) - 0.7031566406452432) < 1e-14)
    #expect(abs(try SpecialFunctions.polygamma(1, 2.5) - 0.4903577561002348) < 1e-14)
    #expect(abs(try SpecialFunctions.polygamma(2, 2.5) + 0.23620405164172727) < 1e-13)
  }

  @Test(arguments: [0, -1, .infinity, .nan])
  func `refuse numbers that are not positive`(number: Double) {
    #expect(throws: GSLError.self) { try SpecialFunctions.digamma(number) }
    #expect(throws: GSLError.self) {
      try SpecialFunctions.gammaSampleDerivative(number, shape: 1)
    }
    #expect(throws: GSLError.self) {
      try SpecialFunctions.gammaSampleDerivative(1, shape: number)
    }
    #expect(throws: GSLError.self) {
      try SpecialFunctions.gammaStandardization(1, shape: number)
    }
  }

  @Test(arguments: [0.2, 1, 7.5])
  func `gamma variates have the mean and the variance of their shape`(shape: Double) {
    var stream = RandomStream(seed: 8, purpose: "gamma")
    var moments = RunningMoments()
    let count = 100_000
    for _ in 0..<count { moments.add(stream.gamma(shape: shape)) }
    #expect(abs(moments.mean - shape) < 6.5 * (shape / Double(count)).squareRoot())
    // The fourth central moment is 3 α² + 6 α.
    let error = ((2 * shape * shape + 6 * shape) / Double(count)).squareRoot()
    #expect(abs(moments.variance - shape) < 6.5 * error)
  }
}
