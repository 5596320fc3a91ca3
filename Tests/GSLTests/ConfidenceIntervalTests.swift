import GSL
import Testing

@Suite struct `Confidence intervals` {
  // scipy.stats.t.interval
  @Test(arguments: [
    (0.95, 0.362281069067075, 3.4577189309329253),
    (0.99, -0.31346708392226486, 4.133467083922265),
  ])
  func `Student's interval of a mean equals SciPy's`(
    confidence: Double, lower: Double, upper: Double
  ) throws {
    let interval = try ConfidenceInterval(ofMean: Example.x, confidence: confidence)
    #expect(agree(interval.lower, lower))
    #expect(agree(interval.upper, upper))
    #expect(agree(interval.mean, 1.91))
    #expect(
      try ConfidenceInterval(ofMean: RunningMoments(Example.x), confidence: confidence) == interval)
  }

  // scipy.stats.ttest_ind(equal_var=False).confidence_interval
  @Test(arguments: [
    (0.95, -0.4753871972927233, 3.1239586258641516),
    (0.99, -1.1656766126898992, 3.8142480412613278),
  ])
  func `Welch's interval of a difference equals SciPy's`(
    confidence: Double, lower: Double, upper: Double
  ) throws {
    let interval = try ConfidenceInterval(
      ofDifference: Example.x, minus: Example.z, confidence: confidence)
    #expect(agree(interval.lower, lower, tolerance: 1e-10))
    #expect(agree(interval.upper, upper, tolerance: 1e-10))
    #expect(agree(interval.mean, 1.3242857142857143))
  }

  @Test func `samples without any spread give a point`() throws {
    let interval = try ConfidenceInterval(ofDifference: [3, 3], minus: [1, 1, 1])
    #expect(interval.lower == 2)
    #expect(interval.upper == 2)
  }

  @Test func `Student's interval covers the mean as often as it says`() throws {
    var stream = RandomStream(seed: 41, purpose: "coverage")
    let trials = 4000
    var covered = [0, 0]
    for _ in 0..<trials {
      let interval = try ConfidenceInterval(
        ofMean: (0..<5).map { _ in 3 + stream.gaussian() }, confidence: 0.9)
      if interval.lower < 3 && 3 < interval.upper { covered[0] += 1 }
      // The control: a normal quantile in place of Student's (1.645 for 2.132 at 4 degrees).
      let reach = (interval.upper - interval.mean) * 1.645 / 2.132
      if abs(interval.mean - 3) < reach { covered[1] += 1 }
    }
    func test(_ covered: Int) throws -> Double {
      try chiSquare(
        [covered, trials - covered], expected: [0.9 * Double(trials), 0.1 * Double(trials)])
    }
    #expect(try test(covered[0]) > significance)
    #expect(try test(covered[1]) < significance)
  }

  /// For large samples the delta method knows the answer: the relative variances of the two means
  /// add up to that of the ratio.
  @Test func `the bootstrap of a ratio agrees with the delta method`() throws {
    var stream = RandomStream(seed: 42, purpose: "bootstrap")
    let numerator = (0..<500).map { _ in 2 + stream.exponential() }
    let denominator = (0..<400).map { _ in 5 + stream.gaussian() }
    let interval = try ConfidenceInterval(
      ofRatio: numerator, over: denominator, resamples: 4000, using: &stream)
    let upper = RunningMoments(numerator)
    let lower = RunningMoments(denominator)
    let ratio = upper.mean / lower.mean
    let relativeErrors = [upper, lower].map { $0.standardError / $0.mean }
    let reach = 1.96 * ratio * (relativeErrors.reduce(0) { $0 + $1 * $1 }).squareRoot()
    #expect(agree(interval.mean, ratio))
    // Four thousand ratios place each end to about 3 % of the reach; 15 % is five times that.
    #expect(abs(interval.lower - (ratio - reach)) < 0.15 * reach)
    #expect(abs(interval.upper - (ratio + reach)) < 0.15 * reach)
    // The control: an interval of another confidence is out by more than that.
    let wider = try ConfidenceInterval(
      ofRatio: numerator, over: denominator, confidence: 0.99, resamples: 4000, using: &stream)
    #expect(abs(wider.upper - (ratio + reach)) > 0.15 * reach)
  }

  @Test func `the bootstrap depends on its stream alone`() throws {
    var stream = RandomStream(seed: 43, purpose: "bootstrap")
    var copy = stream
    let positive = Example.y.map { $0 + 2 }
    let first = try ConfidenceInterval(ofRatio: Example.x, over: positive, using: &stream)
    #expect(try ConfidenceInterval(ofRatio: Example.x, over: positive, using: &copy) == first)
    #expect(try ConfidenceInterval(ofRatio: Example.x, over: positive, using: &copy) != first)
  }

  @Test func `a ratio over a mean near zero is refused`() {
    var stream = RandomStream(seed: 44, purpose: "bootstrap")
    let error = #expect(throws: GSLError.self) {
      try ConfidenceInterval(ofRatio: Example.x, over: Example.z, using: &stream)
    }
    guard case .unstableRatio(let denominator) = error else {
      Issue.record("The error is \(String(describing: error)).")
      return
    }
    #expect(denominator <= 0)
  }

  @Test(arguments: [0, 1, 95, -0.5])
  func `a confidence outside zero to one is refused`(confidence: Double) {
    let expected = GSLError.outOfRange(name: "confidence", value: confidence, allowed: "(0, 1)")
    var stream = RandomStream(seed: 45, purpose: "bootstrap")
    #expect(throws: expected) {
      try ConfidenceInterval(ofMean: Example.x, confidence: confidence)
    }
    #expect(throws: expected) {
      try ConfidenceInterval(ofDifference: Example.x, minus: Example.z, confidence: confidence)
    }
    #expect(throws: expected) {
      try ConfidenceInterval(
        ofRatio: Example.x, over: Example.y, confidence: confidence, using: &stream)
    }
  }

  @Test func `samples too small are refused`() {
    let expected = GSLError.sampleTooSmall(count: 1, minimum: 2)
    #expect(throws: expected) { try ConfidenceInterval(ofMean: [1]) }
    #expect(throws: expected) { try ConfidenceInterval(ofMean: RunningMoments([1])) }
    #expect(throws: expected) { try ConfidenceInterval(ofDifference: [1, 2], minus: [1]) }
  }
}
