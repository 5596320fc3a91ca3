import GSL
import ReinforcementLearning
import Testing

struct EnvironmentBatchTests {
  private func lanes(_ count: Int = 2, seed: UInt64 = 1) throws -> SteppedBatch<CountingTask> {
    var lanes = SteppedBatch(try EnvironmentBatch<CountingTask>(count: count, seed: seed))
    try lanes.reset()
    return lanes
  }

  /// What reset gives in one episode of one lane.
  private func expected(lane: UInt64, episode: UInt64, seed: UInt64 = 1) -> (Float, Int) {
    var stream = RandomStream(seed: seed, purpose: "environment", lane: lane, episode: episode)
    return (Float(stream.uniform(in: 0...1)), 1 + stream.index(below: 9))
  }

  @Test func `every episode has the stream of seed, lane and episode`() throws {
    var lanes = try lanes(3)
    var episodes = [0, 0, 0]
    var lengths = [0, 0, 0]
    for _ in 0..<60 {
      for lane in 0..<3 {
        let (start, _) = expected(lane: UInt64(lane), episode: UInt64(episodes[lane]))
        #expect(lanes.observations[2 * lane] == start)
      }
      try lanes.step([2, 3, 4])
      for lane in 0..<3 {
        lengths[lane] += 1
        let (start, life) = expected(lane: UInt64(lane), episode: UInt64(episodes[lane]))
        let outcome: Outcome =
          lengths[lane] == life ? .terminated : lengths[lane] == 6 ? .truncated : .ongoing
        #expect(lanes.outcomes[lane] == outcome)
        #expect(lanes.rewards[lane] == Double(lane + 2))
        guard outcome.isEnd else { continue }
        // The final observation is kept although the row already holds the next episode's first.
        #expect(abs(lanes.finals[2 * lane + 1] - (start + Float(lengths[lane]))) < 1e-5)
        episodes[lane] += 1
        lengths[lane] = 0
      }
    }
    #expect(episodes.allSatisfy { $0 > 5 })
  }

  @Test func `lanes that wait stay as they are until they are started`() throws {
    var lanes = try lanes(4)
    while !(0..<4).allSatisfy({ lanes.batch.isWaiting($0) }) {
      let before = lanes
      let waited = (0..<4).map { lanes.batch.isWaiting($0) }
      // Nonsense for waiting lanes is ignored.
      try lanes.step(waited.map { $0 ? -7 : 2 }, atEnd: .wait)
      for lane in 0..<4 where waited[lane] {
        #expect(lanes.rewards[lane] == 0)
        #expect(lanes.outcomes[lane] == .ongoing)
        #expect(lanes.observations[2 * lane + 1] == before.observations[2 * lane + 1])
      }
    }
    #expect(throws: EnvironmentError.noEpisode(environment: "counting", lane: nil)) {
      try lanes.step([2, 2, 2, 2], atEnd: .wait)
    }
    try lanes.startWaitingLanes()
    for lane in 0..<4 {
      #expect(lanes.observations[2 * lane] == expected(lane: UInt64(lane), episode: 1).0)
      #expect(!lanes.batch.isWaiting(lane))
    }
  }

  @Test(arguments: [1, 5, -3, Int32.max, Int32.min])
  func `an action outside the action space is refused by name`(action: Int32) throws {
    var lanes = try lanes()
    let error = #expect(throws: EnvironmentError.self) { try lanes.step([2, action]) }
    #expect(
      error
        == .invalidAction(
          environment: "counting", lane: 1, element: 0, value: Double(action),
          expected: "a whole number from 2 to 4"))
    #expect("\(try #require(error))".contains("lane 1: element 0 of the action is \(action);"))
    // Nothing has changed, and the next step is fine.
    try lanes.step([2, 4])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, 1.01, -1.01])
  func `a real action that is no number or out of bounds is refused`(value: Float) throws {
    var lanes = SteppedBatch(try EnvironmentBatch<PointTask>(count: 2, seed: 1, firstLane: 10))
    try lanes.reset()
    try lanes.step([0.5, 7, -1, 1])
    #expect(lanes.observations == [0.5, 7, -1, 1])
    let error = #expect(throws: EnvironmentError.self) { try lanes.step([0, 0, value, 0]) }
    #expect("\(try #require(error))".contains("point, lane 11: element 0 of the action is"))
    if !value.isFinite {
      #expect(throws: EnvironmentError.self) { try lanes.step([0, value, 0, 0]) }
    }
  }

  @Test func `sizes of zero, wrong shapes and wrong kinds are typed errors`() throws {
    #expect(throws: EnvironmentError.invalidCount(environment: "counting", count: 0)) {
      _ = try EnvironmentBatch<CountingTask>(count: 0, seed: 1)
    }
    #expect(throws: EnvironmentError.self) {
      _ = try EnvironmentBatch<CountingTask>(count: 1, seed: 1, firstLane: -1)
    }
    let spec = EnvironmentSpec(name: "short", stepLimit: 0)
    #expect(throws: EnvironmentError.self) {
      _ = try EnvironmentBatch<CountingTask>(spec: spec, count: 1, seed: 1)
    }
    var lanes = try lanes()
    #expect(
      throws: EnvironmentError.wrongShape(
        environment: "counting", what: "actions", expected: 2, received: 3)
    ) { try lanes.step([2, 2, 2]) }
    #expect(throws: EnvironmentError.self) { try lanes.step([Float(2), 2]) }
    lanes.rewards = [0]
    #expect(
      throws: EnvironmentError.wrongShape(
        environment: "counting", what: "rewards", expected: 2, received: 1)
    ) { try lanes.step([2, 2]) }
  }

  @Test func `halves of a step out of turn are refused`() throws {
    let lanes = try lanes()
    let actions: [Int32] = [2, 2]
    try lanes.batch.beginStep(actions: actions.span, atEnd: .wait)
    #expect(throws: EnvironmentError.self) {
      try lanes.batch.beginStep(actions: actions.span, atEnd: .wait)
    }
    #expect(throws: EnvironmentError.self) { _ = try lanes.batch.snapshot() }
    var fresh = SteppedBatch(try EnvironmentBatch<CountingTask>(count: 1, seed: 1))
    #expect(throws: EnvironmentError.noEpisode(environment: "counting", lane: 0)) {
      try fresh.step([2])
    }
  }

  @Test(arguments: [1, 2, 64]) func `a number that is not finite stops the step by name`(
    count: Int
  ) throws {
    for poison in [Float.nan, .infinity, -.infinity] {
      var task = CountingTask()
      task.poison = poison
      var lanes = SteppedBatch(try EnvironmentBatch(task, count: count, seed: 1, firstLane: 5))
      try lanes.reset()
      let error = #expect(throws: EnvironmentError.self) {
        for _ in 0..<20 { try lanes.step(Array(repeating: 2, count: count)) }
      }
      guard case .nonFiniteObservation(_, let lane, _, let step, let element, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(lane >= 5 && lane < 5 + count)
      #expect(step == 3)
      #expect(element == 1)
    }
    var task = CountingTask()
    task.poisonedReward = .nan
    var lanes = SteppedBatch(try EnvironmentBatch(task, count: count, seed: 1))
    try lanes.reset()
    let error = #expect(throws: EnvironmentError.self) {
      for _ in 0..<20 { try lanes.step(Array(repeating: 2, count: count)) }
    }
    guard case .nonFiniteReward(_, _, _, 3, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a snapshot goes back in time, and only where it belongs`() throws {
    var lanes = try lanes()
    for _ in 0..<7 { try lanes.step([2, 3]) }
    let saved = try lanes.batch.snapshot()
    var other = SteppedBatch(try EnvironmentBatch<CountingTask>(count: 2, seed: 1))
    try other.batch.restore(saved)
    #expect(try other.batch.snapshot() == saved)
    for _ in 0..<20 {
      try lanes.step([2, 3])
      try other.step([2, 3])
      #expect(lanes.observations[1] == other.observations[1])
      #expect(lanes.outcomes == other.outcomes)
    }
    #expect(throws: EnvironmentError.self) {
      try EnvironmentBatch<CountingTask>(count: 3, seed: 1).restore(saved)
    }
    #expect(throws: EnvironmentError.self) {
      try EnvironmentBatch<CountingTask>(count: 2, seed: 2).restore(saved)
    }
    #expect(throws: EnvironmentError.self) {
      try EnvironmentBatch<CountingTask>(count: 2, seed: 1).restore([1, 2, 3])
    }
  }
}
