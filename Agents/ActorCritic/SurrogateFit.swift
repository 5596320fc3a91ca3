import Differentiation
import Distributions
import GSL
import Networks
import ReinforcementLearning

/// c(s, b) = (1, s)ᵀ W (1, y(b)), fitted by least squares to the returns of earlier updates.
///
/// y are one-hot choices, or −1 and 1 of bits. Where what is chosen adds up, c leaves next to nothing of the return,
/// and its mean over the actions is known. It never knows the returns of the update in which it is subtracted.
///
/// Shapes: R rows, D observation, A numbers of an action.
final class SurrogateFit {
  /// `[F, F]` and `[F]` with F = (1 + D)(1 + A), sums over the update: of the first shard, and of all of them once they
  /// are added up.
  let sums: ParameterSet<Float>
  /// `[1 + D, 1 + A]`, W.
  let coefficients: ParameterSet<Float>
  /// Whether it stays as it is.
  var isFrozen = false
  /// What a return weighs among the sums.
  private let rowWeight: Double
  private var equations: NormalEquations
  private var solution: [Double]

  /// Of what is known, the share that is left after an update: policies change, and with them the actions that matter.
  static let memory = 0.99
  /// The most features that are possible: all their products are kept.
  static let mostFeatures = 1024

  /// One that knows nothing, and is 0.
  ///
  /// - Parameters:
  ///   - observationSize: D.
  ///   - actionSize: A.
  ///   - rowWeight: what a return weighs among the sums.
  init(observationSize: Int, actionSize: Int, rowWeight: Double) {
    let features = Self.featureCount(observationSize, actionSize)
    sums = ParameterSet(
      ParameterLayout([
        ParameterEntry("products", [features, features]), ParameterEntry("targets", [features, 1]),
      ]))
    coefficients = ParameterSet(
      ParameterLayout([ParameterEntry("surrogate", [1 + observationSize, 1 + actionSize])]))
    coefficients.fill(0)
    equations = NormalEquations(count: features)
    solution = Array(repeating: 0, count: features)
    self.rowWeight = rowWeight
  }

  /// F.
  static func featureCount(_ observationSize: Int, _ actionSize: Int) -> Int {
    (1 + observationSize) * (1 + actionSize)
  }

  /// Learns from the sums over an update.
  func learn() {
    if isFrozen { return }
    equations.fade(Self.memory)
    equations.add(products: sums["products"], targets: sums["targets"])
    // One return's worth.
    equations.improve(&solution, ridge: rowWeight)
    coefficients["surrogate"] = solution.map { Float($0) }
  }

  private static let names = ("surrogate.products", "surrogate.targets", "surrogate.coefficients")

  /// Adds what is known to a checkpoint.
  func save(to checkpoint: inout SafetensorsFile) {
    let count = equations.count
    checkpoint.tensors += [
      .init(Self.names.0, SafetensorsTensor(equations.products, shape: [count, count])),
      .init(Self.names.1, SafetensorsTensor(equations.targets, shape: [count])),
      .init(Self.names.2, SafetensorsTensor(solution, shape: [count])),
    ]
  }

  /// Takes over what `save` wrote.
  ///
  /// - Throws: `SafetensorsError` for what is missing or does not fit.
  func restore(from checkpoint: SafetensorsFile) throws {
    let count = equations.count
    func values(_ name: String, _ shape: [Int]) throws -> [Double] {
      try checkpoint.finiteValues(of: name, shape: shape, as: Double.self)
    }
    equations = NormalEquations(
      products: try values(Self.names.0, [count, count]),
      targets: try values(Self.names.1, [count]))
    solution = try values(Self.names.2, [count])
    coefficients["surrogate"] = solution.map { Float($0) }
  }
}

/// The same for the rows of a graph.
struct Surrogate {
  /// `[R, 1 + D]`, 1 and the observation.
  private let seen: Tensor
  /// `[R, 1 + A]`, what the observation makes of W.
  private let slopes: Tensor
  private let isSpin: Bool

  /// - Parameters:
  ///   - coefficients: W.
  ///   - observations: `[R, D]`.
  ///   - choices: what actions are drawn from.
  init(_ coefficients: Tensor, _ observations: Tensor, of choices: some Distribution) {
    seen = Self.afterOne(observations)
    slopes = seen.matrixProduct(coefficients)
    isSpin = choices is Bernoulli
  }

  /// c of actions, or of their means, `[R, A]`: `[R]`.
  func callAsFunction(_ value: Tensor) -> Tensor { (slopes * known(value)).sum(axis: 1) }

  /// The products of (1, s) and (1, y), `[R, F]`, in the order of W.
  func features(_ value: Tensor) -> Tensor {
    let action = known(value)
    return Tensor.concatenate(
      (0..<seen.shape[1]).map { seen.slice(axis: 1, $0..<$0 + 1) * action }, axis: 1)
  }

  private func known(_ value: Tensor) -> Tensor { Self.afterOne(isSpin ? 2 * value - 1 : value) }

  private static func afterOne(_ numbers: Tensor) -> Tensor {
    Tensor.concatenate(
      [numbers.graph.constant(1, shape: [numbers.shape[0], 1]), numbers], axis: 1)
  }
}
