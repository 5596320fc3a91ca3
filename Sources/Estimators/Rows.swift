import Differentiation
import Distributions

/// Multiplies all that belongs to a row by the row's own factor.
///
/// - Parameters:
///   - tensor: any shape whose elements divide into R equal parts, row by row.
///   - factors: `[R]`.
/// - Returns: a tensor of the same shape.
func scaledRows(_ tensor: Tensor, by factors: Tensor) -> Tensor {
  let rows = factors.shape.count
  demand(
    tensor.shape.count.isMultiple(of: rows),
    "A tensor of shape \(tensor.shape) does not divide into \(rows) rows.")
  let column = factors.reshaped([rows, 1])
  if tensor.shape.rank == 2 && tensor.shape[0] == rows { return column * tensor }
  return (column * tensor.reshaped([rows, tensor.shape.count / rows])).reshaped(tensor.shape)
}

/// x^n of an n of at least 1.
func power(_ base: Tensor, _ exponent: Int) -> Tensor {
  (1..<exponent).reduce(base) { result, _ in result * base }
}

/// ∇ log p(b) by the distribution's parameters, row by row.
func scoreFunction(of distribution: some Distribution, value: Tensor) -> [Tensor] {
  gradient(
    of: distribution.logProbability(of: value.stopGradient()).sum(),
    withRespectTo: distribution.parameters)
}

/// Evaluates a function of R rows on two blocks of them at once, which is faster than one by one.
func evaluateTogether(
  _ first: Tensor, _ second: Tensor, rows: Int, _ function: (Tensor) -> Tensor
) -> (Tensor, Tensor) {
  let results = function(Tensor.concatenate([first, second], axis: 0))
  demand(
    results.shape == [2 * rows],
    "A function of rows must give one number per row, [\(2 * rows)], but gave \(results.shape).")
  return (results.slice(0..<rows), results.slice(rows..<2 * rows))
}
