import GSL

/// A linear function of features, fitted by least squares in which what is long past counts less and less.
///
/// Every new batch first multiplies what is known by a memory in (0, 1].
struct LeastSquaresSurrogate {
  /// The coefficients as they were at the last `solve`.
  private(set) var coefficients: [Double]
  private let memory: Double
  private var equations: NormalEquations

  /// A function that is 0.
  ///
  /// - Parameters:
  ///   - count: of the features.
  ///   - memory: in (0, 1].
  init(count: Int, memory: Double) {
    self.memory = memory
    coefficients = [Double](repeating: 0, count: count)
    equations = NormalEquations(count: count)
  }

  /// Lets what is known fade.
  mutating func fade() { equations.fade(memory) }

  /// Brings the coefficients up to date.
  mutating func solve() {
    // One observation's worth: next to nothing against some dozens of features seen.
    equations.improve(&coefficients, ridge: 1)
  }
}

/// Bits as −1 and 1, y, and an observation.
extension LeastSquaresSurrogate {
  /// Takes in an evaluation with the features (1, y) and their products with each number of the observation.
  mutating func add(spins: [Float], context: [Float], _ target: Double) {
    let own = [1.0] + spins.map(Double.init)
    equations.add(own + context.flatMap { feature in own.map { Double(feature) * $0 } }, target)
  }

  /// What a bit does to the fitted number, half of it up and half of it down.
  ///
  /// - Parameters:
  ///   - variable: the bit's index.
  ///   - variables: how many there are.
  ///   - context: the observation.
  /// - Returns: the sum of the coefficients that go with the bit.
  func slope(of variable: Int, among variables: Int, at context: [Float]) -> Double {
    var slope = coefficients[1 + variable]
    for (index, feature) in context.enumerated() {
      slope += Double(feature) * coefficients[(1 + index) * (1 + variables) + 1 + variable]
    }
    return slope
  }
}
