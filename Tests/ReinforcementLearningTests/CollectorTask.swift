import GSL
import ReinforcementLearning

/// Counts its steps and takes the action with it, as numbers or as bytes; the stream decides the length.
struct Diary<Observation: ObservationElement>: Environment {
  static var spec: EnvironmentSpec { EnvironmentSpec(name: "diary", stepLimit: 5) }

  var steps = 0
  var length = 0
  var mark = 0

  init() {}

  var observationSpace: Space {
    Observation.self == UInt8.self
      ? .box(BoxSpace(shape: [3], bounds: 0...255, elementType: .uint8))
      : .box(lower: [0, 0, 0], upper: [255, 255, 255])
  }
  var actionSpace: Space { .discrete(4) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Observation>) {
    var stream = stream
    length = 1 + stream.index(below: 8)
    mark = stream.index(below: 200)
    steps = 0
    observe(0, &observation)
  }

  mutating func step(
    _ action: Int, observation: inout MutableSpan<Observation>
  ) -> Transition {
    steps += 1
    observe(action, &observation)
    return Transition(reward: Double(10 * steps + action), isTerminated: steps == length)
  }

  private func observe(_ action: Int, _ observation: inout MutableSpan<Observation>) {
    for (index, value) in [mark, steps, action].enumerated() {
      observation[index] = Observation(exactly: value) ?? 0
    }
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for choice in mask.indices { mask[choice] = choice == steps % 4 ? 0 : 1 }
  }
}

/// Acts by a rule of what it sees, which leaves out the forbidden action, and counts its calls.
final class RuleActor: Actor {
  private(set) var calls = 0
  private(set) var ends = 0
  private(set) var recalled: [Range<Int>] = []

  static func action(mark: Int, steps: Int) -> Int { (steps + 1 + mark % 3) % 4 }

  func act(on rows: Range<Int>, of experience: Experience) {
    calls += 1
    for row in rows {
      let seen =
        if let bytes = experience.column(.observation, of: UInt8.self) {
          bytes.withRows(row..<row + 1) { (Int($0[0]), Int($0[1])) }
        } else {
          experience.column(.observation)?.withRows(row..<row + 1) { (Int($0[0]), Int($0[1])) }
            ?? (0, 0)
        }
      experience.column(.action)?[row] = Float(Self.action(mark: seen.0, steps: seen.1))
    }
  }

  func finishStep(_ outcomes: Span<Outcome>) {
    for lane in outcomes.indices where outcomes[lane].isEnd { ends += 1 }
  }

  func recall(_ rows: Range<Int>, of experience: Experience) { recalled.append(rows) }
}

/// Lanes of diaries, some of whose episodes are lost with their simulator.
final class LosingDiaries: VectorEnvironment {
  private let diaries: EnvironmentBatch<Diary<Float>>
  private let losses: Set<Int>
  private var step = 0

  /// Loses the episode of lane 1 in the steps given, counted from 1.
  init(losing losses: Set<Int>, count: Int) throws {
    diaries = try EnvironmentBatch(Diary(), count: count, seed: 4)
    self.losses = losses
  }

  var name: String { diaries.name }
  var count: Int { diaries.count }
  var firstLane: Int { 0 }
  var observationSpace: Space { diaries.observationSpace }
  var actionSpace: Space { diaries.actionSpace }
  var stepLimit: Int? { diaries.stepLimit }
  var rewardThreshold: Double? { nil }
  var hasActionMask: Bool { true }

  func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try diaries.reset(observations: &observations)
  }
  func isWaiting(_ lane: Int) -> Bool { diaries.isWaiting(lane) }
  func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try diaries.startWaitingLanes(observations: &observations)
  }
  func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try diaries.beginStep(actions: actions, atEnd: atEnd)
  }
  func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try diaries.beginStep(actions: actions, atEnd: atEnd)
  }
  func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try diaries.finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
    step += 1
    // Under `wait` a step of a waiting lane loses nothing; a real one is still in its episode.
    if losses.contains(step), !diaries.isWaiting(1), !outcomes[1].isEnd {
      (rewards[1], outcomes[1]) = (0, .lost)
    }
  }
  func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    try diaries.writeActionMasks(&masks)
  }
  func snapshot() throws(EnvironmentError) -> [UInt8] { try diaries.snapshot() }
  func restore(_ snapshot: [UInt8]) throws(EnvironmentError) { try diaries.restore(snapshot) }
}
