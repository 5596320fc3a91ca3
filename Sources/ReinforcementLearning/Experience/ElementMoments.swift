import GSL

/// Mean and variance of each element of rows of numbers, in double precision.
///
/// A shard adds the rows of its rollout to one of its own; the shards' moments are then merged in a
/// fixed order, so that results do not depend on threads.
public struct ElementMoments: Codable, Hashable, Sendable {
  /// Number of rows seen.
  public private(set) var count = 0.0
  /// `[D]`, the mean of each element.
  public private(set) var mean: [Double]
  /// `[D]`, the sum of squared deviations of each element from its mean.
  private var squaredDeviations: [Double]

  /// Makes moments of no rows.
  ///
  /// - Parameter size: D, the length of a row, at least 1.
  public init(size: Int) {
    insist(size > 0, "Moments need rows of at least 1 element but got \(size).")
    mean = Array(repeating: 0, count: size)
    squaredDeviations = Array(repeating: 0, count: size)
  }

  /// The population variance of an element; 0 before the first row.
  public func variance(_ element: Int) -> Double {
    count > 0 ? squaredDeviations[element] / count : 0
  }

  /// Adds rows, except those that are skipped.
  ///
  /// - Parameters:
  ///   - rows: `[N, D]`.
  ///   - isSkipped: whether to leave out the row of that index, as for lanes that wait.
  public mutating func add(rows: Span<Float>, skipping isSkipped: (Int) -> Bool = { _ in false }) {
    let size = mean.count
    insist(
      rows.count % size == 0, "Rows of \(size) elements cannot have \(rows.count) in all.")
    for row in 0..<rows.count / size where !isSkipped(row) {
      count += 1
      let share = 1 / count
      for element in 0..<size {
        add(Double(rows[row * size + element]), to: element, share: share)
      }
    }
  }

  /// Adds one row of a single element.
  public mutating func add(_ value: Double) {
    insist(mean.count == 1, "One number is no row of \(mean.count).")
    count += 1
    add(value, to: 0, share: 1 / count)
  }

  /// Welford's update, which does not subtract large sums from each other.
  @inline(__always)
  private mutating func add(_ value: Double, to element: Int, share: Double) {
    let deviation = value - mean[element]
    mean[element] += deviation * share
    squaredDeviations[element] += deviation * (value - mean[element])
  }

  /// Adds the rows that other moments have seen.
  ///
  /// Chan, Golub and LeVeque (1979). Not associative to the last bit: merge in a fixed order.
  public mutating func merge(_ other: ElementMoments) {
    insist(
      mean.count == other.mean.count,
      "Moments of \(mean.count) elements cannot take in those of \(other.mean.count).")
    guard other.count > 0 else { return }
    let total = count + other.count
    for element in mean.indices {
      let deviation = other.mean[element] - mean[element]
      mean[element] += deviation * (other.count / total)
      squaredDeviations[element] +=
        other.squaredDeviations[element] + deviation * deviation * (count * other.count / total)
    }
    count = total
  }

  /// The first element whose mean or sum of squares is no longer a finite number, if there is one.
  public var firstNonFinite: Int? {
    mean.indices.first { !mean[$0].isFinite || !squaredDeviations[$0].isFinite }
  }

  /// Forgets every row, keeping the memory.
  public mutating func removeAll() {
    count = 0
    for element in mean.indices {
      mean[element] = 0
      squaredDeviations[element] = 0
    }
  }
}

extension ElementMoments {
  /// How many numbers the moments of rows of a size are.
  package static func numberCount(size: Int) -> Int { 1 + 2 * size }

  /// The moments as plain numbers, which processes can exchange.
  package var numbers: [Double] { [count] + mean + squaredDeviations }

  /// Moments that ``numbers`` has turned into numbers.
  package init(numbers: ArraySlice<Double>) {
    self.init(size: (numbers.count - 1) / 2)
    count = numbers.first ?? 0
    mean = Array(numbers.dropFirst().prefix(mean.count))
    squaredDeviations = Array(numbers.suffix(mean.count))
  }

  /// Several moments of rows of a size, whose ``numbers`` follow each other.
  package static func list(numbers: [Double], size: Int) -> [ElementMoments] {
    let count = numberCount(size: size)
    return stride(from: 0, to: numbers.count, by: count).map {
      ElementMoments(numbers: numbers[$0..<$0 + count])
    }
  }

  /// Says why these moments, read back, are none of rows of a size; nil if they are.
  package func fault(size: Int) -> String? {
    if mean.count != size || squaredDeviations.count != size {
      return "its moments are of rows of \(mean.count) and \(squaredDeviations.count) numbers "
        + "instead of \(size)."
    }
    guard count >= 0, count <= Double(StateFault.largestCount), count == count.rounded() else {
      return "its number of rows must be from 0 to 2⁵³ but is \(count)."
    }
    // Statistics are used in single precision.
    if let value = mean.first(where: { !Float($0).isFinite }) {
      return "a mean must be finite but is \(value)."
    }
    return squaredDeviations.first { !($0 >= 0 && $0.isFinite) }.map {
      "a sum of squared deviations must be finite and not negative but is \($0)."
    }
  }
}
