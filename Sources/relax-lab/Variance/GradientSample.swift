import Foundation
import GSL

/// Independent draws of a gradient, and what they say about its distribution.
struct GradientSample {
  let draws: [[Double]]
  let mean: [Double]
  /// ‖g_i − ḡ‖² n / (n − 1) of each draw: their mean is the variance summed over all parameters.
  let squaredDistances: [Double]

  init(_ draws: [[Float]]) {
    let draws = draws.map { $0.map(Double.init) }
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

  /// An unbiased estimate of ‖E g‖², and its standard error.
  var squaredNorm: (estimate: Double, standardError: Double) {
    Self.squaredDistance(self, nil)
  }

  /// An unbiased estimate of ‖E g − E h‖², and its standard error.
  func squaredDistance(from other: GradientSample) -> (estimate: Double, standardError: Double) {
    Self.squaredDistance(self, other)
  }

  /// ‖ḡ − h̄‖² without what chance adds to it, with the jackknife's standard error.
  private static func squaredDistance(
    _ sample: GradientSample, _ other: GradientSample?
  ) -> (estimate: Double, standardError: Double) {
    var difference = sample.mean
    if let other { difference = zip(difference, other.mean).map { $0 - $1 } }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { $0 * $1 }.reduce(0, +) }
    let distance = dot(difference, difference)
    var estimate = distance
    var variance = 0.0
    for (part, sign) in [(sample, 1.0)] + (other.map { [($0, -1.0)] } ?? []) {
      let count = Double(part.draws.count)
      let total = part.squaredDistances.reduce(0, +) / count
      estimate -= total / count
      // Leaving draw i out moves ḡ by (ḡ − g_i) / (n − 1) and the correction with it.
      let values = zip(part.draws, part.squaredDistances).map { draw, squared in
        let along = dot(difference, zip(part.mean, draw).map { sign * ($0 - $1) })
        let raw = squared * (count - 1) / count
        let left = total * (count - 1) - raw * count / (count - 1)
        return 2 * along / (count - 1) + raw / ((count - 1) * (count - 1))
          - left / (count - 2) / (count - 1)
      }
      let average = values.reduce(0, +) / count
      variance +=
        values.map { ($0 - average) * ($0 - average) }.reduce(0, +) * (count - 1) / count
    }
    return (estimate, variance.squareRoot())
  }
}
