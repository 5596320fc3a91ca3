import Runs

extension ExperimentReport {
  /// The tables as people read them.
  var text: String { blocks.map { ExperimentText(statistics: $0).text }.joined() }
}

/// The tables of one block.
private struct ExperimentText {
  let statistics: ExperimentStatistics

  var text: String {
    var text = ""
    for environment in statistics.environments {
      text += "\(environment), \(statistics.seeds.count) "
      text += statistics.seeds.count == 1 ? "seed" : "seeds"
      text += " (\(SeedList.text(statistics.seeds))); in brackets 95 % intervals\n"
      text += table(of: environment)
      text += contrasts(in: environment)
      text += "\n"
    }
    if statistics.environments.count > 1 {
      let overall = contrasts(in: statistics.all)
      let names = statistics.environments.joined(separator: ", ")
      if !overall.isEmpty { text += "all environments (\(names))\n\(overall)\n" }
    }
    return text
  }

  private func table(of environment: String) -> String {
    var lines = [
      ["agent", "solved", "", "median", "interquartile mean", "mean"]
    ]
    for label in statistics.labels {
      let rows = statistics.rows.filter { $0.agent == label && $0.environment == environment }
      let solved = rows.first { $0.measure == "solved" }.map { row in
        "\(Int((row.value.estimate * Double(row.sample)).rounded())) of \(row.sample)"
      }
      var isFirst = true
      for measure in ExperimentMeasure.allCases {
        let values = Aggregate.allCases.map { statistic in
          rows.first { $0.measure == measure.rawValue && $0.statistic == statistic.rawValue }
            .map { number($0.value) } ?? "–"
        }
        guard values.contains(where: { $0 != "–" }) else { continue }
        lines.append(
          [isFirst ? label : "", isFirst ? solved ?? "" : "", measure.rawValue] + values)
        isFirst = false
      }
    }
    return TextColumns.text(lines)
  }

  private func contrasts(in environment: String) -> String {
    let rows = statistics.comparisons.filter { $0.environment == environment }
    guard !rows.isEmpty else { return "" }
    var lines: [[String]] = [
      ["compared", "", "ratio (IQM)", "difference (IQM)", "probability of improvement"]
    ]
    for label in statistics.labels {
      for measure in ExperimentMeasure.allCases {
        let mine = rows.filter { $0.agent == label && $0.measure == measure.rawValue }
        guard let first = mine.first else { continue }
        func value(_ comparison: String, _ statistic: String) -> String {
          mine.first { $0.comparison == comparison && $0.statistic == statistic }
            .map { number($0.value) } ?? "–"
        }
        let middle = Aggregate.interquartileMean.rawValue
        lines.append([
          "\(label) against \(first.against)", measure.rawValue, value("ratio", middle),
          value("difference", middle), value(ExperimentStatistics.improvement, ""),
        ])
      }
    }
    return TextColumns.text(lines)
  }

  private func number(_ interval: BootstrapInterval) -> String {
    guard !interval.estimate.isNaN else { return "–" }
    return "\(number(interval.estimate)) (\(number(interval.lower)) to \(number(interval.upper)))"
  }

  private func number(_ value: Double) -> String {
    if value.isNaN { return "–" }
    if value.isInfinite { return value > 0 ? "∞" : "-∞" }
    if value.magnitude >= 1000, value.magnitude < 1e15 {
      return NumberText.grouped(Int(value.rounded()))
    }
    return value.magnitude < 10
      ? NumberText.fixed(value, decimals: 2) : NumberText.short(value)
  }
}
