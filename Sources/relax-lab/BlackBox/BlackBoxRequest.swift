import ArgumentParser
import BlackBoxOptimization
import Foundation
import Runs

/// What was asked for on the command line, after every check.
struct BlackBoxRequest {
  var comparison: BlackBoxComparison
  var estimators: [(BlackBoxEstimator, BlackBoxSettings)]
  var reference: BlackBoxEstimator
}

extension BlackBoxCommand {
  /// More couplings than those of so many bits would not fit in memory beside everything else.
  private static let mostVariables = 2000
  /// The graph has some operations for each.
  private static let mostSymbols = 100

  /// Reads and checks the options.
  ///
  /// - Throws: `ValidationError` that says what is wrong, the value received and what would be right.
  func request() throws -> BlackBoxRequest {
    let task: BlackBoxTask = try choice(task, "task")
    let sizes = try sizes(of: task)
    let seeds: [UInt64]
    do { seeds = try SeedList.parse(self.seeds) } catch { throw ValidationError("\(error)") }
    guard draws == 0 || draws >= 20 else {
      throw ValidationError(
        "--draws must be 0 or at least 20 for a variance to mean something, but is \(draws).")
    }
    guard draws == 0 || task.hasExactObjective else {
      throw ValidationError(
        "--draws \(draws) is for tasks whose exact gradient is known, not for \(task.rawValue).")
    }
    var chosen: [BlackBoxEstimator] = []
    for name in estimators.split(separator: ",") {
      let estimator: BlackBoxEstimator = try choice(String(name), "estimator")
      guard !chosen.contains(estimator) else {
        throw ValidationError("The estimator \(name) comes twice in --estimators \(estimators).")
      }
      if task == .copy { try requireThatCopies(estimator, sizes) }
      if let fault = estimator.fault(samples: sizes.samples, hasContexts: task.hasContexts) {
        throw ValidationError(fault)
      }
      chosen.append(estimator)
    }
    guard !chosen.isEmpty else {
      throw ValidationError("--estimators must name at least one estimator, but is empty.")
    }
    let reference: BlackBoxEstimator
    if let against {
      reference = try choice(against, "estimator")
      guard chosen.contains(reference) else {
        throw ValidationError(
          "--against \(against) must be one of --estimators, which are \(estimators).")
      }
    } else {
      reference = chosen.first { $0 != .relax && $0 != .relaxRLOO } ?? chosen[0]
    }
    var settings: [BlackBoxEstimator: BlackBoxSettings] = [:]
    for estimator in chosen {
      settings[estimator] = TunedSettings.settings(of: estimator, for: task, sizes)
    }
    for assignment in assignments { try apply(assignment, to: &settings) }
    return BlackBoxRequest(
      comparison: BlackBoxComparison(task: task, sizes: sizes, seeds: seeds, draws: draws),
      estimators: chosen.map { ($0, settings[$0] ?? TunedSettings.usual($0)) },
      reference: reference)
  }

  /// Refuses what only bits have.
  private func requireThatCopies(
    _ estimator: BlackBoxEstimator, _ sizes: BlackBoxSizes
  ) throws {
    if estimator == .exact {
      let exponent = Int(
        (Double(sizes.variables) * log10(Double(BlackBoxTask.vocabulary))).rounded(.down))
      throw ValidationError(
        "The estimator exact would have to add up all \(BlackBoxTask.vocabulary)^\(sizes.variables) > "
          + "1e\(exponent) copies of each sequence. For copy there are "
          + CopyTraining.estimators.map(\.rawValue).joined(separator: ", ") + ".")
    }
    guard CopyTraining.estimators.contains(estimator) else {
      throw ValidationError(
        "The estimator \(estimator.rawValue) is for bits that are chosen at once. For copy there are "
          + CopyTraining.estimators.map(\.rawValue).joined(separator: ", ") + ".")
    }
  }

  private func sizes(of task: BlackBoxTask) throws -> BlackBoxSizes {
    let usual = task.usual
    if let interaction {
      guard task.hasInteraction else {
        throw ValidationError(
          "--interaction is for quadratic and contextual, not \(task.rawValue).")
      }
      guard interaction >= 0, interaction.isFinite else {
        throw ValidationError(
          "--interaction must be finite and not negative, but is \(interaction). Usual is 0.3.")
      }
    }
    if let entropy, !(entropy >= 0 && entropy.isFinite) {
      throw ValidationError(
        "--entropy must be finite and not negative, but is \(entropy): a policy that is paid for "
          + "losing entropy has no best one worth looking for. Usual is \(usual.entropy).")
    }
    if let entropy, entropy > 0, !task.hasExactObjective {
      throw ValidationError(
        "--entropy is for bits that are chosen at once; the copy task has none, but it is \(entropy)."
      )
    }
    let variables = variables ?? usual.variables
    guard (4...Self.mostVariables).contains(variables) else {
      throw ValidationError(
        "--variables must be from 4 to \(Self.mostVariables), but is \(variables).")
    }
    let updates = updates ?? usual.updates
    guard task != .copy || variables <= Self.mostSymbols else {
      throw ValidationError(
        "--variables is the length of a sequence and must be at most \(Self.mostSymbols) for copy, but is "
          + "\(variables).")
    }
    guard (1...1_000_000).contains(updates) else {
      throw ValidationError("--updates must be from 1 to 1000000, but is \(updates).")
    }
    let samples = samples ?? usual.samples
    guard (1...1000).contains(samples) else {
      throw ValidationError("--samples must be from 1 to 1000, but is \(samples).")
    }
    if contexts != nil, !task.hasContexts {
      throw ValidationError(
        "--contexts is for contextual, multilabel and copy, not \(task.rawValue).")
    }
    let contexts = contexts ?? usual.contexts
    guard (1...1000).contains(contexts) else {
      throw ValidationError("--contexts must be from 1 to 1000, but is \(contexts).")
    }
    return BlackBoxSizes(
      interaction: interaction ?? usual.interaction, variables: variables,
      entropy: entropy ?? usual.entropy, updates: updates, samples: samples, contexts: contexts)
  }

  private func apply(
    _ assignment: String, to settings: inout [BlackBoxEstimator: BlackBoxSettings]
  ) throws {
    let sides = assignment.split(separator: "=", maxSplits: 1).map(String.init)
    let words = (sides.first ?? "").split(separator: ".", maxSplits: 1).map(String.init)
    guard sides.count == 2, words.count == 2, let value = Double(sides[1]), value.isFinite,
      value >= 0
    else {
      throw ValidationError(
        "--set must look like relax.rate=0.08, with a number that is not negative, but is "
          + "\(assignment.prefix(200)).")
    }
    let estimator: BlackBoxEstimator = try choice(words[0], "estimator")
    guard var changed = settings[estimator] else {
      throw ValidationError("--set \(assignment) is for an estimator that is not compared.")
    }
    switch words[1] {
    case "rate": changed.rate = value
    case "falling": changed.falls = value != 0
    case "second": changed.second = value
    default:
      throw ValidationError(
        "--set knows rate, falling and second, but not '\(words[1])'"
          + did(youMean: words[1], among: ["rate", "falling", "second"]) + ".")
    }
    if estimator == .average, !(0..<1).contains(changed.second) {
      throw ValidationError("A decay must lie in [0, 1) but is \(changed.second). Usual is 0.9.")
    }
    if estimator == .surrogate, !(changed.second > 0 && changed.second <= 1) {
      throw ValidationError("A memory must lie in (0, 1] but is \(changed.second). Usual is 0.99.")
    }
    settings[estimator] = changed
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ kind: String
  ) throws -> Choice where Choice.RawValue == String {
    if let found = Choice(rawValue: name.lowercased()) { return found }
    let known = Choice.allCases.map(\.rawValue)
    throw ValidationError(
      "There is no \(kind) '\(name.prefix(200))'\(did(youMean: name, among: known)). The choices are "
        + "\(known.joined(separator: ", ")).")
  }

  private func did(youMean word: String, among known: [String]) -> String {
    nearestMatch(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
  }
}
