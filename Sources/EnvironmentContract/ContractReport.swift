/// One rule of the contract, and whether an environment keeps it.
public struct ContractCheck: Hashable, Sendable {
  /// The rule as a sentence.
  public let rule: String
  /// How the rule was broken; nil if it was not.
  public let violation: String?
  /// Why the rule could not be tried, or what was seen that may well be as it should; nil if there is nothing.
  public let note: String?

  /// Whether the rule was not broken.
  public var isKept: Bool { violation == nil }

  /// The rule with what became of it, in one line.
  var line: String {
    if let violation { return "  broken  \(rule): \(violation)" }
    if let note { return "  note    \(rule): \(note)" }
    return "  kept    \(rule)"
  }
}

/// What a contract test found.
public struct ContractReport: Hashable, Sendable, CustomStringConvertible {
  /// The environment's name.
  public let environment: String
  /// Every rule that was tried, in order.
  public internal(set) var checks: [ContractCheck] = []

  /// Whether no rule was broken.
  public var isKept: Bool { checks.allSatisfy(\.isKept) }

  /// The rules that were broken.
  public var violations: [ContractCheck] { checks.filter { !$0.isKept } }

  /// One line for each rule, and a verdict.
  public var description: String {
    var lines = checks.map(\.line)
    lines.insert("The contract of \(environment):", at: 0)
    lines.append(
      isKept
        ? "\(environment) keeps the contract."
        : "\(environment) breaks \(violations.count) of \(checks.count) rules.")
    return lines.joined(separator: "\n")
  }
}

/// Something about a rule that is no violation: it could not be tried, or what was seen may well be right.
package struct Note: Error {
  let text: String

  package init(_ text: String) { self.text = text }
}

/// A broken rule, found while it was checked.
package struct Violation: Error {
  let reason: String

  package init(_ reason: String) { self.reason = reason }
}

extension ContractReport {
  /// Runs one check; whatever it throws is the violation, unless it is a note.
  package mutating func check(_ rule: String, _ body: () throws -> Void) {
    do {
      try body()
      checks.append(ContractCheck(rule: rule, violation: nil, note: nil))
    } catch let note as Note {
      checks.append(ContractCheck(rule: rule, violation: nil, note: note.text))
    } catch let violation as Violation {
      checks.append(ContractCheck(rule: rule, violation: violation.reason, note: nil))
    } catch {
      checks.append(ContractCheck(rule: rule, violation: "\(error)", note: nil))
    }
  }
}
