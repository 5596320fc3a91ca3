import Differentiation
import Distributions
import Estimators
import Foundation

/// Points and weights that integrate a function over the noise of one variable.
struct QuadratureRule {
  var points: [Double] = []
  var weights: [Double] = []

  /// Gauss–Legendre panels between the breaks, weighted by a density.
  init(breaks: [Double], density: (Double) -> Double) {
    let (nodes, coefficients) = gaussLegendre(16)
    let breaks = breaks.sorted()
    for (left, right) in zip(breaks, breaks.dropFirst()) where right > left {
      for (node, coefficient) in zip(nodes, coefficients) {
        let point = (left + right) / 2 + node * (right - left) / 2
        points.append(point)
        weights.append(coefficient * (right - left) / 2 * density(point))
      }
    }
  }

  /// Logistic noise, split at thresholds where the integrand jumps.
  ///
  /// Panels are fine around each threshold, where relaxations vary fast, and reach ±45 + threshold:
  /// the density there is below 1e-19.
  static func logistic(splitAt thresholds: [Double]) -> QuadratureRule {
    let distances = [0, 0.3, 0.7, 1.2, 1.8, 2.5, 3.5, 5, 7, 9.5, 12.5, 16, 20, 25, 31, 38, 45.0]
    let breaks = thresholds.flatMap { t in distances.flatMap { [t - $0, t + $0] } }
    return QuadratureRule(breaks: breaks) { 1 / (2 + exp($0) + exp(-$0)) }
  }

  /// Normal noise.
  static var normal: QuadratureRule {
    QuadratureRule(breaks: (-20...20).map { Double($0) / 2 }) {
      exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot()
    }
  }
}

/// Exact mean and variance of an estimate that depends on up to two noise variables.
///
/// - Parameters:
///   - rules: one for each noise input, in the order of their making.
///   - kind: of all of them.
///   - build: makes an estimate `[R, P]` from noise inputs `[R, 1]`.
/// - Returns: one element for each column of the estimate.
/// - Throws: `ProgramError` when the estimate cannot be compiled.
func integrate(
  _ rules: [QuadratureRule], kind: NoiseKind, _ build: (_ noise: [Tensor]) -> [Tensor]
) throws -> (means: [Double], variances: [Double]) {
  let counts = rules.map(\.points.count)
  let rows = counts.reduce(1, *)
  var columns = rules.map { _ in [Double](repeating: 0, count: rows) }
  var weights = [Double](repeating: 1, count: rows)
  for row in 0..<rows {
    var rest = row
    for (index, rule) in rules.enumerated() {
      columns[index][row] = rule.points[rest % counts[index]]
      weights[row] *= rule.weights[rest % counts[index]]
      rest /= counts[index]
    }
  }
  let graph = Graph()
  let inputs = rules.indices.map { graph.input("noise\($0)", shape: [rows, 1]) }
  let weight = graph.input("weight", shape: [rows, 1])
  let gradient = build(inputs)
  let program = try Program<Double>(stages: [
    ProgramStage(outputs: [
      ProgramOutput("mean", gradient.map { ($0 * weight).sum(axis: 0) }),
      ProgramOutput("square", gradient.map { ($0.squared() * weight).sum(axis: 0) }),
    ])
  ])
  for (input, column) in zip(inputs + [weight], columns + [weights]) where program.reads(input) {
    program.withInput(input) { span in for row in 0..<rows { span[row] = column[row] } }
  }
  program.run()
  let means = program.output("mean")
  return (means, zip(program.output("square"), means).map { $0 - $1 * $1 })
}

/// Nodes and weights on [−1, 1]: the roots of a Legendre polynomial by Newton's method.
private func gaussLegendre(_ count: Int) -> (nodes: [Double], weights: [Double]) {
  var nodes: [Double] = []
  var weights: [Double] = []
  for index in 0..<count {
    var x = cos(Double.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
    var slope = 0.0
    for _ in 0..<100 {
      var (previous, current) = (1.0, x)
      for degree in 2...count {
        let next =
          (Double(2 * degree - 1) * x * current - Double(degree - 1) * previous) / Double(degree)
        (previous, current) = (current, next)
      }
      slope = Double(count) * (x * current - previous) / (x * x - 1)
      x -= current / slope
    }
    nodes.append(x)
    weights.append(2 / ((1 - x * x) * slope * slope))
  }
  return (nodes, weights)
}
