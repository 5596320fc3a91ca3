import GSL
import Glibc

/// Statistics of the order of values alone.
package enum Ranks {
  /// The rank of each value, the smallest having 1; equal ones share the mean of theirs.
  ///
  /// - Parameter values: none is NaN; infinite ones have their place.
  /// - Returns: as many ranks.
  package static func of(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
      for place in first...last { ranks[order[place]] = Double(first + last) / 2 + 1 }
      first = last + 1
    }
    return ranks
  }

  /// The rank correlation of Spearman and its 95 % interval.
  ///
  /// By Fisher's transformation with the variance (1 + r² / 2) / (n − 3) of Bonett and Wright (2000).
  ///
  /// - Parameters:
  ///   - first: a sample.
  ///   - second: as many values.
  /// - Returns: nil for fewer than five pairs, and where all values of one sample are equal.
  package static func correlation(
    _ first: [Double], _ second: [Double]
  ) -> BootstrapInterval? {
    guard first.count >= 5, let r = try? Statistics.correlation(of(first), of(second)) else {
      return nil
    }
    guard r.magnitude < 1 else { return BootstrapInterval(estimate: r, lower: r, upper: r) }
    let reach = 1.96 * ((1 + r * r / 2) / Double(first.count - 3)).squareRoot()
    return BootstrapInterval(
      estimate: r, lower: tanh(atanh(r) - reach), upper: tanh(atanh(r) + reach))
  }
}
