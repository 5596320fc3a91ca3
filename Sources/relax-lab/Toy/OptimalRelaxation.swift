import Differentiation
import Distributions
import Estimators
import Foundation
import Networks

/// The control variate of least variance for one Bernoulli variable, by quadrature over the noise.
///
/// RELAX's estimate is linear in c, so with c = Σ φ_k basis_k its second moment is a quadratic
/// function of φ, and the minimum solves linear equations. The answer to which c is best turns out
/// to be simple: the constant (1 − θ) f(1) + θ f(0) leaves no variance at all, so the Concrete
/// relaxation, which cannot be that constant at any finite temperature, is not optimal.
struct OptimalRelaxation {
  /// The best relaxation of one temperature.
  struct Concrete {
    let temperature: Double
    /// The η of least variance.
    let scale: Double
    let variance: Double
  }

  let probability: Double
  /// The variance without control variate.
  let scoreFunction: Double
  /// η f(σ_λ(z)) with the best η, for each λ of the grid.
  let concrete: [Concrete]
  /// The variance of the best function.
  let variance: Double
  private let coefficients: [Double]

  /// (1 − θ) f(1) + θ f(0).
  static func constant(target: Double, probability: Double) -> Double {
    (1 - probability) * pow(1 - target, 2) + probability * pow(target, 2)
  }

  /// The λ up to which a relaxation still tells 0 from 1: at 10, z = ±2 gives 0.45 and 0.55.
  static let largestTemperature = 10.0
  /// From a near step to a near constant.
  private static let temperatures = (0...24).map { pow(10, Double($0 - 4) / 3) }
  /// A constant and tanh steps at different places: a basis that can also bend and jump.
  private static let centers = [-4.0, -2, -1, 0, 1, 2, 4]

  /// The best relaxation among the temperatures at which there is one.
  var bestConcrete: Concrete? {
    concrete.filter { $0.temperature <= Self.largestTemperature * 1.001 }
      .min { $0.variance < $1.variance }
  }

  /// The best function at a relaxed sample.
  func value(at z: Double) -> Double {
    zip(coefficients.dropFirst(), Self.centers).reduce(coefficients[0]) {
      $0 + $1.0 * tanh(z - $1.1)
    }
  }

  /// Solves for the best function.
  ///
  /// - Parameters:
  ///   - target: t of f = (b − t)².
  ///   - probability: θ, between 0 and 1.
  /// - Throws: `ProgramError` when the estimates cannot be compiled.
  init(target: Double, probability: Double) throws {
    let logit = log(probability / (1 - probability))
    let grid = NoiseGrid(logit: logit)
    let graph = Graph()
    let noise = graph.input("noise", shape: [grid.weights.count, 1])
    let other = graph.input("conditional", shape: [grid.weights.count, 1])
    let bernoulli = Bernoulli(
      logits: graph.literal([logit], shape: [1]).broadcast(to: noise.shape))
    let z = bernoulli.relaxedSample(noise: noise)
    let f = { (value: Tensor) in (value - target).squared().reshaped([value.shape[0]]) }
    let value = bernoulli.value(ofRelaxed: z)
    let plain = ScoreFunction().estimate(bernoulli, value: value, signal: f(value))
    func term(_ c: (Tensor) -> Tensor) -> Tensor {
      RELAX().controlTerm(bernoulli, relaxed: z, conditionalNoise: other, controlVariate: c)
        .distributionGradient[0]
    }
    let basis =
      [term { $0.reshaped([$0.shape[0]]) * 0 + 1 }]
      + Self.centers.map { center in term { ($0 - center).tanh().reshaped([$0.shape[0]]) } }
    let relaxations = Self.temperatures.map { temperature in
      term { f(bernoulli.concreteValue(ofRelaxed: $0, temperature: graph.constant(temperature))) }
    }
    let program = try Program<Double>(stages: [
      ProgramStage(
        outputs: [ProgramOutput("plain", plain.distributionGradient)]
          + (basis + relaxations).enumerated().map { ProgramOutput("\($0.offset)", $0.element) })
    ])
    for (input, points) in [(noise, grid.first), (other, grid.second)] {
      program.withInput(input) { span in for row in points.indices { span[row] = points[row] } }
    }
    program.run()
    let g = program.output("plain")
    let terms = (0..<basis.count + relaxations.count).map { program.output("\($0)") }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for row in a.indices { sum += grid.weights[row] * a[row] * b[row] }
      return sum
    }
    let mean = (1 - 2 * target) * probability * (1 - probability)
    func variance(_ terms: ArraySlice<[Double]>, scaledBy factors: [Double]) -> Double {
      var estimate = g
      for (factor, h) in zip(factors, terms) {
        for row in estimate.indices { estimate[row] += factor * h[row] }
      }
      return max(0, product(estimate, estimate) - mean * mean)
    }

    self.probability = probability
    scoreFunction = variance([], scaledBy: [])
    concrete = Self.temperatures.enumerated().map { index, temperature in
      let h = terms[basis.count + index]
      let scale = -product(g, h) / product(h, h)
      return Concrete(
        temperature: temperature, scale: scale, variance: variance([h], scaledBy: [scale]))
    }
    var matrix = basis.indices.map { i in basis.indices.map { product(terms[i], terms[$0]) } }
    for index in basis.indices { matrix[index][index] *= 1 + 1e-12 }
    coefficients = Self.solved(matrix, basis.indices.map { -product(terms[$0], g) })
    self.variance = variance(terms.prefix(basis.count), scaledBy: coefficients)
  }

  /// Gaussian elimination with pivoting.
  private static func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var rows = zip(matrix, right).map { $0 + [$1] }
    let count = rows.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        for index in column...count { rows[row][index] -= factor * rows[column][index] }
      }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
  }
}

/// Pairs of logistic variates with weights, split where b changes.
private struct NoiseGrid {
  var first: [Double] = []
  var second: [Double] = []
  var weights: [Double] = []

  init(logit: Double) {
    let outer = Self.points(splitAt: -logit)
    let inner = Self.points(splitAt: 0)
    for u in outer {
      for v in inner {
        first.append(u.point)
        second.append(v.point)
        weights.append(u.weight * v.weight)
      }
    }
  }

  /// Three-point Gauss–Legendre panels, fine around the split.
  private static func points(splitAt split: Double) -> [(point: Double, weight: Double)] {
    let distances = (0...40).map { 30 * pow(Double($0) / 40, 2) }
    let breaks = (distances.map { split - $0 } + distances.map { split + $0 }).sorted()
    let root = 0.6.squareRoot()
    let nodes: [(place: Double, weight: Double)] = [
      (-root, 5.0 / 9), (0, 8.0 / 9), (root, 5.0 / 9),
    ]
    var points: [(point: Double, weight: Double)] = []
    for (left, right) in zip(breaks, breaks.dropFirst()) where left < right {
      let half = (right - left) / 2
      for node in nodes {
        let s = left + half * (1 + node.place)
        points.append((s, node.weight * half / (2 + exp(s) + exp(-s))))
      }
    }
    return points
  }
}
