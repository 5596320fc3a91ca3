import Runs

/// What is measured of a run.
enum ExperimentMeasure: String, CaseIterable, Encodable {
  /// Environment steps until the task counted as solved; infinitely many where it never did.
  case steps
  /// Episodes until then.
  case episodes
  /// The mean return of the last 100 training episodes at the end.
  case meanReturn = "return"
  /// Wall time of the training.
  case seconds
  /// Environment steps until the first evaluation that reached the task's threshold.
  case evaluationSteps = "evaluation_steps"
  /// The highest mean return of an evaluation.
  case evaluationReturn = "evaluation_return"

  /// Whether less of it is better.
  var isSmallerBetter: Bool { !isReturn }

  /// Whether it is a return, which may be negative, so that ratios mean nothing.
  var isReturn: Bool { self == .meanReturn || self == .evaluationReturn }

  /// The value of a run.
  ///
  /// A run that failed is worse than any other, and so is one in which no episode has ended.
  ///
  /// - Parameter outcome: what became of it.
  /// - Returns: nil where there is nothing to be said.
  func value(of outcome: RunOutcome) -> Double? {
    guard let summary = outcome.summary else {
      return self == .seconds ? nil : isReturn ? -.infinity : .infinity
    }
    switch self {
    case .steps: return summary.solvedAtStep.map(Double.init) ?? .infinity
    case .episodes: return summary.solvedAtEpisode.map(Double.init) ?? .infinity
    case .meanReturn: return summary.meanReturnLast100 ?? -.infinity
    case .seconds: return Self.seconds(of: summary)
    case .evaluationSteps:
      return summary.evaluation?.firstEvaluationAtThreshold.map(Double.init) ?? .infinity
    case .evaluationReturn: return summary.evaluation?.bestMeanReturn ?? -.infinity
    }
  }

  /// Those of the whole run, at the rate of its last session: the clock is in no checkpoint.
  private static func seconds(of summary: RunSummary) -> Double? {
    guard summary.stepsPerSecond > 0 else { return nil }
    return Double(summary.steps) / summary.stepsPerSecond
  }
}
