import GSL

/// f(y) = (Σ a_i y_i + Σ_{i<j} J_ij y_i y_j) / √D of spins y = ±1: every pair of variables interacts.
///
/// a ~ N(0, 1) and J ~ κ N(0, 1) / √D, so that κ weighs what the pairs of a variable do together against what
/// it does by itself. Finding the maximum is NP-hard in general.
public struct QuadraticPseudoBoolean: PseudoBooleanFunction {
  /// D.
  public let variableCount: Int
  /// a / √D.
  private let linear: [Double]
  /// J / √D, `[D, D]`, zero on the diagonal and below.
  private let couplings: [Double]

  /// The function with given coefficients.
  ///
  /// - Parameters:
  ///   - linear: a, D numbers.
  ///   - couplings: J, `[D, D]`, of which only what lies above the diagonal counts.
  public init(linear: [Double], couplings: [Double]) {
    let count = linear.count
    insist(
      couplings.count == count * count,
      "\(count) variables have \(count * count) couplings, not \(couplings.count).")
    self.init(
      scaled: linear, couplings.indices.map { $0 % count > $0 / count ? couplings[$0] : 0 })
  }

  /// A random one.
  ///
  /// - Parameters:
  ///   - variables: D, at least 1.
  ///   - interaction: κ ≥ 0.
  ///   - stream: where the coefficients come from.
  public init(variables: Int, interaction: Double, from stream: inout RandomStream) {
    let linear = (0..<variables).map { _ in stream.gaussian() }
    self.init(
      scaled: linear,
      Self.couplings(variables: variables, interaction: interaction, from: &stream))
  }

  private init(scaled linear: [Double], _ couplings: [Double]) {
    variableCount = linear.count
    let scale = 1 / Double(linear.count).squareRoot()
    self.linear = linear.map { scale * $0 }
    self.couplings = couplings.map { scale * $0 }
  }

  /// The same couplings with another linear part.
  ///
  /// - Parameter linear: a, D numbers.
  /// - Returns: the function; it shares the memory of the couplings.
  func with(linear: [Double]) -> QuadraticPseudoBoolean {
    QuadraticPseudoBoolean(
      alreadyScaled: linear.map { $0 / Double(linear.count).squareRoot() }, couplings)
  }

  private init(alreadyScaled linear: [Double], _ couplings: [Double]) {
    (variableCount, self.linear, self.couplings) = (linear.count, linear, couplings)
  }

  /// J ~ κ N(0, 1) / √D above the diagonal.
  static func couplings(
    variables: Int, interaction: Double, from stream: inout RandomStream
  ) -> [Double] {
    let scale = interaction / Double(variables).squareRoot()
    return (0..<variables * variables).map { index in
      index % variables > index / variables ? scale * stream.gaussian() : 0
    }
  }

  /// f.
  public func value(of bits: Span<Float>) -> Double {
    let count = variableCount
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { fields in
      couplings.withUnsafeBufferPointer { couplings in
        // Row by row into a sum for each variable: additions of neighbors, which vectorize.
        for index in 0..<count { fields.initializeElement(at: index, to: linear[index]) }
        var total = 0.0
        for row in 0..<count {
          let y = bits[row] > 0.5 ? 1.0 : -1.0
          total += y * fields[row]
          let start = row * count
          for column in row + 1..<count { fields[column] += y * couplings[start + column] }
        }
        return total
      }
    }
  }

  /// E f and its derivative.
  public func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double {
    let count = variableCount
    let means = probabilities.map(spin)
    for index in 0..<count { gradient[index] = 2 * linear[index] }
    var total = 0.0
    for row in 0..<count {
      let (mean, start) = (means[row], row * count)
      var pairs = 0.0
      for column in row + 1..<count {
        pairs += couplings[start + column] * means[column]
        gradient[column] += 2 * mean * couplings[start + column]
      }
      gradient[row] += 2 * pairs
      total += mean * (linear[row] + pairs)
    }
    return total
  }
}
