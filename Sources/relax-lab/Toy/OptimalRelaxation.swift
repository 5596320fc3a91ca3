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
  let probability: Double
  /// The variance without control variate.
  let scoreFunction: Double
  /// The least variance of η f(σ_λ(z)) over η and a grid of λ.
  let concrete: Double
  let temperature: Double
  let scale: Double
  /// The variance of the best function.
  let variance: Double
  /// The best function at z = −2, 0 and 2.
  let values: [Double]
  /// What it should be everywhere.
  let constant: Double

  /// (1 − θ) f(1) + θ f(0).
  static func constant(target: Double, probability: Double) -> Double {
    (1 - probability) * pow(1 - target, 2) + probability * pow(target, 2)
  }

  private static let temperatures = (0...12).map { 0.05 * pow(1.6, Double($0)) }
  /// A constant and tanh steps at different places: a basis that can also bend and jump.
  private static let centers = [-4.0, -2, -1, 0, 1, 2, 4]

  static func solve(target: Double, probability: Double) throws -> OptimalRelaxation {
    let logit = log(probability / (1 - probability))
    let grid = NoiseGrid(logit: logit)
    let graph = Graph()
    let noise = graph.input("noise", shape: [grid.weights.count, 1])
    let other = graph.input("conditional", shape: [grid.weights.count, 1])
    let bernoulli = Bernoulli(
      logits: graph.literal([logit], shape: [1]).broadcast(to: noise.shape))
    let z = bernoulli.relaxedSample(noise: noise)
    let f = { (value: Tensor) in (value - target).squared().reshaped([value.shape[0]]) }
    let plain = ScoreFunction().estimate(
      bernoulli, value: bernoulli.value(ofRelaxed: z), signal: f(bernoulli.value(ofRelaxed: z)))
    func term(_ c: (Tensor) -> Tensor) -> Tensor {
      RELAX().controlTerm(bernoulli, relaxed: z, conditionalNoise: other, controlVariate: c)
        .distributionGradient[0]
    }
    let basis =
      [term { $0.reshaped([$0.shape[0]]) * 0 + 1 }]
      + centers.map { center in term { ($0 - center).tanh().reshaped([$0.shape[0]]) } }
    let concrete = temperatures.map { temperature in
      term { f(bernoulli.concreteValue(ofRelaxed: $0, temperature: graph.constant(temperature))) }
    }
    let program = try Program<Double>(stages: [
      ProgramStage(
        outputs: [ProgramOutput("plain", plain.distributionGradient)]
          + (basis + concrete).enumerated().map { ProgramOutput("\($0.offset)", $0.element) })
    ])
    for (input, points) in [(noise, grid.first), (other, grid.second)] {
      program.withInput(input) { span in for row in points.indices { span[row] = points[row] } }
    }
    program.run()
    let g = program.output("plain")
    let terms = (0..<basis.count + concrete.count).map { program.output("\($0)") }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for row in a.indices { sum += grid.weights[row] * a[row] * b[row] }
      return sum
    }
    let mean = (1 - 2 * target) * probability * (1 - probability)
    let square = product(g, g)

    var best = (variance: Double.infinity, temperature: 0.0, scale: 0.0)
    for (index, temperature) in temperatures.enumerated() {
      let h = terms[basis.count + index]
      let (cross, own) = (product(g, h), product(h, h))
      let variance = square - cross * cross / own - mean * mean
      if variance < best.variance { best = (variance, temperature, -cross / own) }
    }

    let count = basis.count
    var matrix = (0..<count).map { i in (0..<count).map { product(terms[i], terms[$0]) } }
    for index in 0..<count { matrix[index][index] *= 1 + 1e-12 }
    let right = (0..<count).map { -product(terms[$0], g) }
    let solution = solved(matrix, right)
    var residual = g
    for (factor, h) in zip(solution, terms) {
      for row in residual.indices { residual[row] += factor * h[row] }
    }
    return OptimalRelaxation(
      probability: probability, scoreFunction: square - mean * mean, concrete: best.variance,
      temperature: best.temperature, scale: best.scale,
      variance: max(0, product(residual, residual) - mean * mean),
      values: [-2.0, 0, 2].map { z in
        zip(solution.dropFirst(), centers).reduce(solution[0]) { $0 + $1.0 * tanh(z - $1.1) }
      }, constant: constant(target: target, probability: probability))
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

extension ToyTraining {
  /// The control variate of the first run at given relaxed samples.
  func controlVariate(at points: [Double]) throws -> [Double] {
    let graph = Graph()
    let layout = estimator.controlParameters(runs: 1)
    let runs = settings.seeds.count
    let tensors = ParameterTensors(
      layout,
      tensors: zip(layout.views, phi.layout.views).map { one, all in
        graph.literal(
          Array(phi[all.name].prefix(all.count / runs)), shape: Shape(one.shape))
      })
    let z = graph.literal(points, shape: [points.count, 1])
    let c: Tensor
    if estimator == .relax {
      c = ToyEstimator.network(z, phi: tensors)
    } else {
      let value = (z / tensors["log_temperature"].exp()).sigmoid()
      c = tensors["scale"] * (value - settings.target).squared()
    }
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("c", c.reshaped([points.count]))])])
    program.run()
    return program.output("c")
  }
}
