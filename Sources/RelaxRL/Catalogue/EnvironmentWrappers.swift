import Environments
import Foundation
import ReinforcementLearning
import Runs

/// What an environment is wrapped in, where something was asked for; part of `config.yaml` then.
struct EnvironmentWrappers: Codable, Hashable, DescribedSettings {
  /// Each `name` or `name=value`, separated by commas, the nearest to the environment first.
  var wrappers = ""

  static let key = "wrappers"
  static let flag = "--wrappers"
  static let descriptions = [
    "wrappers": "What the environment is wrapped in, such as frame-stack=4,clip-reward."
  ]

  /// What a table says; empty where a run has none.
  static func text(in table: SettingsTable) -> String {
    if case .text(let text)? = table[key] { text } else { "" }
  }

  /// Reads wrappers.
  ///
  /// - Parameter text: each `name` or `name=value`, separated by commas.
  /// - Returns: the wrappers in their order.
  /// - Throws: `UsageError` with the closest match of a name that there is not, or with what belongs behind a name.
  static func parse(_ text: String) throws(UsageError) -> [EnvironmentWrapper] {
    var wrappers: [EnvironmentWrapper] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: !text.contains(",")) {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      let name = words[0].lowercased()
      let names = EnvironmentWrapper.kinds.map(\.name)
      guard let kind = EnvironmentWrapper.kinds.first(where: { $0.name == name }) else {
        throw UsageError(unknown: "wrapper", words[0], among: names, listing: names)
      }
      guard let wrapper = kind.read(words.count > 1 ? words[1] : nil) else {
        throw UsageError(
          "\(flag): \(name) needs \(kind.value), but "
            + (words.count > 1 ? "has \"\(words[1])\"." : "has none."))
      }
      wrappers.append(wrapper)
    }
    return wrappers
  }
}

extension EnvironmentEntry {
  /// The same task, wrapped.
  ///
  /// No threshold is known for it where a wrapper makes another task of it.
  ///
  /// - Parameter text: the wrappers; empty for none.
  /// - Returns: the task, named as before.
  /// - Throws: `UsageError` where there is no such wrapper, or where one does not fit.
  func with(wrappers text: String) throws(UsageError) -> EnvironmentEntry {
    let wrappers = try EnvironmentWrappers.parse(text)
    var space = observationSpace
    for wrapper in wrappers {
      if let problem = wrapper.problem(space, hasMask: hasActionMask) {
        throw UsageError("\(EnvironmentWrappers.flag) \(text): \(spec.name): \(problem)")
      }
      space = wrapper.observationSpace(space)
    }
    return wrapped(in: wrappers)
  }

  /// The same task, wrapped in what fits.
  private func wrapped(in wrappers: [EnvironmentWrapper]) -> EnvironmentEntry {
    if wrappers.isEmpty { return self }
    var spec = spec
    spec.stepLimit = wrappers.reduce(spec.stepLimit) { $1.stepLimit($0) }
    if !wrappers.allSatisfy(\.keepsTask) { spec.rewardThreshold = nil }
    return EnvironmentEntry(
      spec: spec, observationSpace: wrappers.reduce(observationSpace) { $1.observationSpace($0) },
      actionSpace: actionSpace, hasActionMask: hasActionMask, presetNames: presetNames,
      simulator: simulator, parameters: parameters,
      named: { named($0).wrapped(in: wrappers) }
    ) { count, seed, firstLane in
      try wrappers.reduce(make(count, seed, firstLane)) { try $1($0, seed: seed) }
    }
  }
}
