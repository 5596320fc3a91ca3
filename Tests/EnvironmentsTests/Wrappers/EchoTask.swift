import GSL
import ReinforcementLearning

/// Shows how many steps an episode has had and the last action, −1 before the first; rewards with the action.
struct EchoTask: Environment {
  static let spec = EnvironmentSpec(name: "echo", stepLimit: 40)
  private var step = 0
  private var last = -1
  /// So that lanes and seeds differ.
  private var mark = 0.0

  init() {}

  var observationSpace: Space {
    .box(lower: [0, -1, 0], upper: [40, 9, 1])
  }

  var actionSpace: Space { .discrete(10) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    (step, last, mark) = (0, -1, stream.uniform())
    write(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    step += 1
    last = action
    write(&observation)
    return Transition(reward: Double(action))
  }

  private func write(_ observation: inout MutableSpan<Float>) {
    (observation[0], observation[1], observation[2]) = (Float(step), Float(last), Float(mark))
  }
}

/// A vector environment with memory for what it gives.
final class Played {
  let environment: any VectorEnvironment
  private(set) var observations: [Float]
  private(set) var finals: [Float]
  private(set) var rewards: [Double]
  private(set) var outcomes: [Outcome]

  init(_ environment: any VectorEnvironment) throws {
    self.environment = environment
    var rows = [Float](repeating: -9, count: environment.count * environment.observationSize)
    var span = rows.mutableSpan
    try environment.reset(observations: &span)
    observations = rows
    finals = rows
    rewards = Array(repeating: 0, count: environment.count)
    outcomes = Array(repeating: .ongoing, count: environment.count)
  }

  func row(_ lane: Int) -> [Float] { row(observations, lane) }

  func finalRow(_ lane: Int) -> [Float] { row(finals, lane) }

  private func row(_ rows: [Float], _ lane: Int) -> [Float] {
    Array(rows[lane * environment.observationSize..<(lane + 1) * environment.observationSize])
  }

  func step(_ actions: [Int32], atEnd: EpisodeEnd = .startNext) throws {
    try environment.beginStep(actions: actions.span, atEnd: atEnd)
    var (rows, finals, rewards, outcomes) = (observations, finals, rewards, outcomes)
    defer {
      observations = rows
      self.finals = finals
      self.rewards = rewards
      self.outcomes = outcomes
    }
    var rowSpan = rows.mutableSpan
    var finalSpan = finals.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try environment.finishStep(
      observations: &rowSpan, finalObservations: &finalSpan, rewards: &rewardSpan,
      outcomes: &outcomeSpan)
  }

  func startWaitingLanes() throws {
    var rows = observations
    defer { observations = rows }
    var span = rows.mutableSpan
    try environment.startWaitingLanes(observations: &span)
  }
}

extension [EnvironmentWrapper] {
  /// Some lanes, wrapped.
  func lanes<E: Environment>(
    _ type: E.Type, count: Int = 3, seed: UInt64 = 1, firstLane: Int = 0
  ) throws -> any VectorEnvironment {
    let lanes: any VectorEnvironment = try EnvironmentBatch<E>(
      count: count, seed: seed, firstLane: firstLane)
    return try reduce(lanes) { try $1($0, seed: seed) }
  }
}
