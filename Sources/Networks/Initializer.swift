import GSL

/// How the elements of one parameter begin.
public enum Initializer: Sendable, Hashable, Codable {
  /// All zero.
  case zeros
  /// All one value.
  case constant(Double)
  /// Orthonormal columns (or rows, whichever are fewer) times the gain.
  ///
  /// Saxe, McClelland and Ganguli (2014). The matrix is drawn uniformly among the orthonormal ones
  /// (Haar measure).
  case orthogonal(gain: Double)
  /// Uniform within ± gain · √(6 / (inputs + outputs)).
  ///
  /// Glorot and Bengio (2010), equation 16.
  case glorotUniform(gain: Double)

  /// Draws the elements of a parameter in row-major order.
  ///
  /// - Parameters:
  ///   - shape: the extents. For the random initializers at least two; the last one counts the
  ///     outputs and the product of the others the inputs.
  ///   - stream: where the random numbers come from; `zeros` and `constant` take none.
  /// - Returns: as many elements as the shape has.
  public func values(shape: [Int], from stream: inout RandomStream) -> [Double] {
    let count = shape.reduce(1, *)
    switch self {
    case .zeros: return [Double](repeating: 0, count: count)
    case .constant(let value): return [Double](repeating: value, count: count)
    case .orthogonal(let gain):
      let (inputs, outputs) = matrixExtents(shape)
      return orthonormal(inputs, outputs, from: &stream).map { gain * $0 }
    case .glorotUniform(let gain):
      let (inputs, outputs) = matrixExtents(shape)
      let bound = abs(gain) * (6 / Double(inputs + outputs)).squareRoot()
      return (0..<count).map { _ in stream.uniform(in: -bound...bound) }
    }
  }

  private func matrixExtents(_ shape: [Int]) -> (inputs: Int, outputs: Int) {
    guard shape.count >= 2, let outputs = shape.last else {
      fatalError("\(self) needs a matrix but the shape is \(shape).")
    }
    return (shape.dropLast().reduce(1, *), outputs)
  }
}

extension ParameterSet {
  /// Draws one parameter anew, in `Double`, and rounds it to the scalar.
  public func initialize(
    _ name: String, with initializer: Initializer, from stream: inout RandomStream
  ) {
    self[name] = initializer.values(shape: layout[name].shape, from: &stream).map { Scalar($0) }
  }
}

/// A matrix with orthonormal columns, or rows where there are more columns than rows.
///
/// The Q of a Gaussian matrix is Haar distributed when R has a positive diagonal (Mezzadri, 2007).
/// Gram–Schmidt gives that R by construction; projecting twice keeps it orthogonal to rounding
/// (Giraud, Langou and Rozložník, 2005).
///
/// - Returns: `[rows, columns]` in row-major order.
private func orthonormal(
  _ rows: Int, _ columns: Int, from stream: inout RandomStream
) -> [Double] {
  let length = max(rows, columns)
  let number = min(rows, columns)
  // Vector k occupies [k * length, (k + 1) * length).
  var basis = [Double](repeating: 0, count: length * number)
  basis.withUnsafeMutableBufferPointer { basis in
    for k in 0..<number {
      let vector = UnsafeMutableBufferPointer(rebasing: basis[k * length..<(k + 1) * length])
      // A vector that all but vanishes has lost its digits; its direction is independent of its
      // length, so drawing another one keeps the distribution.
      repeat {
        for i in 0..<length { vector[i] = stream.gaussian() }
        for _ in 0..<2 {
          for j in 0..<k {
            let other = UnsafeMutableBufferPointer(
              rebasing: basis[j * length..<(j + 1) * length])
            let projection = dot(vector, other)
            for i in 0..<length { vector[i] -= projection * other[i] }
          }
        }
      } while dot(vector, vector) < 1e-12
      let scale = 1 / dot(vector, vector).squareRoot()
      for i in 0..<length { vector[i] *= scale }
    }
  }
  guard rows >= columns else { return basis }
  return (0..<rows * columns).map { basis[$0 % columns * length + $0 / columns] }
}

private func dot(
  _ a: UnsafeMutableBufferPointer<Double>, _ b: UnsafeMutableBufferPointer<Double>
) -> Double {
  var sum = 0.0
  for i in 0..<a.count { sum += a[i] * b[i] }
  return sum
}
