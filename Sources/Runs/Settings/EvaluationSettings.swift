/// How a run evaluates its policy while it trains; part of `config.yaml` where it was asked for.
package struct EvaluationSettings: Codable, Hashable, Sendable {
  /// Environment steps of training between two evaluations, at least 1.
  package var evalEvery = 0
  /// Whole episodes of each; ten tell a solved task of Gymnasium's from most others.
  package var evalEpisodes = 10
  /// Whether the likeliest actions are taken; else they are drawn, as in training.
  package var evalDeterministic = true

  /// What the keys of all of them begin with.
  package static let prefix = "eval_"
  /// The setting without which the others mean nothing.
  package static let intervalKey = "eval_every"

  /// No evaluations.
  package init() {}

  /// Makes sure that there is something to play, and a time for it.
  package func validate() throws(UsageError) {
    guard evalEvery >= 1 else {
      throw UsageError(
        "eval_every must be at least 1, environment steps between two evaluations, but is "
          + "\(evalEvery). Without the settings that begin with eval_ there are no evaluations.")
    }
    guard (1...1_000_000).contains(evalEpisodes) else {
      throw UsageError("eval_episodes must be from 1 to 1000000, but is \(evalEpisodes).")
    }
  }

  /// The settings in a table, checked; nil where a run has none.
  ///
  /// - Throws: what is wrong with them.
  package init?(in table: SettingsTable) throws {
    guard table[Self.intervalKey] != nil else { return nil }
    self = try table.decode(EvaluationSettings.self)
    try validate()
  }
}
