import Differentiation
import Distributions
import Estimators
import GSL
import Networks

/// An estimator of the toy experiment: minimize E[(b − t)²] over the logit of one Bernoulli variable.
struct ToyEstimator: Sendable, Equatable {
  let recipe: EstimatorRecipe

  /// Every recipe for Bernoulli variables that has a meaning here, the exact gradient first.
  ///
  /// There is no input that a baseline could be learned of, a table of c for the one variable there is
  /// would be enumeration, and a function or a scale is trained or none.
  static let all = ([.exact] + EstimatorRecipe.all.filter { $0 != .exact }).filter { recipe in
    recipe.serves(Bernoulli.self) && recipe.claim.isAboutExpectation
      && [.none, .variance, .average].contains(recipe.training)
      && recipe.control.allSatisfy { part in
        switch part {
        case .temperature, .baseline: true
        case .function, .scale: recipe.learned.contains(part)
        case .table: false
        }
      } && !leftOut.contains(recipe)
  }.map { ToyEstimator(recipe: $0) }

  /// The paper's experiment sets REBAR's relaxation against RELAX's network, not against both in one.
  private static let leftOut: [EstimatorRecipe] = [.relaxedREBAR]

  /// As on the command line and in tables.
  var name: String { recipe.name }

  /// What a figure and a message call it.
  var title: String {
    if recipe == .exact { return "exact gradient" }
    return [recipe.title, recipe.detail].compactMap { $0 }.joined(separator: ", ")
      + (recipe.evaluations == .samples ? " (\(Self.samples) samples)" : "") + recipe.claim.mark
  }

  /// The color of its curves, the same in every figure.
  var color: String {
    let colors = [
      "exact": "#000000", "reinforce": "#1f77b4", "reinforce-constant": "#17becf",
      "reinforce-average": "#aec7e8", "rloo": "#2ca02c", "disarm": "#98df8a",
      "muprop": "#8c564b", "rebar": "#ff7f0e", "relax": "#d62728", "concrete": "#9467bd",
      "gumbel-st": "#e377c2", "straight-through": "#7f7f7f",
    ]
    let others = ["#bcbd22", "#ffbb78", "#c5b0d5", "#9edae5", "#dbdb8d"]
    if let color = colors[name] { return color }
    return others[(EstimatorRecipe.all.firstIndex(of: recipe) ?? 0) % others.count]
  }

  /// Whether f is reduced by a running mean that the caller keeps.
  var usesBaseline: Bool { recipe.training == .average }

  /// K of estimators with several samples.
  private static let samples = 2
  /// The units of RELAX's network.
  private static let units = 10
  /// λ where it is not trained.
  private static let temperature = 0.5

  /// φ, one row for each of the independent runs.
  func controlParameters(runs: Int) -> ParameterLayout {
    let units = Self.units
    var layout = ParameterLayout()
    for part in recipe.learned {
      // The network's λ is that of f's relaxation, where there are both.
      if part == .temperature || part == .function, layout.find("log_temperature") == nil {
        layout.add("log_temperature", [runs, 1])
      }
      if part == .scale { layout.add("scale", [runs, 1]) }
      if part == .function {
        layout.add("weight1", [runs, units])
        layout.add("bias1", [runs, units])
        layout.add("weight2", [runs, units])
        layout.add("bias2", [runs, 1])
      }
    }
    return layout
  }

  /// φ at the start of the given runs: λ = ½ and η = 1 as in the authors' code, and a network as
  /// TensorFlow's dense layers begin.
  func initialize(_ phi: ParameterSet<Double>, streams: inout [RandomStream]) {
    for view in phi.layout.views {
      let width = view.shape[1]
      var values: [Double] = []
      for run in streams.indices {
        switch view.name {
        case "log_temperature": values.append(-0.6931471805599453)
        case "scale": values.append(1)
        case "weight1", "weight2":
          values += Initializer.glorotUniform(gain: 1).values(
            shape: view.name == "weight1" ? [1, width] : [width, 1], from: &streams[run])
        default: values += [Double](repeating: 0, count: width)
        }
      }
      phi[view.name] = values
    }
  }

  /// One draw of the gradient by the logit, per row.
  ///
  /// - Parameters:
  ///   - logits: `[R, 1]`.
  ///   - phi: leading extent R, or 1 for rows that share φ.
  ///   - noise: makes an input `[R, 1]` of logistic variates.
  ///   - isCoupled: whether REBAR and RELAX use the noise behind z for z̃ as well.
  ///   - baseline: `[R]`, if the estimator uses one.
  ///   - target: t.
  /// - Returns: the estimate, row by row, with f of each row.
  func estimate(
    logits: Tensor, phi: ParameterTensors, noise: @escaping () -> Tensor, isCoupled: Bool,
    baseline: Tensor?, target: Double
  ) -> BuiltEstimate {
    let graph = logits.graph
    let f = { (value: Tensor) in (value - target).squared().reshaped([value.shape[0]]) }
    var inputs = EstimatorInputs(Bernoulli(logits: logits), noise: { _ in noise() }, signal: f)
    inputs.f = f
    inputs.isCoupled = isCoupled
    inputs.samples = Self.samples
    for part in recipe.control {
      switch part {
      case .temperature:
        inputs.temperature =
          recipe.learned.contains(part)
          ? phi["log_temperature"].exp() : graph.constant(Self.temperature)
      case .scale: inputs.scale = phi["scale"].reshaped([phi["scale"].shape[0]])
      case .function: inputs.function = { Self.network($0, phi: phi) }
      case .baseline:
        let middle = (target * target + (1 - target) * (1 - target)) / 2
        inputs.baseline = baseline ?? graph.constant(middle)
      case .table: break
      }
    }
    return recipe.estimate(inputs)
  }

  /// What this estimator subtracts at relaxed samples `[K, 1]`, `[K]`: 0 if it has no φ.
  func controlVariate(_ z: Tensor, phi: ParameterTensors, target: Double) -> Tensor {
    var c: Tensor?
    if recipe.learned.contains(.function) { c = Self.network(z, phi: phi) }
    if recipe.learned.contains(.temperature) {
      let value = (z / phi["log_temperature"].exp()).sigmoid()
      let f = (value - target).squared().reshaped([z.shape[0]])
      c = c.map { f + $0 } ?? f
    }
    if recipe.learned.contains(.scale) { c = c.map { phi["scale"].reshaped([1]) * $0 } }
    return c ?? 0 * z.reshaped([z.shape[0]])
  }

  /// Whether the estimator learns a function of z.
  var learnsRelaxation: Bool {
    recipe.learned.contains(.function) || recipe.learned.contains(.temperature)
  }

  /// c_φ(z), a network of ten tanh units that sees 2 σ_λ(z) − 1.
  ///
  /// - Parameters:
  ///   - z: `[K·R, 1]`, K blocks of R rows that use the same R rows of φ.
  ///   - phi: the network's parameters and the logarithm of λ.
  /// - Returns: `[K·R]`.
  private static func network(_ z: Tensor, phi: ParameterTensors) -> Tensor {
    let rows = z.shape[0]
    let own = phi["weight1"].shape[0]
    let blocks = own == 1 ? z.reshaped([1, rows, 1]) : z.reshaped([rows / own, own, 1])
    let input = (blocks * (-phi["log_temperature"]).exp() * 0.5).tanh()
    let hidden = (input * phi["weight1"] + phi["bias1"]).tanh()
    let output = (hidden * phi["weight2"]).sum(axis: 2, keepingAxis: true) + phi["bias2"]
    return output.reshaped([rows])
  }
}

/// The inputs of noise that a graph takes, in the order in which an estimate asked for them.
final class ToyNoise {
  private(set) var tensors: [Tensor] = []
  private let graph: Graph
  private let rows: Int

  init(_ graph: Graph, rows: Int) {
    self.graph = graph
    self.rows = rows
  }

  func next() -> Tensor {
    let tensor = graph.input("noise\(tensors.count)", shape: [rows, 1])
    tensors.append(tensor)
    return tensor
  }
}
