/// Seeds as they are typed: `1-20`, `3,5,8`, `1-5,100`.
package enum SeedList {
  private static let most = 100_000

  /// The seeds in the order in which they were typed.
  ///
  /// - Parameter text: numbers and ranges, separated by commas.
  /// - Returns: at least one seed, none twice.
  /// - Throws: `UsageError` that names what cannot be read, or what comes twice.
  package static func parse(_ text: String) throws(UsageError) -> [UInt64] {
    var seeds: [UInt64] = []
    var known: Set<UInt64> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        .map { UInt64($0.filter { $0 != " " }) }
      guard (1...2).contains(ends.count), case .some(.some(let first)) = ends.first,
        case .some(.some(let last)) = ends.last, first <= last
      else {
        throw UsageError(
          "--seeds must be numbers and ranges such as 1-20 or 1,2,5-8, but is \(text.prefix(200)).")
      }
      guard last - first < most, seeds.count + Int(last - first) < most else {
        throw UsageError("--seeds may be at most \(most) seeds, but is \(text.prefix(200)).")
      }
      for seed in first...last {
        guard known.insert(seed).inserted else {
          throw UsageError(
            "The seed \(seed) comes twice in --seeds \(text.prefix(200)): the same run again would "
              + "count as another one.")
        }
        seeds.append(seed)
      }
    }
    return seeds
  }

  /// The shortest text for seeds, from which the same are read.
  package static func text(_ seeds: [UInt64]) -> String {
    var ranges: [ClosedRange<UInt64>] = []
    for seed in seeds {
      if let last = ranges.last, seed > 0, last.upperBound == seed - 1 {
        ranges[ranges.count - 1] = last.lowerBound...seed
      } else {
        ranges.append(seed...seed)
      }
    }
    return ranges.map {
      $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }.joined(separator: ",")
  }
}
