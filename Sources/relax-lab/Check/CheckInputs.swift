import Differentiation
import Distributions
import Networks

/// What an estimate is built from: the same for training a control variate and for measuring.
struct CheckInputs {
  let graph: Graph
  /// R, the independent draws of one run.
  let rows: Int
  /// An input that is filled with fresh noise before each run.
  let noise: (NoiseKind, Shape) -> Tensor
  /// An input that stays the same.
  let data: ([Double], Shape) -> Tensor
  /// φ of the method.
  let phi: ParameterTensors
}
