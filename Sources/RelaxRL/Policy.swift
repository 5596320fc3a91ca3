import GSL
import ReinforcementLearning
import Runs

/// What was trained, ready to act in any program.
///
/// ```swift
/// let policy = try Policy(run: "runs/cartpole-relax-a2c-seed1")
/// let action = try policy.act([0.01, -0.2, 0.03, 0.4])
/// ```
///
/// Real actions are asked for by type: `policy.act(observation, as: [Float].self)`.
///
/// All it needs is in the checkpoint: spaces, the normalization of observations, and whether the task
/// forbids actions. No environment is made and no program started, so it acts for tasks that this
/// program does not know. One thread uses a policy at a time.
public final class Policy {
  /// Which of a run's checkpoints.
  public enum Checkpoint: Sendable {
    /// The one with the best evaluation, in a run that has some, else with the highest mean return over 100
    /// training episodes; the last where there is none yet.
    case best
    /// The newest.
    case last
  }

  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  /// Whether the task forbids actions in some states: then every call needs a mask.
  public let needsMask: Bool
  /// What exported files say of it.
  let description: ExportDescription
  /// Makes the policy for a number of observations at once.
  let make: (_ rows: Int) throws -> any TrainedPolicy
  private let trained: any TrainedPolicy

  /// The policy of a run; its environment is not needed.
  ///
  /// - Parameters:
  ///   - run: the run folder.
  ///   - checkpoint: `best` (highest mean training return) or `last`.
  ///   - agents: those of the program's own, where they were not given to `main`.
  /// - Throws: what is wrong with the folder or the checkpoint.
  public convenience init(
    run: String, checkpoint: Checkpoint = .best, agents: [AgentEntry] = []
  ) throws {
    var catalogue = agents.isEmpty ? Catalogue.current : Catalogue()
    try catalogue.add(agents: agents)
    try self.init(TrainedRun(run, slot: checkpoint == .best ? nil : .last, in: catalogue))
  }

  /// The policy of a run that has been read.
  convenience init(_ run: TrainedRun) throws {
    let task = try run.task()
    try self.init(task, agent: run.agentName) { rows in
      try run.policy(rows: rows, (task.observationSpace, task.actionSpace))
    }
  }

  /// A policy for a task.
  init(
    _ task: EnvironmentRecord, agent: String,
    make: @escaping (_ rows: Int) throws -> any TrainedPolicy
  ) throws {
    observationSpace = task.observationSpace
    actionSpace = task.actionSpace
    needsMask = task.hasActionMask
    description = ExportDescription(
      agent: agent, environment: task.name, observationSpace: task.observationSpace,
      actionSpace: task.actionSpace)
    self.make = make
    trained = try make(1)
  }

  /// The action for an observation.
  ///
  /// - Parameters:
  ///   - observation: `[D]`, raw, as the environment gives it.
  ///   - mask: `[A]`, 1 for allowed values of each choice and 0 for others. nil allows all, where the task forbids none.
  ///   - type: how to receive it: `Int` for one choice, `[Int]` for several, `Float`, `SIMD2<Float>` or `[Float]` for
  ///     real numbers. It must suit the action space.
  ///   - stream: to draw the action from; as it was where something is thrown before that.
  /// - Returns: the action as the environment takes it.
  /// - Throws: ``PolicyError`` that says what was received and what would be right.
  public func act<Action: EnvironmentAction>(
    _ observation: [Float], mask: [Float]? = nil, as type: Action.Type = Int.self,
    drawingFrom stream: inout RandomStream
  ) throws(PolicyError) -> Action {
    var streams: [RandomStream]? = [stream]
    defer { stream = streams?.first ?? stream }
    return try act(observation, mask: mask, &streams)
  }

  /// The likeliest action for an observation.
  ///
  /// - Parameters:
  ///   - observation: `[D]`, raw, as the environment gives it.
  ///   - mask: `[A]`, 1 for allowed values of each choice and 0 for others. nil allows all, where the task forbids none.
  ///   - type: how to receive it: `Int` for one choice, `[Int]` for several, `Float`, `SIMD2<Float>` or `[Float]` for
  ///     real numbers. It must suit the action space.
  /// - Returns: the action as the environment takes it.
  /// - Throws: ``PolicyError`` that says what was received and what would be right.
  public func act<Action: EnvironmentAction>(
    _ observation: [Float], mask: [Float]? = nil, as type: Action.Type = Int.self
  ) throws(PolicyError) -> Action {
    var none: [RandomStream]?
    return try act(observation, mask: mask, &none)
  }

  private func act<Action: EnvironmentAction>(
    _ observation: [Float], mask: [Float]?, _ streams: inout [RandomStream]?
  ) throws(PolicyError) -> Action {
    try check(observation)
    try check(mask: mask)
    try actionSpace.check(Action.self)
    let actions = trained.act(
      observations: observation.span, masks: mask?.span, streams: &streams)
    guard trained.hasFiniteOutputs else { throw .outputsNotFinite }
    guard let action = Action(firstOf: actions) else {
      throw .wrongActionType(received: "\(Action.self)", actionSpace)
    }
    return action
  }

  private func check(_ observation: [Float]) throws(PolicyError) {
    let size = observationSpace.observationSize
    guard observation.count == size else {
      throw .wrongObservationCount(received: observation.count, expected: size)
    }
    if let index = observation.firstIndex(where: { !$0.isFinite }) {
      throw .observationNotFinite(index: index, received: observation[index])
    }
    guard case .box(let box) = observationSpace, box.elementType == .uint8 else { return }
    if let index = observation.firstIndex(where: { UInt8(exactly: $0) == nil }) {
      throw .observationNotByte(index: index, received: observation[index])
    }
  }

  private func check(mask: [Float]?) throws(PolicyError) {
    guard let mask else {
      if needsMask { throw .missingMask(actionSpace) }
      return
    }
    guard let size = actionSpace.maskSize else { throw .maskForRealActions(actionSpace) }
    guard mask.count == size else {
      throw .wrongMaskCount(received: mask.count, actionSpace)
    }
    if let index = mask.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw .wrongMaskValue(index: index, received: mask[index])
    }
    let choices = actionSpace.choices
    var start = 0
    for (element, choice) in choices.enumerated() {
      guard mask[start..<start + choice.count].contains(1) else {
        throw .nothingAllowed(element: choices.count > 1 ? element : nil)
      }
      start += choice.count
    }
  }
}

extension Space {
  /// Makes sure that a type holds the actions of this space.
  fileprivate func check<Action: EnvironmentAction>(
    _ type: Action.Type
  ) throws(PolicyError) {
    guard (Action.componentCount ?? elementCount) == elementCount,
      isWholeNumbers == (Action.Component.self == Int32.self)
    else { throw .wrongActionType(received: "\(Action.self)", self) }
  }
}
