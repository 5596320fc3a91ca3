import ReinforcementLearning

/// What a checkpoint keeps of the environment in which it was trained.
///
/// It is compared with the one at hand before a run goes on or is evaluated: a policy of the same
/// sizes runs in another task too, and nothing else would say so. And a policy can act without it.
package struct EnvironmentRecord: Codable, Hashable {
  /// What it is called.
  package var name: String
  /// The set that observations come from.
  package var observationSpace: Space
  /// The set that actions come from.
  package var actionSpace: Space
  /// Whether some actions are forbidden in some states.
  package var hasActionMask: Bool
  /// After how many steps an episode is cut off, or nil.
  package var stepLimit: Int?
  /// The name under which states are saved, where the run went on in an environment of another.
  package var savedAs: String?

  /// The key of a checkpoint's texts.
  package static let key = "environment"

  /// What there is to say of an environment.
  package init(
    _ spec: EnvironmentSpec, observationSpace: Space, actionSpace: Space, hasActionMask: Bool
  ) {
    name = spec.name
    self.observationSpace = observationSpace
    self.actionSpace = actionSpace
    self.hasActionMask = hasActionMask
    stepLimit = spec.stepLimit
  }

  /// What a checkpoint says; nil where it is of a version that did not.
  ///
  /// - Throws: what is wrong with it.
  package init?(in metadata: [String: String]) throws {
    guard let text = metadata[Self.key] else { return nil }
    self = try decodeState(text, named: Self.key)
    do {
      try observationSpace.validate(of: name)
      try actionSpace.validate(of: name)
    } catch {
      throw CheckpointContentError.unreadable(Self.key, reason: "\(error)")
    }
  }

  /// In what this environment differs from another; empty where it does not.
  package func differences(from before: EnvironmentRecord) -> [String] {
    var differences: [String] = []
    if name != before.name { differences.append("its name is \(name) and was \(before.name)") }
    if observationSpace != before.observationSpace {
      differences.append(
        "its observation space is \(observationSpace) and was \(before.observationSpace)")
    }
    if actionSpace != before.actionSpace {
      differences.append("its action space is \(actionSpace) and was \(before.actionSpace)")
    }
    if hasActionMask != before.hasActionMask {
      differences.append(
        hasActionMask
          ? "it forbids actions and did not" : "it no longer forbids actions")
    }
    if stepLimit != before.stepLimit {
      func text(_ limit: Int?) -> String { limit.map { "\($0)" } ?? "none" }
      differences.append("its step limit is \(text(stepLimit)) and was \(text(before.stepLimit))")
    }
    return differences
  }

  /// Whether networks for the one may fit the other: what they read and give has the same sizes.
  private func fits(_ other: EnvironmentRecord) -> Bool {
    func hasRealActions(_ record: EnvironmentRecord) -> Bool { record.actionSpace.maskSize == nil }
    // An action has as many outputs as it would have numbers if it were observed.
    return observationSpace.observationSize == other.observationSpace.observationSize
      && actionSpace.observationSize == other.actionSpace.observationSize
      && hasRealActions(self) == hasRealActions(other)
  }

  /// Makes sure that the environment is the one there was, or that it can be used in its place.
  ///
  /// - Throws: `UsageError` that names every difference, and the option with which to go on, if it is possible.
  package func require(_ before: EnvironmentRecord, allowingChanges: Bool) throws(UsageError) {
    let differences = differences(from: before)
    let fits = fits(before)
    if differences.isEmpty || allowingChanges && fits { return }
    throw UsageError(
      "The environment differs from that of the training: \(differences.joined(separator: "; ")). "
        + (fits
          ? "To go on all the same: --allow-changed-env."
          : "What was learned fits only spaces of the same sizes."))
  }
}
