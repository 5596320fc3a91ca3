/// One rule of the contract, and whether an environment keeps it.
public struct ContractCheck: Hashable, Sendable {
  /// The rule as a sentence.
  public let rule: String
  /// How the rule was broken; nil if it was kept.
  public let violation: String?

  /// Whether the rule was kept.
  public var isKept: Bool { violation == nil }
}

/// What a contract test found.
public struct ContractReport: Hashable, Sendable, CustomStringConvertible {
  /// The environment's name.
  public let environment: String
  /// Every rule that was tried, in order.
  public internal(set) var checks: [ContractCheck] = []

  /// Whether every rule was kept.
  public var isKept: Bool { checks.allSatisfy(\.isKept) }

  /// The rules that were broken.
  public var violations: [ContractCheck] { checks.filter { !$0.isKept } }

  /// One line for each rule, and a verdict.
  public var description: String {
    var lines = checks.map { check in
      check.violation.map { "  broken  \(check.rule): \($0)" } ?? "  kept    \(check.rule)"
    }
    lines.insert("The contract of \(environment):", at: 0)
    lines.append(
      isKept
        ? "\(environment) keeps the contract."
        : "\(environment) breaks \(violations.count) of \(checks.count) rules.")
    return lines.joined(separator: "\n")
  }
}

/// A broken rule, found while it was checked.
package struct Violation: Error {
  let reason: String

  package init(_ reason: String) { self.reason = reason }
}

extension ContractReport {
  /// Runs one check; whatever it throws is the violation.
  package mutating func check(_ rule: String, _ body: () throws -> Void) {
    do {
      try body()
      checks.append(ContractCheck(rule: rule, violation: nil))
    } catch let violation as Violation {
      checks.append(ContractCheck(rule: rule, violation: violation.reason))
    } catch {
      checks.append(ContractCheck(rule: rule, violation: "\(error)"))
    }
  }
}
