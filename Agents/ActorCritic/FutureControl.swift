import Differentiation
import Networks
import ReinforcementLearning

/// Γ(s, a) = W ψ(s, a), what an action says of the gradients of later steps, subtracted from the policy's gradient.
///
/// Huang and Jiang (2020), "From importance sampling to doubly robust policy gradient". ψ is φ(s, t) ⊗ ∇ log π(a|s)
/// by what the policy draws from, so that its mean under the policy is 0 and z = Σ_t weight_t ψ_t can be subtracted
/// from the gradient times any W. φ are the products of two of the observation, the share of the step limit that
/// has passed, and 1. W minimizes E ‖g − W z‖², the objective of a control variate that lowers the variance, which is
/// a linear regression on the gradients of earlier updates.
///
/// Shapes: D observation, F features, A outputs of the policy, P parameters of the policy.
final class FutureControl {
  /// `[F, A]`, z of the first shard, and of all of them once they are added up.
  let sum: ParameterSet<Float>
  /// Whether it stays as it is.
  var isFrozen = false
  private var regression: RidgeRegression

  /// Of what is known, the share that is left after an update: the policy has changed.
  static let memory = 0.99
  /// The most inputs of which all products are taken.
  private static let mostQuadratic = 12
  /// The most numbers that ψ may have.
  static let mostFeatures = 512

  /// One that knows nothing yet, and subtracts nothing.
  ///
  /// - Parameters:
  ///   - observationSize: D.
  ///   - outputs: A.
  ///   - parameters: P.
  init(observationSize: Int, outputs: Int, parameters: Int) {
    let features = Self.featureCount(observationSize)
    sum = ParameterSet(ParameterLayout([ParameterEntry("future", [features, outputs])]))
    regression = RidgeRegression(
      features: features * outputs, targets: parameters, ridge: RidgeRegression.usualRidge)
  }

  /// F for observations of D numbers.
  static func featureCount(_ observationSize: Int) -> Int {
    let inputs = observationSize + 2
    return inputs <= mostQuadratic ? inputs * (inputs + 1) / 2 : inputs
  }

  /// z of some rows.
  ///
  /// - Parameters:
  ///   - score: `[R, A]`, ∇ log π by what the policy draws from.
  ///   - observations: `[R, D]`.
  ///   - elapsed: `[R]`.
  ///   - weight: `[R]`.
  /// - Returns: `[F, A]`.
  static func sum(of score: Tensor, _ observations: Tensor, elapsed: Tensor, weight: Tensor)
    -> Tensor
  {
    let rows = weight.shape.count
    let inputs = Tensor.concatenate(
      [
        weight.graph.constant(1, shape: [rows, 1]), observations, elapsed.reshaped([rows, 1]),
      ], axis: 1)
    let count = inputs.shape[1]
    let features =
      count <= mostQuadratic
      ? Tensor.concatenate(
        (0..<count).map { first in
          inputs.slice(axis: 1, first..<first + 1) * inputs.slice(axis: 1, first..<count)
        }, axis: 1) : inputs
    return features.matrixProduct(weight.reshaped([rows, 1]) * score, transposingSelf: true)
  }

  /// Subtracts what the earlier updates say of z from a gradient, and then learns from both.
  func correct(_ gradient: ParameterSet<Float>) {
    let z = sum.values.map(Double.init)
    let prediction = regression.prediction(for: z)
    if !isFrozen {
      regression.fade(Self.memory)
      regression.add(z, gradient.values)
    }
    let target = gradient.buffer
    for index in target.indices { target[index] -= Float(prediction[index]) }
  }

  private static let names = ("future.products", "future.targets")

  /// Adds what is known to a checkpoint.
  func save(to checkpoint: inout SafetensorsFile) {
    let (features, parameters) = (regression.featureCount, regression.targetCount)
    checkpoint.tensors += [
      .init(
        Self.names.0, SafetensorsTensor(regression.products, shape: [features, features])),
      .init(
        Self.names.1, SafetensorsTensor(regression.targets, shape: [features, parameters])),
    ]
  }

  /// Takes over what `save` wrote.
  ///
  /// - Throws: `SafetensorsError` for what is missing or does not fit.
  func restore(from checkpoint: SafetensorsFile) throws {
    let (features, parameters) = (regression.featureCount, regression.targetCount)
    regression.restore(
      products: try checkpoint.finiteValues(
        of: Self.names.0, shape: [features, features], as: Double.self),
      targets: try checkpoint.finiteValues(
        of: Self.names.1, shape: [features, parameters], as: Double.self))
  }
}
