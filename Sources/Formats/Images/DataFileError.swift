/// A data file that cannot be used: which one, what is wrong with it and what would be right.
package struct DataFileError: Error, Hashable, CustomStringConvertible {
  /// The file.
  package let path: String
  /// What is wrong and what would be right, in whole sentences.
  package let problem: String

  /// Says what is wrong with a file.
  package init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// The file and the problem.
  package var description: String { "\(path): \(problem)" }
}
