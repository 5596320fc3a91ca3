import GSL

/// A training under way, as callbacks see it.
public protocol OngoingTraining: AnyObject {
  /// How far training has come: up to the last whole update.
  var progress: TrainingProgress { get }
  /// The episodes that count.
  var log: EpisodeLog { get }
  /// Environment steps of the whole run.
  var totalSteps: Int { get }
  /// What the agent says of its last update: always the same names, nil where there is no value yet.
  var metrics: [(name: String, value: Double?)] { get }
  /// Ends the run after the update under way, which is saved.
  func stop()
}

/// What is told how a training goes, and may stop it.
///
/// Progress lines, tables and charts are callbacks too. All are called on the thread that trains, in the
/// order in which they were given, and training waits for them. An error that one throws ends the run; it
/// can be resumed from its last checkpoint.
///
/// ```swift
/// final class StopAtTen: TrainingCallback {
///   func episodeEnded(_ episode: Episode, number: Int, in training: any OngoingTraining) {
///     if number == 10 { training.stop() }
///   }
/// }
/// ```
public protocol TrainingCallback: AnyObject {
  /// The shards have acted: a rollout is there, and nothing has been learned from it yet.
  ///
  /// - Parameter training: still without the steps of this rollout.
  /// - Throws: what ends the run.
  func collectionEnded(in training: any OngoingTraining) throws

  /// An episode counts: it has ended, and so have all that started before it.
  ///
  /// - Parameters:
  ///   - episode: which; those of one update come in the order of their start, before `updateEnded`.
  ///   - number: counted from 1.
  ///   - training: after the update in which it ended.
  /// - Throws: what ends the run.
  func episodeEnded(
    _ episode: Episode, number: Int, in training: any OngoingTraining) throws

  /// An update is over.
  ///
  /// - Parameter training: after it.
  /// - Throws: what ends the run.
  func updateEnded(in training: any OngoingTraining) throws

  /// The policy has been evaluated in environments of its own.
  ///
  /// - Parameters:
  ///   - evaluation: what came of it.
  ///   - training: at that time.
  /// - Throws: what ends the run.
  func evaluationEnded(_ evaluation: Evaluation, in training: any OngoingTraining) throws

  /// Training ends for this session, its last checkpoint written.
  ///
  /// - Parameter training: at the end.
  /// - Throws: what the user is to be told.
  func trainingEnded(in training: any OngoingTraining) throws
}

extension TrainingCallback {
  /// Does nothing.
  public func collectionEnded(in training: any OngoingTraining) throws {}

  /// Does nothing.
  public func episodeEnded(
    _ episode: Episode, number: Int, in training: any OngoingTraining
  ) throws {}

  /// Does nothing.
  public func updateEnded(in training: any OngoingTraining) throws {}

  /// Does nothing.
  public func evaluationEnded(
    _ evaluation: Evaluation, in training: any OngoingTraining
  ) throws {}

  /// Does nothing.
  public func trainingEnded(in training: any OngoingTraining) throws {}
}

/// Whole episodes that a policy played in the midst of its training, in environments of their own.
public struct Evaluation: Hashable, Sendable {
  /// Which of the run's evaluations, counted from 1.
  public let number: Int
  /// Environment steps of training at that time.
  public let step: Int
  /// The undiscounted return of each episode, at least one.
  public let returns: [Double]

  /// An evaluation.
  ///
  /// - Parameters:
  ///   - number: counted from 1.
  ///   - step: environment steps of training.
  ///   - returns: of the episodes, at least one.
  public init(number: Int, step: Int, returns: [Double]) {
    insist(!returns.isEmpty, "An evaluation needs at least 1 episode.")
    self.number = number
    self.step = step
    self.returns = returns
  }

  /// The mean return.
  public var meanReturn: Double {
    let sum = returns.reduce(0, +)
    let count = Double(returns.count)
    // The sum of numbers near the end of the range is beyond it, their mean is not.
    return sum.isFinite ? sum / count : returns.reduce(0) { $0 + $1 / count }
  }
}
