/// Mean, variance and range of numbers that arrive one by one.
///
/// Welford (1962) for single numbers, Chan, Golub and LeVeque (1979) for merging: both keep the sum
/// of squared deviations from the current mean, where the textbook's difference of two sums would
/// lose every digit once the mean is large against the deviation.
///
/// A number that is not finite makes mean and variance NaN from then on. Encoded it is five plain
/// numbers, all finite if the input was.
public struct RunningMoments: Sendable, Codable, Hashable {
  /// How many numbers were added.
  public private(set) var count = 0
  private var average = 0.0
  private var squaredDeviations = 0.0
  private var lowest = 0.0
  private var highest = 0.0

  /// Makes the moments of no numbers at all.
  public init() {}

  /// Makes the moments of a sample.
  public init(_ sample: some Sequence<Double>) {
    for value in sample { add(value) }
  }

  /// Adds one number.
  public mutating func add(_ value: Double) {
    lowest = count == 0 ? value : min(lowest, value)
    highest = count == 0 ? value : max(highest, value)
    count += 1
    let deviation = value - average
    average += deviation / Double(count)
    squaredDeviations += deviation * (value - average)
  }

  /// Adds all numbers that another value has seen.
  ///
  /// The result agrees with adding them one by one up to rounding, which depends on the order: merge
  /// along a fixed tree where the last bit matters.
  public mutating func merge(_ other: RunningMoments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let share = Double(other.count) / Double(count + other.count)
    let distance = other.average - average
    squaredDeviations += other.squaredDeviations + distance * distance * Double(count) * share
    average += distance * share
    lowest = min(lowest, other.lowest)
    highest = max(highest, other.highest)
    count += other.count
  }

  /// The mean; NaN when nothing was added.
  public var mean: Double { count > 0 ? average : .nan }

  /// The unbiased variance, with divisor n − 1; NaN for fewer than two numbers.
  public var variance: Double { count > 1 ? squaredDeviations / Double(count - 1) : .nan }

  /// The square root of the variance; NaN for fewer than two numbers.
  public var standardDeviation: Double { variance.squareRoot() }

  /// The standard deviation of the mean; NaN for fewer than two numbers.
  public var standardError: Double { (variance / Double(count)).squareRoot() }

  /// The smallest number; nil when nothing was added.
  public var minimum: Double? { count > 0 ? lowest : nil }

  /// The largest number; nil when nothing was added.
  public var maximum: Double? { count > 0 ? highest : nil }
}
