/// A structure of settings that says what each of them means.
public protocol DescribedSettings {
  /// What each property means, in a sentence or two, by its name in Swift; those of nested structures are
  /// theirs to describe.
  static var descriptions: [String: String] { get }
}

extension DescribedSettings {
  /// Nothing is said.
  public static var descriptions: [String: String] { [:] }
}
