import Foundation
import GSL

extension Double {
  /// log(x), by its field name.
  var logarithm: Double { Foundation.log(self) }
}

/// The mean of many independent vectors, compared with what it should be.
struct VectorMean {
  private var elements: [RunningMoments] = []

  var count: Int { elements.first?.count ?? 0 }
  var means: [Double] { elements.map(\.mean) }
  /// The sum of the elements' variances.
  var totalVariance: Double { elements.map(\.variance).reduce(0, +) }

  mutating func add(_ vector: [Double]) {
    if elements.isEmpty { elements = vector.map { _ in RunningMoments() } }
    precondition(vector.count == elements.count, "All vectors need one length.")
    for index in vector.indices { elements[index].add(vector[index]) }
  }

  /// The largest deviation of an element in units of its standard error.
  ///
  /// The tolerance is what rounding may contribute, in the elements' own unit.
  func largestDeviation(from exact: [Double], tolerance: Double = 1e-12) -> Double {
    precondition(exact.count == elements.count, "Expected \(exact.count) elements.")
    var largest = 0.0
    for (element, expected) in zip(elements, exact) {
      let difference = abs(element.mean - expected)
      if difference <= tolerance { continue }
      let deviation = (difference - tolerance) / element.standardError
      // A NaN must not get lost in a comparison.
      if deviation.isNaN { return .nan }
      largest = max(largest, deviation)
    }
    return largest
  }
}

/// Deviations in standard errors that count as none and as certain.
///
/// 6.5 standard errors are exceeded by chance once in 10¹⁰ comparisons; 10 prove a bias.
enum Significance {
  static let unbiased = 6.5
  static let detected = 10.0
}

/// Prints what a test measured, for whoever asks by setting `RELAXRL_REPORT`.
func report(_ what: String, _ value: Double, unit: String = "standard errors") {
  guard ProcessInfo.processInfo.environment["RELAXRL_REPORT"] != nil else { return }
  print("\(what): \((value * 100).rounded() / 100) \(unit)")
}
