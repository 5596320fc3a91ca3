import GSL
import ReinforcementLearning

/// Counts up from a random start; ends after a number of steps that the stream decides.
struct CountingTask: Environment {
  static let spec = EnvironmentSpec(name: "counting", stepLimit: 6, rewardThreshold: 3)

  var start = 0.0
  var position = 0.0
  var remaining = 0
  /// Produced instead of the position after that many steps.
  var poison: Float?
  var poisonedReward: Double?

  init() {}

  var observationSpace: Space { .box(lower: [0, 0], upper: [100, 100]) }
  var actionSpace: Space { .discrete(3, start: 2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    start = stream.uniform(in: 0...1)
    position = start
    remaining = 1 + stream.index(below: 9)
    observe(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    position += 1
    remaining -= 1
    observe(&observation)
    if position > 3, let poison { observation[1] = poison }
    let reward = position > 3 ? poisonedReward ?? Double(action) : Double(action)
    return Transition(reward: reward, isTerminated: remaining == 0)
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    observation[0] = Float(start)
    observation[1] = Float(position)
  }
}

/// Takes a point in the plane.
struct PointTask: Environment {
  static let spec = EnvironmentSpec(name: "point")

  init() {}

  var observationSpace: Space { .box(lower: [-1, -.infinity], upper: [1, .infinity]) }
  var actionSpace: Space { .box(lower: [-1, -.infinity], upper: [1, .infinity]) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    for index in observation.indices { observation[index] = 0 }
  }

  mutating func step(_ action: SIMD2<Float>, observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = action[0]
    observation[1] = action[1]
    return Transition(reward: 0)
  }
}

/// A batch with memory for its results.
struct SteppedBatch<E: Environment> {
  let batch: EnvironmentBatch<E>
  var observations: [Float]
  var finals: [Float]
  var rewards: [Double]
  var outcomes: [Outcome]

  init(_ batch: EnvironmentBatch<E>) {
    self.batch = batch
    observations = Array(repeating: -1, count: batch.count * batch.observationSize)
    finals = observations
    rewards = Array(repeating: -1, count: batch.count)
    outcomes = Array(repeating: .ongoing, count: batch.count)
  }

  mutating func reset() throws {
    var rows = observations
    defer { observations = rows }
    var span = rows.mutableSpan
    try batch.reset(observations: &span)
  }

  mutating func startWaitingLanes() throws {
    var rows = observations
    defer { observations = rows }
    var span = rows.mutableSpan
    try batch.startWaitingLanes(observations: &span)
  }

  mutating func step(_ actions: [Int32], atEnd: EpisodeEnd = .startNext) throws {
    try batch.beginStep(actions: actions.span, atEnd: atEnd)
    try finish()
  }

  @_disfavoredOverload
  mutating func step(_ actions: [Float], atEnd: EpisodeEnd = .startNext) throws {
    try batch.beginStep(actions: actions.span, atEnd: atEnd)
    try finish()
  }

  private mutating func finish() throws {
    var (rows, finalRows, rewardRow, outcomeRow) = (observations, finals, rewards, outcomes)
    defer { (observations, finals, rewards, outcomes) = (rows, finalRows, rewardRow, outcomeRow) }
    var rowSpan = rows.mutableSpan
    var finalSpan = finalRows.mutableSpan
    var rewardSpan = rewardRow.mutableSpan
    var outcomeSpan = outcomeRow.mutableSpan
    try batch.finishStep(
      observations: &rowSpan, finalObservations: &finalSpan, rewards: &rewardSpan,
      outcomes: &outcomeSpan)
  }
}
