import GSL

/// The probability that draws from the given distribution function stray as far as the sample does.
func kolmogorovSmirnov(_ sample: [Double], _ cumulative: (Double) -> Double) throws -> Double {
  let count = Double(sample.count)
  var distance = 0.0
  for (index, value) in sample.sorted().enumerated() {
    let expected = cumulative(value)
    distance = max(distance, Double(index + 1) / count - expected, expected - Double(index) / count)
  }
  return try TailProbability.kolmogorov(above: distance, count: sample.count)
}
