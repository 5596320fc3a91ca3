import Foundation
import GSL

/// Linear functions of a few features, fitted to many targets at once by least squares with a ridge.
///
/// It keeps sums of products, so that what is added can be forgotten again.
package struct RidgeRegression {
  /// F.
  package let featureCount: Int
  /// G.
  package let targetCount: Int
  /// A share of each feature's own sum of squares, added to it: coefficients that the observations do not tell
  /// apart stay small.
  ///
  /// Predictions alone depend on it, so it can be chosen after observations were taken in.
  package var ridge: Double
  /// `[F, F]`, Σ z zᵀ.
  private(set) var products: [Double]
  /// `[F, G]`, Σ z gᵀ.
  private(set) var targets: [Double]

  /// A tenth of each feature's sum of squares: few episodes do not tell some dozens of features apart.
  package static let usualRidge = 0.1

  /// A regression that has seen nothing, and predicts 0.
  ///
  /// - Parameters:
  ///   - features: F.
  ///   - targets: G.
  ///   - ridge: a share of each feature's sum of squares.
  package init(features: Int, targets: Int, ridge: Double) {
    (featureCount, targetCount, self.ridge) = (features, targets, ridge)
    products = Array(repeating: 0, count: features * features)
    self.targets = Array(repeating: 0, count: features * targets)
  }

  /// Takes over sums that were kept.
  mutating func restore(products: [Double], targets: [Double]) {
    insist(
      products.count == self.products.count && targets.count == self.targets.count,
      "Sums of other sizes cannot be those of \(featureCount) features.")
    (self.products, self.targets) = (products, targets)
  }

  /// Multiplies what is known by a memory in [0, 1].
  package mutating func fade(_ memory: Double) {
    for index in products.indices { products[index] *= memory }
    for index in targets.indices { targets[index] *= memory }
  }

  /// Takes in an observation.
  ///
  /// - Parameters:
  ///   - features: `[F]`, z.
  ///   - observed: `[G]`, g.
  package mutating func add(_ features: [Double], _ observed: [Float]) {
    targets.withUnsafeMutableBufferPointer { targets in
      observed.withUnsafeBufferPointer { observed in
        for row in 0..<featureCount where features[row] != 0 {
          let (start, factor) = (row * targetCount, features[row])
          for column in 0..<targetCount {
            targets[start + column] += factor * Double(observed[column])
          }
        }
      }
    }
    for row in 0..<featureCount {
      for column in 0..<featureCount {
        products[row * featureCount + column] += features[row] * features[column]
      }
    }
  }

  /// W z, with the W that fits best what was added.
  ///
  /// - Parameter features: `[F]`, z.
  /// - Returns: `[G]`.
  package func prediction(for features: [Double]) -> [Double] {
    // Wᵀ = (Σ z zᵀ + ridge)⁻¹ Σ z gᵀ, so the system is solved for z alone, however many targets there are.
    let shares = solve(features)
    var result = [Double](repeating: 0, count: targetCount)
    result.withUnsafeMutableBufferPointer { result in
      targets.withUnsafeBufferPointer { targets in
        for row in 0..<featureCount where shares[row] != 0 {
          let (start, factor) = (row * targetCount, shares[row])
          for column in 0..<targetCount { result[column] += factor * targets[start + column] }
        }
      }
    }
    return result
  }

  /// Solves with the matrix of products and its ridge, by Cholesky's decomposition.
  private func solve(_ right: [Double]) -> [Double] {
    let n = featureCount
    let largest = (0..<n).map { products[$0 * n + $0] }.max() ?? 0
    guard largest > 0 else { return [Double](repeating: 0, count: n) }
    var factor = products
    for index in 0..<n {
      // A feature that was never there has a sum of 0.
      factor[index * n + index] += ridge * max(products[index * n + index], 1e-9 * largest)
    }
    for column in 0..<n {
      for row in column..<n {
        var sum = factor[row * n + column]
        for k in 0..<column { sum -= factor[row * n + k] * factor[column * n + k] }
        factor[row * n + column] =
          row == column
          ? max(sum, 1e-15 * largest).squareRoot() : sum / factor[column * n + column]
      }
    }
    var solution = right
    for row in 0..<n {
      for k in 0..<row { solution[row] -= factor[row * n + k] * solution[k] }
      solution[row] /= factor[row * n + row]
    }
    for row in stride(from: n - 1, through: 0, by: -1) {
      for k in row + 1..<n { solution[row] -= factor[k * n + row] * solution[k] }
      solution[row] /= factor[row * n + row]
    }
    return solution
  }
}
