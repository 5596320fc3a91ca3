import Networks

/// Statistics for normalization that are no longer finite, or of no use because they soon would not be.
public struct StatisticsError: NumericalError, Hashable {
  private let subject: String
  private let setting: String

  init(of subject: String, setting: String) {
    self.subject = subject
    self.setting = setting
  }

  /// What is wrong and what would be right.
  public var description: String {
    "The mean or the variance of \(subject) is beyond the numbers there are. Scale them in the task, or "
      + "train with \(setting)=false."
  }
}

/// A reward, or a sum of rewards, that is too large to be learned from.
public enum RewardError: NumericalError, Hashable {
  /// Training computes in single precision, in which the reward is infinite.
  case tooLarge(environment: String, lane: Int, reward: Double)
  /// Each reward of the episode is finite, but their sum is not.
  case returnOverflows(lane: Int)

  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .tooLarge(let environment, let lane, let reward):
      "\(environment), lane \(lane): the reward \(reward) is beyond single precision, which ends at "
        + "\(Float.greatestFiniteMagnitude). Scale the task's rewards."
    case .returnOverflows(let lane):
      "Lane \(lane): the sum of an episode's rewards is no longer a finite number. Scale the task's "
        + "rewards."
    }
  }
}
