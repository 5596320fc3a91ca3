/// A mistake in what was typed: one line, exit code 64, nothing written.
package struct UsageError: Error, CustomStringConvertible {
  /// What is wrong and what would be right.
  package let description: String

  /// A mistake in the words given.
  package init(_ description: String) { self.description = description }

  /// A name that nothing has, with the closest that something has, or else all, and what is said behind them.
  package init(
    unknown kind: String, _ name: String, among names: [String], listing: [String],
    adding: String = ""
  ) {
    let closest = closestMatch(to: name.lowercased(), among: names)
    description =
      "There is no \(kind) \"\(name)\"."
      + (closest.map { " Did you mean \"\($0)\"?" }
        ?? " There are \(listing.joined(separator: ", ")).\(adding)")
  }
}
