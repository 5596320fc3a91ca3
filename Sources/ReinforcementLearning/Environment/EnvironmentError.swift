/// What can be wrong with an environment, or with how it is used.
///
/// Lanes are global indices. Episodes of a lane count from 0, steps of an episode from 1: step 0 is its reset.
public enum EnvironmentError: Error, Hashable, Sendable {
  /// A batch was asked for no lanes at all.
  case invalidCount(environment: String, count: Int)
  /// A space, limit or other declaration that cannot be right.
  case invalidDeclaration(environment: String, reason: String)
  /// Memory of the wrong size was handed over.
  case wrongShape(environment: String, what: String, expected: Int, received: Int)
  /// Whole numbers where the space wants real ones, or the reverse.
  case wrongActionKind(environment: String, actionSpace: Space, received: String)
  /// An action outside the action space.
  case invalidAction(environment: String, lane: Int, element: Int, value: Double, expected: String)
  /// An action that the current observation's mask forbids.
  ///
  /// The element is that of the action, where there are several choices.
  case maskedAction(
    environment: String, lane: Int, action: Int, allowed: [Int], element: Int? = nil)
  /// A step of a lane that has no episode under way.
  case noEpisode(environment: String, lane: Int?)
  /// `beginStep` and `finishStep` out of turn.
  case outOfTurn(environment: String, reason: String)
  /// The environment produced an observation that is not a number, or infinite.
  case nonFiniteObservation(
    environment: String, lane: Int, episode: Int, step: Int, element: Int, value: Double)
  /// The environment produced a reward that is not a number, or infinite.
  case nonFiniteReward(environment: String, lane: Int, episode: Int, step: Int, value: Double)
  /// Saved state that does not fit.
  case invalidSnapshot(environment: String, reason: String)
  /// A simulator outside this process failed.
  case simulatorFailure(environment: String, reason: String)
  /// A mask that allows no action, or no value of some element of it, in an episode that goes on.
  case emptyMask(environment: String, lane: Int, element: Int? = nil)
  /// Bytes were asked for where observations are numbers.
  case noBytes(environment: String)
  /// The user wanted the program to stop while an environment was waited for.
  case interrupted(environment: String, reason: String)
}

extension EnvironmentError: CustomStringConvertible {
  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .invalidCount(let environment, let count):
      "\(environment) needs at least 1 lane but was asked for \(count)."
    case .invalidDeclaration(let environment, let reason):
      "\(environment) is declared wrongly: \(reason)"
    case .wrongShape(let environment, let what, let expected, let received):
      "\(environment) needs \(expected) elements of \(what) but got \(received)."
    case .wrongActionKind(let environment, let actionSpace, let received):
      "\(environment) takes actions in \(actionSpace) but was given \(received)."
    case .invalidAction(let environment, let lane, let element, let value, let expected):
      "\(environment), lane \(lane): element \(element) of the action is \(Self.format(value)); "
        + "it must be \(expected)."
    case .maskedAction(let environment, let lane, let action, let allowed, let element):
      "\(environment), lane \(lane): "
        + (element.map { "element \($0) of the action is \(action), which is masked now" }
          ?? "action \(action) is masked now") + "; allowed are \(Self.format(allowed))."
    case .noBytes(let environment):
      "\(environment) gives observations as numbers; they cannot be had as bytes."
    case .noEpisode(let environment, let lane):
      if let lane {
        "\(environment), lane \(lane): there is no episode under way to step. Reset it first."
      } else {
        "\(environment): no lane has an episode under way. Reset or start the waiting lanes first."
      }
    case .outOfTurn(let environment, let reason):
      "\(environment): \(reason)"
    case .nonFiniteObservation(
      let environment, let lane, let episode, let step, let element, let value):
      "\(environment), lane \(lane), episode \(episode), step \(step): element \(element) of the "
        + "observation is \(Self.format(value)); observations must be finite."
    case .nonFiniteReward(let environment, let lane, let episode, let step, let value):
      "\(environment), lane \(lane), episode \(episode), step \(step): the reward is "
        + "\(Self.format(value)); rewards must be finite."
    case .invalidSnapshot(let environment, let reason):
      "The saved state does not fit \(environment): \(reason)"
    case .simulatorFailure(let environment, let reason):
      "\(environment) failed: \(reason)"
    case .emptyMask(let environment, let lane, let element):
      "\(environment), lane \(lane): the action mask allows "
        + (element.map { "no value of element \($0) of the action" } ?? "no action at all")
        + "; each choice needs at least one that is allowed, or the episode must end."
    case .interrupted(let environment, let reason):
      "\(environment) was waited for when the program was told to stop: \(reason)"
    }
  }

  /// A list as messages show it: the first elements of a long one.
  private static func format(_ list: [Int]) -> String {
    guard list.count > 20 else { return "\(list)" }
    return "[\(list.prefix(20).map { "\($0)" }.joined(separator: ", ")), … \(list.count) in all]"
  }

  /// A number as messages show it: whole ones without a fraction.
  package static func format(_ value: Double) -> String {
    guard let whole = Int(exactly: value) else { return "\(value)" }
    return "\(whole)"
  }
}
