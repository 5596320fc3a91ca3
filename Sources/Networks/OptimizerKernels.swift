import CKernels

/// The C loops that one scalar type is updated with; see CKernels.h.
///
/// They are the one place where `Float` and `Double` differ, so that no training step runs through
/// unspecialised generic arithmetic.
public struct OptimizerKernels<Scalar>: Sendable {
  typealias Mutable = UnsafeMutablePointer<Scalar>
  typealias Constant = UnsafePointer<Scalar>

  let sgd: @Sendable (Int64, Mutable, Constant, Mutable, Double, Double, Double) -> Void
  let rmsProp: @Sendable (Int64, Mutable, Constant, Mutable, Double, Double, Double, Double) -> Void
  let adam:
    @Sendable (
      Int64, Mutable, Constant, Mutable, Mutable, Double, Double, Double, Double, Double, Double,
      Double
    ) -> Void
  let sumOfSquares: @Sendable (Int64, Constant) -> Double
  let firstNonFinite: @Sendable (Int64, Constant) -> Int64
  let accumulate: @Sendable (Int64, Mutable, Constant, Double) -> Void
  let approach: @Sendable (Int64, Mutable, Constant, Double) -> Void
  let moments: @Sendable (Int64, Mutable, Mutable, Constant, Double) -> Void
}

extension OptimizerKernels<Float> {
  static let float = OptimizerKernels(
    sgd: { ck_sgd_f32($0, $1, $2, $3, $4, $5, $6) },
    rmsProp: { ck_rmsprop_f32($0, $1, $2, $3, $4, $5, $6, $7) },
    adam: { ck_adam_f32($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
    sumOfSquares: { ck_sum_of_squares_f32($0, $1) },
    firstNonFinite: { ck_first_non_finite_f32($0, $1) },
    accumulate: { ck_accumulate_f32($0, $1, $2, $3) },
    approach: { ck_approach_f32($0, $1, $2, $3) },
    moments: { ck_moments_f32($0, $1, $2, $3, $4) })
}

extension OptimizerKernels<Double> {
  static let double = OptimizerKernels(
    sgd: { ck_sgd_f64($0, $1, $2, $3, $4, $5, $6) },
    rmsProp: { ck_rmsprop_f64($0, $1, $2, $3, $4, $5, $6, $7) },
    adam: { ck_adam_f64($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
    sumOfSquares: { ck_sum_of_squares_f64($0, $1) },
    firstNonFinite: { ck_first_non_finite_f64($0, $1) },
    accumulate: { ck_accumulate_f64($0, $1, $2, $3) },
    approach: { ck_approach_f64($0, $1, $2, $3) },
    moments: { ck_moments_f64($0, $1, $2, $3, $4) })
}
