/// Independent draws of a gradient, and what they say about its distribution.
struct GradientSample {
  private let draws: [[Double]]
  private let mean: [Double]
  /// ‖g_i − ḡ‖² n / (n − 1) of each draw: their mean is the variance summed over all parameters.
  let squaredDistances: [Double]

  init(_ draws: [[Float]]) { self.init(draws.map { $0.map(Double.init) }) }

  private init(_ draws: [[Double]]) {
    let count = Double(draws.count)
    var mean = [Double](repeating: 0, count: draws.first?.count ?? 0)
    for draw in draws {
      for index in mean.indices { mean[index] += draw[index] / count }
    }
    self.draws = draws
    self.mean = mean
    squaredDistances = draws.map { draw in
      zip(draw, mean).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) * count / (count - 1)
    }
  }

  /// The differences of draws that belong together, as those of the same episodes do.
  func difference(from other: GradientSample) -> GradientSample {
    GradientSample(zip(draws, other.draws).map { zip($0, $1).map { $0 - $1 } })
  }

  /// ‖ḡ‖² without what chance adds to it, an unbiased estimate of ‖E g‖², and the jackknife's
  /// standard error.
  var squaredNorm: (estimate: Double, standardError: Double) {
    let count = Double(draws.count)
    let length = mean.map { $0 * $0 }.reduce(0, +)
    let variance = squaredDistances.reduce(0, +) / count
    // Without draw i the mean is ḡ + (ḡ − g_i) / (n − 1), and the sum of squares about it is less by
    // ‖g_i − ḡ‖² n / (n − 1).
    let replicates = zip(draws, squaredDistances).map { draw, squared in
      let along = zip(mean, draw).map { $0 * ($0 - $1) }.reduce(0, +)
      let distance = squared * (count - 1) / count
      let left = length + 2 * along / (count - 1) + distance / ((count - 1) * (count - 1))
      let leftVariance = (variance * (count - 1) - squared) / (count - 2)
      return left - leftVariance / (count - 1)
    }
    let average = replicates.reduce(0, +) / count
    let spread = replicates.map { ($0 - average) * ($0 - average) }.reduce(0, +)
    return (length - variance / count, (spread * (count - 1) / count).squareRoot())
  }
}
