import Differentiation
import Distributions
import Estimators
import Networks

/// A row of the table: an estimator with its choices made, applied to a problem.
struct CheckMethod {
  let variant: EstimatorVariant

  /// All that estimate the gradient of E[f(b)] without what somebody has to choose for each problem,
  /// such as a constant baseline.
  static let all = EstimatorRecipe.all.filter { recipe in
    recipe.claim.isAboutExpectation
      && recipe.control.allSatisfy { part in
        part != .baseline && part != .table || recipe.learned.contains(part)
      }
  }.flatMap { $0.variants(samples: [2, 4]) }.map { CheckMethod(variant: $0) }

  /// The units of the networks that are trained as control variates.
  private static let units = 16
  /// λ where it is not trained.
  private static let temperature = 0.5

  var recipe: EstimatorRecipe { variant.recipe }
  var name: String { variant.description }
  var isUnbiased: Bool { recipe.claim.isUnbiased }

  func applies(to problem: CheckProblem) -> Bool { recipe.serves(problem.distribution) }

  /// Evaluations of f, and of its derivative where one is needed.
  func evaluations(_ problem: CheckProblem) -> String {
    recipe.evaluationText(samples: variant.samples ?? 1, values: problem.valueCount)
  }

  /// What is trained before the measurement.
  ///
  /// The moving average and the optimal scale are not trained by a gradient, but kept here as well.
  func layout(for problem: CheckProblem) -> ParameterLayout {
    ParameterLayout(
      recipe.learned.flatMap { part -> [ParameterEntry] in
        switch part {
        case .temperature: [ParameterEntry("log_temperature", [1])]
        case .scale: [ParameterEntry("scale", [1])]
        case .baseline: [ParameterEntry("baseline", [1])]
        // c of each value of each variable.
        case .table:
          [ParameterEntry("table", [problem.width * (problem.family == .bernoulli ? 2 : 1)])]
        case .function:
          [
            ParameterEntry("weight1", [problem.width, Self.units]),
            ParameterEntry("bias1", [Self.units]), ParameterEntry("weight2", [Self.units, 1]),
            ParameterEntry("bias2", [1]),
          ]
        }
      })
  }

  /// The estimate for R rows.
  func estimate(_ problem: CheckProblem, _ inputs: CheckInputs) -> BuiltEstimate {
    let distribution = problem.distribution(inputs)
    let shape = distribution.parameters[0].shape
    let kind = type(of: distribution).noise
    var built = EstimatorInputs(
      distribution, noise: { _ in inputs.noise(kind, shape) }, signal: problem.f)
    built.f = problem.f
    // An input, so that f of all values is part of the cost.
    built.constant = inputs.data
    for part in recipe.control {
      let isLearned = recipe.learned.contains(part)
      switch part {
      case .temperature:
        built.temperature =
          isLearned
          ? inputs.phi["log_temperature"].exp().reshaped([])
          : inputs.graph.constant(Self.temperature)
      case .scale:
        built.scale = isLearned ? inputs.phi["scale"].reshaped([]) : inputs.graph.constant(1)
      case .baseline: built.baseline = inputs.phi["baseline"].broadcast(to: [inputs.rows])
      case .table: built.table = table(problem, inputs, shape)
      case .function:
        built.function =
          isLearned
          ? { Self.network($0, width: problem.width, phi: inputs.phi) } : { problem.c($0) }
      }
    }
    return variant.estimate(built)
  }

  private func table(
    _ problem: CheckProblem, _ inputs: CheckInputs, _ shape: Shape
  ) -> [Tensor] {
    let table = inputs.phi["table"]
    guard problem.family == .bernoulli else {
      return [
        table.reshaped([1, problem.width]).broadcast(to: [inputs.rows, problem.width])
          .reshaped(shape)
      ]
    }
    let rows = table.reshaped([2, problem.width])
    return (0..<2).map { rows.slice($0..<$0 + 1).broadcast(to: shape) }
  }

  /// c_φ, a network with one layer of tanh units, of values or relaxed samples `[K·R·V, A]`.
  private static func network(_ z: Tensor, width: Int, phi: ParameterTensors) -> Tensor {
    let rows = z.shape.count / width
    let hidden = (z.reshaped([rows, width]).matrixProduct(phi["weight1"]) + phi["bias1"]).tanh()
    return (hidden.matrixProduct(phi["weight2"]) + phi["bias2"]).reshaped([rows])
  }
}
