import GSL

/// f(b) = Σ_i F_i(b_i, …, b_{i+K}) / √D with tables F of numbers from [0, 1], around a ring.
///
/// Kauffman and Weinberger (1989). K says how many others a variable's contribution depends on: at K = 0
/// there is one maximum, with growing K more and more of them.
public struct NKLandscape: PseudoBooleanFunction {
  /// D, which is N in the name.
  public let variableCount: Int
  /// K.
  public let neighbors: Int
  /// F / √D, `[D, 2^(K+1)]`; bit j of the column is the value of the j-th variable of the group.
  private let tables: [Double]

  /// A random one.
  ///
  /// - Parameters:
  ///   - variables: D.
  ///   - neighbors: K, from 0 to min(D − 1, 10).
  ///   - stream: where the tables come from.
  public init(variables: Int, neighbors: Int = 3, from stream: inout RandomStream) {
    insist(
      neighbors >= 0 && neighbors < variables && neighbors <= 10,
      "\(neighbors) neighbors are not from 0 to \(min(variables - 1, 10)).")
    variableCount = variables
    self.neighbors = neighbors
    let scale = 1 / Double(variables).squareRoot()
    tables = (0..<variables << (neighbors + 1)).map { _ in scale * stream.uniform() }
  }

  /// f.
  public func value(of bits: Span<Float>) -> Double {
    var total = 0.0
    for first in 0..<variableCount {
      var column = 0
      for place in 0...neighbors where bits[(first + place) % variableCount] > 0.5 {
        column |= 1 << place
      }
      total += tables[first << (neighbors + 1) + column]
    }
    return total
  }

  /// E f and its derivative.
  public func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double {
    for index in gradient.indices { gradient[index] = 0 }
    var total = 0.0
    for first in 0..<variableCount {
      for column in 0..<1 << (neighbors + 1) {
        let entry = tables[first << (neighbors + 1) + column]
        // The probability of the column, and of its other bits for each of them.
        var product = 1.0
        for place in 0...neighbors { product *= share(place, of: column, first, probabilities) }
        total += entry * product
        for place in 0...neighbors {
          var others = 1.0
          for other in 0...neighbors where other != place {
            others *= share(other, of: column, first, probabilities)
          }
          let sign = column >> place & 1 == 1 ? 1.0 : -1.0
          gradient[(first + place) % variableCount] += sign * entry * others
        }
      }
    }
    return total
  }

  private func share(
    _ place: Int, of column: Int, _ first: Int, _ probabilities: [Double]
  ) -> Double {
    let probability = probabilities[(first + place) % variableCount]
    return column >> place & 1 == 1 ? probability : 1 - probability
  }
}
