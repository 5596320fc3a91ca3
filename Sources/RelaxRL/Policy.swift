import GSL
import ReinforcementLearning
import Runs

/// What was trained, ready to act in any program.
///
/// ```swift
/// let policy = try Policy(run: "runs/cartpole-relax-a2c-seed1")
/// let action = policy.act([0.01, -0.2, 0.03, 0.4])
/// ```
///
/// Real actions are asked for by type: `policy.act(observation, as: [Float].self)`.
///
/// Normalization of observations is part of it. One thread uses a policy at a time.
public final class Policy {
  /// Which of a run's checkpoints.
  public enum Checkpoint: Sendable {
    /// The one with the highest mean return over 100 training episodes; the last where there is none yet.
    case best
    /// The newest.
    case last
  }

  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  private let trained: any TrainedPolicy

  /// The policy of a run; its environment is not needed.
  ///
  /// - Parameters:
  ///   - run: the run folder.
  ///   - checkpoint: `best` (highest mean training return) or `last`.
  /// - Throws: what is wrong with the folder or the checkpoint.
  public init(run: String, checkpoint: Checkpoint = .best) throws {
    let run = try TrainedRun(run, slot: checkpoint == .best ? nil : .last)
    let spaces = try run.spaces()
    observationSpace = spaces.observation
    actionSpace = spaces.action
    trained = try run.policy(rows: 1, spaces)
  }

  /// The action for an observation.
  ///
  /// - Parameters:
  ///   - observation: `[D]`, raw, as the environment gives it.
  ///   - mask: `[A]`, 1 for allowed actions; nil allows all.
  ///   - type: how to receive it: `Int` for one choice, `Float`, `SIMD2<Float>` or `[Float]` for
  ///     real numbers. It must suit the action space.
  ///   - stream: to draw the action from.
  /// - Returns: the action as the environment takes it.
  public func act<Action: EnvironmentAction>(
    _ observation: [Float], mask: [Float]? = nil, as type: Action.Type = Int.self,
    drawingFrom stream: inout RandomStream
  ) -> Action {
    var streams: [RandomStream]? = [stream]
    defer { stream = streams?.first ?? stream }
    return act(observation, mask: mask, &streams)
  }

  /// The likeliest action for an observation.
  ///
  /// - Parameters:
  ///   - observation: `[D]`, raw, as the environment gives it.
  ///   - mask: `[A]`, 1 for allowed actions; nil allows all.
  ///   - type: how to receive it: `Int` for one choice, `Float`, `SIMD2<Float>` or `[Float]` for
  ///     real numbers. It must suit the action space.
  /// - Returns: the action as the environment takes it.
  public func act<Action: EnvironmentAction>(
    _ observation: [Float], mask: [Float]? = nil, as type: Action.Type = Int.self
  ) -> Action {
    var none: [RandomStream]?
    return act(observation, mask: mask, &none)
  }

  private func act<Action: EnvironmentAction>(
    _ observation: [Float], mask: [Float]?, _ streams: inout [RandomStream]?
  ) -> Action {
    insist(
      observation.count == observationSpace.observationSize,
      "An observation has \(observationSpace.observationSize) numbers, not \(observation.count).")
    if let mask, let choices = actionSpace.maskSize {
      insist(
        mask.count == choices, "A mask of \(actionSpace) has \(choices) numbers, not \(mask.count)."
      )
    }
    insist(
      (Action.componentCount ?? actionSpace.elementCount) == actionSpace.elementCount,
      "\(Action.self) cannot hold an action of \(actionSpace).")
    let actions = trained.act(
      observations: observation.span, masks: mask?.span, streams: &streams)
    guard let action = Action(firstOf: actions) else {
      fatalError("\(Action.self) cannot hold an action of \(actionSpace).")
    }
    return action
  }
}
