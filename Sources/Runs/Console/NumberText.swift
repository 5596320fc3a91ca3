import GSL

/// Numbers as people read them.
package enum NumberText {
  /// A whole number with its thousands apart: `1,250,000`.
  package static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  /// A number with a given number of decimals; one too large for that as it is.
  package static func fixed(_ number: Double, decimals: Int) -> String {
    insist((0...15).contains(decimals), "\(decimals) decimals are not from 0 to 15.")
    let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    let scaled = (number.magnitude * scale).rounded()
    // Also catches what is not finite.
    guard scaled < 9e15 else { return "\(number)" }
    let whole = Int(scaled)
    let sign = number < 0 && whole > 0 ? "-" : ""
    let integer = whole / Int(scale)
    guard decimals > 0 else { return sign + String(integer) }
    let fraction = String(whole % Int(scale))
    return sign + "\(integer)." + String(repeating: "0", count: decimals - fraction.count)
      + fraction
  }

  /// A number with about four digits: `187.4`, `-0.5312`, `12345`.
  package static func short(_ number: Double) -> String {
    switch number.magnitude {
    case ..<1: fixed(number, decimals: 4)
    case ..<10: fixed(number, decimals: 3)
    case ..<100: fixed(number, decimals: 2)
    case ..<1000: fixed(number, decimals: 1)
    default: fixed(number, decimals: 0)
    }
  }

  /// A time span: `4 s`, `2:05` minutes, `1:02:05` hours.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite && seconds < 1e9 else { return "unknown" }
    let whole = Int(max(0, seconds).rounded(.up))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60):\(two(whole % 60))" }
    return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
  }

  /// A mean and half the width of its interval, with as many decimals as the width deserves:
  /// `487.1 ± 6.3`.
  ///
  /// - Parameters:
  ///   - mean: the estimate.
  ///   - halfWidth: at least 0.
  /// - Returns: both numbers with the same decimals.
  package static func estimate(_ mean: Double, halfWidth: Double) -> String {
    var decimals = 1
    var scale = 1.0
    // Two digits of the uncertainty say all that it knows.
    while decimals < 6 && halfWidth > 0 && halfWidth * scale < 1 {
      decimals += 1
      scale *= 10
    }
    if halfWidth >= 100 { decimals = 0 }
    return "\(fixed(mean, decimals: decimals)) ± \(fixed(halfWidth, decimals: decimals))"
  }

  /// The mean of a sample with its 95 % interval; a single value stands alone.
  ///
  /// - Parameter sample: finite values, at least one.
  /// - Returns: such as `487.1 ± 6.3`.
  /// - Throws: `GSLError` when a value is not finite.
  package static func mean(of sample: [Double]) throws(GSLError) -> String {
    insist(!sample.isEmpty, "Nothing has no mean.")
    guard sample.count > 1 else { return short(sample[0]) }
    let interval = try ConfidenceInterval(ofMean: sample)
    return estimate(interval.mean, halfWidth: (interval.upper - interval.lower) / 2)
  }
}
