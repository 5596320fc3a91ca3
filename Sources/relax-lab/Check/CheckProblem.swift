import Differentiation
import Distributions
import Estimators
import Foundation

/// A small problem whose exact gradient is known.
struct CheckProblem: Sendable {
  enum Family: Sendable { case bernoulli, categorical, gaussian }

  let name: String
  let family: Family
  let variables: Int
  /// Classes of each variable, 1 for those that have none.
  let classes: Int

  static let all = [
    CheckProblem(name: "1 Bernoulli", family: .bernoulli, variables: 1, classes: 1),
    CheckProblem(name: "6 Bernoulli", family: .bernoulli, variables: 6, classes: 1),
    CheckProblem(name: "3 classes", family: .categorical, variables: 1, classes: 3),
    CheckProblem(name: "10 classes", family: .categorical, variables: 1, classes: 10),
    CheckProblem(name: "2 × 3 classes", family: .categorical, variables: 2, classes: 3),
    CheckProblem(name: "3 Gaussian", family: .gaussian, variables: 3, classes: 1),
  ]

  var width: Int { variables * classes }
  var parameters: [Double] { (0..<width).map { 0.8 * sin(Double(3 * $0 + 1)) } }
  /// Of the Gaussian.
  var deviations: [Double] { (0..<width).map { 0.5 + 0.1 * Double($0) } }

  /// How many values b can have; Gaussians have no number.
  var valueCount: Int {
    let perVariable = family == .bernoulli ? 2 : classes
    return (0..<variables).reduce(1) { product, _ in product * perVariable }
  }

  /// The shape of R rows of parameters, values or noise.
  func shape(ofRows rows: Int) -> Shape {
    family == .categorical ? [rows * variables, classes] : [rows, width]
  }

  /// What the values are drawn from.
  var distribution: any Distribution.Type {
    switch family {
    case .bernoulli: Bernoulli.self
    case .categorical: Categorical.self
    case .gaussian: DiagonalGaussian.self
    }
  }

  /// The distribution, with the same parameters in every row.
  func distribution(_ inputs: CheckInputs) -> any Distribution {
    let parameters = tiled(parameters, inputs)
    return switch family {
    case .bernoulli: Bernoulli(logits: parameters)
    case .categorical: Categorical(logits: parameters, variables: variables)
    case .gaussian:
      DiagonalGaussian(mean: parameters, logDeviation: tiled(deviations, inputs).log())
    }
  }

  private func tiled(_ elements: [Double], _ inputs: CheckInputs) -> Tensor {
    inputs.data(elements, [width]).broadcast(to: [inputs.rows, width])
      .reshaped(shape(ofRows: inputs.rows))
  }

  private var coefficients: [Double] { (0..<width).map { 0.4 * cos(Double(2 * $0)) } }
  private var targets: [Double] {
    (0..<width).map { 0.2 + 0.7 * Double($0) / Double(max(1, width - 1)) }
  }

  /// Σ (b_i − t_i)² + (Σ a_i b_i)², `[K·R·V, A]` → `[K·R]`.
  func f(_ value: Tensor) -> Tensor {
    let graph = value.graph
    let flat = value.reshaped([value.shape.count / width, width])
    let sum = (flat * graph.literal(coefficients, shape: [width])).sum(axis: 1)
    return (flat - graph.literal(targets, shape: [width])).squared().sum(axis: 1) + sum.squared()
  }

  /// A control variate that is not fitted but for its scale: a smoothed sum and an offset.
  func c(_ z: Tensor) -> Tensor {
    let flat = z.reshaped([z.shape.count / width, width])
    return (0.3 * flat.sigmoid() + 0.05 * flat).sum(axis: 1) + 0.5
  }

  func exactGradient() throws -> [Double] {
    let graph = Graph()
    if family == .gaussian {
      // E f = Σ (μ − t)² + σ² + (a·μ)² + Σ a² σ².
      let product = zip(coefficients, parameters).map(*).reduce(0, +)
      return zip(zip(parameters, targets), coefficients).map {
        2 * ($0.0 - $0.1) + 2 * product * $1
      } + zip(deviations, coefficients).map { 2 * $0 * $0 * (1 + $1 * $1) }
    }
    let logits = graph.literal(parameters, shape: shape(ofRows: 1))
    func exact(_ distribution: some Enumerable) -> GradientEstimate {
      let states = graph.literal(
        distribution.support(), shape: shape(ofRows: distribution.supportCount))
      return ExactGradient().estimate(distribution, signals: f(states))
    }
    let estimate =
      family == .bernoulli
      ? exact(Bernoulli(logits: logits))
      : exact(Categorical(logits: logits, variables: variables))
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [ProgramOutput("gradient", estimate.distributionGradient)])
    ])
    program.run()
    return program.output("gradient")
  }
}
