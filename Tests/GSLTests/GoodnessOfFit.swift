import GSL

/// Each test of a distribution rejects below this; so a false alarm comes once in ten million runs
/// with a fresh seed, and here the seeds are fixed.
let significance = 1e-7

/// The probability that a sample of the distribution strays further from it (Kolmogorov, Smirnov).
func kolmogorovSmirnov(
  _ sample: [Double], against distribution: (Double) throws -> Double
) throws -> Double {
  let count = Double(sample.count)
  var distance = 0.0
  for (rank, value) in sample.sorted().enumerated() {
    let expected = try distribution(value)
    let below = expected - Double(rank) / count
    let above = Double(rank + 1) / count - expected
    distance = max(distance, below, above)
  }
  return try TailProbability.kolmogorov(above: distance, count: sample.count)
}

/// The probability that counts stray further from their expectation (Pearson's chi-square).
func chiSquare(_ counts: [Int], expected: [Double]) throws -> Double {
  let statistic = zip(counts, expected).reduce(0.0) { sum, pair in
    let deviation = Double(pair.0) - pair.1
    return sum + deviation * deviation / pair.1
  }
  return try TailProbability.chiSquare(
    above: statistic, degreesOfFreedom: Double(counts.count - 1))
}

/// The probability that counts of equally likely outcomes stray further from equality.
func chiSquareOfEquallyLikely(_ counts: [Int]) throws -> Double {
  let mean = Double(counts.reduce(0, +)) / Double(counts.count)
  return try chiSquare(counts, expected: counts.map { _ in mean })
}
