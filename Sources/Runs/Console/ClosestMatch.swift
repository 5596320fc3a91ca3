/// The candidate that a mistyped word most likely means.
///
/// The distance counts inserted, deleted and replaced characters and swapped neighbors, without
/// regard to case (Damerau, 1964, in the restricted form of optimal string alignment).
///
/// - Parameters:
///   - word: what was typed.
///   - candidates: what could have been meant; the first wins among equals.
/// - Returns: nil when no candidate is near: at most a third of the characters may differ, but two
///   always may. A candidate that the word begins, with three characters or more, is near too.
package func closestMatch(to word: String, among candidates: some Sequence<String>) -> String? {
  let typed = Array(word.lowercased())
  // Nobody mistypes a name so long, and the comparison takes time in proportion.
  guard (1...200).contains(typed.count) else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates {
    let letters = Array(candidate.lowercased())
    var distance = alignmentDistance(typed, letters)
    if typed.count >= 3 && letters.starts(with: typed) { distance = min(distance, 2) }
    guard distance <= max(2, max(typed.count, letters.count) / 3), distance < letters.count else {
      continue
    }
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.candidate
}

/// The candidate that takes the fewest changes of a character, however many these are.
///
/// - Parameters:
///   - word: what was typed.
///   - candidates: what could have been meant; the first wins among equals.
/// - Returns: nil where there are no candidates.
package func nearestMatch(to word: String, among candidates: [String]) -> String? {
  let typed = Array(word.lowercased())
  return candidates.map { (name: $0, distance: alignmentDistance(typed, Array($0))) }
    .min { $0.distance < $1.distance }?.name
}

/// How many insertions, deletions, replacements and swaps of neighbors lead from one to the other.
package func alignmentDistance(_ first: [Character], _ second: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...second.count)
  for row in first.indices {
    var current = [row + 1]
    for column in second.indices {
      let isSame = first[row] == second[column]
      var least = min(
        previous[column + 1] + 1, current[column] + 1, previous[column] + (isSame ? 0 : 1))
      if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
        least = min(least, beforePrevious[column - 1] + 1)
      }
      current.append(least)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[second.count]
}
