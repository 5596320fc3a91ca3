import GSL
import Runs

/// Runs that differ in nothing but their seeds.
struct RunGroup {
  /// The agent, with the settings that tell it from others of the same agent in the same task.
  let label: String
  let runs: [RunRecord]
  /// Those settings.
  let distinctions: [(key: String, value: String)]

  /// The groups of runs of one task.
  static func groups(of runs: [RunRecord]) -> [RunGroup] {
    var order: [[String: String]] = []
    var members: [[RunRecord]] = []
    for run in runs {
      var key = run.settings
      key["agent"] = run.agent
      if let index = order.firstIndex(of: key) {
        members[index].append(run)
      } else {
        order.append(key)
        members.append([run])
      }
    }
    return members.map { group in
      let (agent, settings) = (group[0].agent, group[0].settings)
      let relatives = members.filter { $0[0].agent == agent }.map { $0[0].settings }
      let keys = Set(relatives.flatMap(\.keys)).filter { key in
        relatives.contains { $0[key] != settings[key] }
      }
      let distinctions = keys.sorted().map { (key: $0, value: settings[$0] ?? "–") }
      let detail = distinctions.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      return RunGroup(
        label: detail.isEmpty ? agent : "\(agent): \(detail)", runs: group,
        distinctions: distinctions)
    }
  }

  /// The mean over runs of a curve, with Student's 95 % intervals, on a grid of steps.
  ///
  /// A run that has ended keeps its last number, and one that has none yet is left out; there is a point where half
  /// of the runs have a number.
  ///
  /// - Parameters:
  ///   - curve: which of their curves.
  ///   - grid: steps, ascending.
  /// - Returns: one point for each step where there is a number.
  func mean(_ curve: (RunRecord) -> RunRecord.Curve, at grid: [Double]) -> [LineChart.Point] {
    let curves = runs.map(curve)
    var places = [Int](repeating: -1, count: curves.count)
    return grid.compactMap { step in
      var values: [Double] = []
      for (index, curve) in curves.enumerated() {
        while places[index] + 1 < curve.steps.count, curve.steps[places[index] + 1] <= step {
          places[index] += 1
        }
        if places[index] >= 0 { values.append(curve.values[places[index]]) }
      }
      guard !values.isEmpty, 2 * values.count >= runs.count else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      let interval = try? ConfidenceInterval(ofMean: values)
      return LineChart.Point(
        x: step, y: mean, lower: interval?.lower ?? mean, upper: interval?.upper ?? mean)
    }
  }
}
