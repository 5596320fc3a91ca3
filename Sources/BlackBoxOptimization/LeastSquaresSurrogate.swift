import GSL

/// A linear function of features, fitted by least squares in which what is long past counts less and less.
///
/// Every new batch first multiplies what is known by a memory in (0, 1]. The normal equations, with a small
/// ridge, are solved by conjugate gradients from the last solution.
struct LeastSquaresSurrogate {
  /// The coefficients as they were at the last `solve`.
  private(set) var coefficients: [Double]
  private let count: Int
  private let memory: Double
  private var products: [Double]
  private var targets: [Double]
  private var weight = 0.0

  /// A function that is 0.
  ///
  /// - Parameters:
  ///   - count: of the features.
  ///   - memory: in (0, 1].
  init(count: Int, memory: Double) {
    (self.count, self.memory) = (count, memory)
    coefficients = [Double](repeating: 0, count: count)
    targets = coefficients
    products = [Double](repeating: 0, count: count * count)
  }

  /// Lets what is known fade.
  mutating func fade() {
    weight *= memory
    for index in targets.indices { targets[index] *= memory }
    for index in products.indices { products[index] *= memory }
  }

  private mutating func add(_ features: [Double], _ target: Double) {
    weight += 1
    for row in 0..<count {
      let feature = features[row]
      if feature == 0 { continue }
      targets[row] += feature * target
      let start = row * count
      for column in 0..<count { products[start + column] += feature * features[column] }
    }
  }

  /// Brings the coefficients up to date.
  ///
  /// - Parameter iterations: of conjugate gradients, at most.
  mutating func solve(iterations: Int = 20) {
    // One observation's worth: next to nothing against some dozens of features seen.
    let ridge = 1.0
    var residual = targets
    let start = applied(coefficients, ridge: ridge)
    for index in residual.indices { residual[index] -= start[index] }
    var direction = residual
    var square = dot(residual, residual)
    let goal = 1e-10 * max(1e-30, dot(targets, targets))
    for _ in 0..<iterations where square > goal {
      let image = applied(direction, ridge: ridge)
      let step = square / dot(direction, image)
      for index in 0..<count {
        coefficients[index] += step * direction[index]
        residual[index] -= step * image[index]
      }
      let next = dot(residual, residual)
      for index in 0..<count {
        direction[index] = residual[index] + next / square * direction[index]
      }
      square = next
    }
  }

  private func applied(_ vector: [Double], ridge: Double) -> [Double] {
    var result = vector
    result.withUnsafeMutableBufferPointer { result in
      products.withUnsafeBufferPointer { products in
        for index in 0..<count { result[index] = ridge * vector[index] }
        // The matrix is symmetric: rows times a number vectorize, sums over a row do not.
        for row in 0..<count {
          let factor = vector[row]
          let start = row * count
          for column in 0..<count { result[column] += factor * products[start + column] }
        }
      }
    }
    return result
  }

  private func dot(_ one: [Double], _ other: [Double]) -> Double {
    zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// Bits as −1 and 1, y, and an observation.
extension LeastSquaresSurrogate {
  /// Takes in an evaluation with the features (1, y) and their products with each number of the observation.
  mutating func add(spins: [Float], context: [Float], _ target: Double) {
    let own = [1.0] + spins.map(Double.init)
    add(own + context.flatMap { feature in own.map { Double(feature) * $0 } }, target)
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
