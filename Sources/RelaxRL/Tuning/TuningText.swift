import Runs

extension TuningReport {
  /// How many configurations the table for people has.
  private static let shown = 10

  /// The tables as people read them.
  var text: String {
    var text = "\(plan.settings.agent) in \(plan.settings.env)\n"
    for (index, outcome) in outcomes.enumerated() {
      text +=
        "  rung \(index + 1): \(outcome.members.count - 1) configurations and the preset, "
        + "\(NumberText.grouped(outcome.rung.steps)) steps, seeds "
        + "\(SeedList.text(outcome.rung.seeds))\n"
    }
    text += "\nThe best of the last rung; score: the share of its configurations that one beats\n"
    text += TextColumns.text(bestLines)
    text +=
      "\nWhat mattered in the first rung; in brackets 95 % intervals. Share: of the variance of the "
      + "scores, that of the setting by itself; the rest is of settings together, and chance\n"
    text += TextColumns.text(effectLines)
    return text
  }

  private var bestLines: [[String]] {
    let keys = plan.space.ranges.map(\.key)
    let hasSteps = plan.countsSteps
    let head =
      ["", "score"] + (hasSteps ? ["solved", "median steps"] : []) + ["median return"] + keys
    let last = rows.filter { $0.rung == outcomes.count }
    // The preset is what the others are held against.
    let chosen =
      last.prefix(Self.shown) + last.dropFirst(Self.shown).filter { $0.configuration == 0 }
    return [head]
      + chosen.map { row in
        [
          row.configuration == 0 ? "preset" : "\(row.configuration)",
          Self.interval(row.score),
        ] + (hasSteps ? ["\(row.solved) of \(row.runs)", Self.steps(row.medianSolvedAtStep)] : [])
          + [row.medianMeanReturn.map { NumberText.short($0) } ?? "–"]
          + keys.map { row.settings[$0] ?? "" }
      }
  }

  private var effectLines: [[String]] {
    [["setting", "share", "rank correlation", "best part", "its mean score"]]
      + effects.map { effect in
        [
          effect.setting, Self.interval(effect.share),
          effect.rankCorrelation.map(Self.interval) ?? "–", effect.bestPart,
          effect.bestPartScore.isFinite
            ? NumberText.fixed(effect.bestPartScore, decimals: 2) : "–",
        ]
      }
  }

  private static func steps(_ value: Double?) -> String {
    value.map { NumberText.grouped(Int($0.rounded())) } ?? "∞"
  }

  private static func interval(_ value: BootstrapInterval) -> String {
    guard !value.estimate.isNaN else { return "–" }
    let parts = [value.estimate, value.lower, value.upper].map {
      $0.isNaN ? "–" : NumberText.fixed($0, decimals: 2)
    }
    return "\(parts[0]) (\(parts[1]) to \(parts[2]))"
  }
}
