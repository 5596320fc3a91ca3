import GSL

/// What one step gave, besides the observation.
public struct Transition: Hashable, Sendable {
  /// The reward for the action.
  public var reward: Double
  /// Whether the task itself ended the episode; step limits are the batch's business.
  public var isTerminated: Bool

  /// Makes a transition.
  @inlinable
  public init(reward: Double, isTerminated: Bool = false) {
    self.reward = reward
    self.isTerminated = isTerminated
  }
}

/// A task's name and the facts that belong to its registration, not to its dynamics.
public struct EnvironmentSpec: Hashable, Sendable {
  /// The name on the command line, in lower case.
  public var name: String
  /// Other names, Gymnasium's id among them.
  public var aliases: [String]
  /// The number of steps after which an episode is truncated, or nil for no limit.
  public var stepLimit: Int?
  /// The mean return over 100 episodes that counts as solved, or nil where there is none.
  public var rewardThreshold: Double?

  /// Makes a specification.
  public init(
    name: String, aliases: [String] = [], stepLimit: Int? = nil, rewardThreshold: Double? = nil
  ) {
    self.name = name
    self.aliases = aliases
    self.stepLimit = stepLimit
    self.rewardThreshold = rewardThreshold
  }
}

/// A task as a value: its state and nothing else, so that a copy is a snapshot.
///
/// Implementations write dynamics only. `EnvironmentBatch` counts steps, truncates at the limit,
/// refuses actions outside the space and steps of ended episodes, and starts episodes.
public protocol Environment: Codable, LaneStepping {
  /// What an agent does in a step.
  associatedtype Action

  /// What an observation consists of: `Float`, or `UInt8` for pixels and the like.
  associatedtype Observation = Float

  /// Name, step limit and threshold.
  static var spec: EnvironmentSpec { get }

  /// Makes the task with its usual parameters, before its first reset.
  init()

  /// The set that observations come from.
  var observationSpace: Space { get }

  /// The set that actions come from; only its elements reach `step`.
  var actionSpace: Space { get }

  /// Begins an episode.
  ///
  /// - Parameters:
  ///   - stream: the episode's own random numbers, from the start. A task that needs some later
  ///     keeps the stream as a part of its state.
  ///   - observation: `[D]`, to be overwritten; D is `observationSpace.observationSize`.
  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Observation>)

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - action: an element of the action space.
  ///   - observation: `[D]`, to be overwritten. What it holds before the call is not specified.
  /// - Returns: the reward, and whether the task ended the episode.
  mutating func step(_ action: Action, observation: inout MutableSpan<Observation>) -> Transition

  /// Whether some actions are forbidden in some states: by default, whether `writeActionMask` is implemented.
  ///
  /// Writing that method is all it takes, so a mask cannot be forgotten. A task whose parameters decide may
  /// implement this property, too; one that says true without the method is refused by the batch.
  var hasActionMask: Bool { get }

  /// Says which actions are allowed now, after a reset or a step.
  ///
  /// - Parameter mask: `[A]`, to be overwritten with 1 (allowed) or 0; A is `actionSpace.maskSize`. At least one
  ///   action of each choice must be allowed while the episode goes on.
  func writeActionMask(_ mask: inout MutableSpan<Float>)

  /// Draws the state, for films and for people who watch; never asked for in training.
  ///
  /// - Parameter action: what was done last, which led here; nil at the start of an episode, or where that is
  ///   not known.
  /// - Returns: the picture; nil, which is the default, for a task without pictures.
  func render(after action: Action?) -> Picture?

  /// Says why this value, which was decoded, cannot be the state of a task.
  ///
  /// What is decoded comes from a file or from another program and may be anything: arrays of any length,
  /// indices outside them, numbers that no step leads to. Whoever restores a state asks before it is played.
  ///
  /// - Parameter prototype: the task, whose parameters the state must have.
  /// - Returns: the reason as a sentence; nil if it can.
  func problemOfRestoring(into prototype: Self) -> String?
}

extension Environment {
  /// Whether `writeActionMask` is implemented.
  public var hasActionMask: Bool { implementsActionMask }

  /// Nothing: every action is allowed, which is how a task without masks is told from one with them.
  public func writeActionMask(_ mask: inout MutableSpan<Float>) {}

  /// Nil: it has no picture.
  public func render(after action: Action?) -> Picture? { nil }

  /// Nil: nothing that can be decoded is wrong.
  public func problemOfRestoring(into prototype: Self) -> String? { nil }

  /// Whether this type writes masks, seen from what a copy does at the start of an episode.
  ///
  /// The default implementation leaves the numbers as they are, and no mask has one that is not a number.
  package var implementsActionMask: Bool {
    guard let width = actionSpace.maskSize, width > 0 else { return false }
    var copy = self
    var row = Array(
      repeating: Observation.zero, count: max(observationSpace.observationSize, 0))
    var span = row.mutableSpan
    copy.reset(using: RandomStream(seed: 0, purpose: "environment"), observation: &span)
    var mask = Array(repeating: Float.nan, count: width)
    var maskSpan = mask.mutableSpan
    copy.writeActionMask(&maskSpan)
    return !mask.allSatisfy(\.isNaN)
  }

  /// Says why a decoded state cannot be restored: by its own account, or because it is one of a task with other
  /// spaces.
  package func restorationProblem(prototype: Self) -> String? {
    if let problem = problemOfRestoring(into: prototype) { return problem }
    guard observationSpace == prototype.observationSpace, actionSpace == prototype.actionSpace
    else { return "it is the state of a task with other spaces." }
    return nil
  }
}
