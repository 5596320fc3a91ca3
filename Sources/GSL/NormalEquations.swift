/// Linear least squares as sums of products, in which what is long past can count less and less.
///
/// The coefficients w of F features z minimize Σ (t − w·z)² + ridge ‖w‖² over all targets t taken in.
package struct NormalEquations: Sendable {
  /// F.
  package let count: Int
  /// `[F, F]`, Σ z zᵀ.
  package private(set) var products: [Double]
  /// `[F]`, Σ t z.
  package private(set) var targets: [Double]

  /// Equations that have taken in nothing.
  package init(count: Int) {
    self.count = count
    products = [Double](repeating: 0, count: count * count)
    targets = [Double](repeating: 0, count: count)
  }

  /// Takes over sums that were kept.
  ///
  /// - Parameters:
  ///   - products: `[F, F]`.
  ///   - targets: `[F]`.
  package init(products: [Double], targets: [Double]) {
    insist(
      products.count == targets.count * targets.count,
      "The products of \(targets.count) features are not \(products.count) numbers.")
    (count, self.products, self.targets) = (targets.count, products, targets)
  }

  /// Multiplies what was taken in by a memory in [0, 1].
  package mutating func fade(_ memory: Double) {
    for index in targets.indices { targets[index] *= memory }
    for index in products.indices { products[index] *= memory }
  }

  /// Takes in a target and its features.
  package mutating func add(_ features: [Double], _ target: Double) {
    for row in 0..<count {
      let feature = features[row]
      if feature == 0 { continue }
      targets[row] += feature * target
      let start = row * count
      for column in 0..<count { products[start + column] += feature * features[column] }
    }
  }

  /// Takes in sums over many targets.
  package mutating func add(products: some Collection<Float>, targets: some Collection<Float>) {
    for (index, product) in products.enumerated() { self.products[index] += Double(product) }
    for (index, target) in targets.enumerated() { self.targets[index] += Double(target) }
  }

  /// Brings coefficients closer to the solution, by conjugate gradients.
  ///
  /// - Parameters:
  ///   - coefficients: `[F]`, such as those for less data, to begin with.
  ///   - ridge: above 0.
  ///   - iterations: at most.
  package func improve(_ coefficients: inout [Double], ridge: Double, iterations: Int = 20) {
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
