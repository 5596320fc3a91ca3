import GSL
import Networks
import Testing

@testable import ReinforcementLearning

/// One step of one lane, as a plain loop over one environment sees it.
private struct PlainStep: Equatable {
  var observation: [Int]
  var action: Int
  var mask: [Int]
  var reward: Double
  var outcome: Outcome
  /// What ended the episode.
  var final: [Int]?
}

/// Plays a lane by itself.
private func play(lane: Int, seed: UInt64, episodes: ClosedRange<Int>) -> [PlainStep] {
  var diary = Diary<Float>()
  var steps: [PlainStep] = []
  var row: [Float] = [0, 0, 0]
  for episode in episodes {
    let stream = RandomStream(
      seed: seed, purpose: "environment", lane: UInt64(lane), episode: UInt64(episode))
    var span = row.mutableSpan
    diary.reset(using: stream, observation: &span)
    for step in 1...5 {
      let seen = row.map { Int($0) }
      let action = RuleActor.action(mark: seen[0], steps: seen[1])
      var span = row.mutableSpan
      let transition = diary.step(action, observation: &span)
      let outcome: Outcome =
        transition.isTerminated ? .terminated : step == 5 ? .truncated : .ongoing
      steps.append(
        PlainStep(
          observation: seen, action: action,
          mask: (0..<4).map { $0 == seen[1] % 4 ? 0 : 1 }, reward: transition.reward,
          outcome: outcome, final: outcome.isEnd ? row.map { Int($0) } : nil))
      if outcome.isEnd { break }
    }
  }
  return steps
}

/// What experience holds of one lane, in the order of its rows.
private func steps(ofLane lane: Int, in experience: Experience) -> [PlainStep] {
  func numbers(_ name: ColumnName, _ row: Int) -> [Int] {
    if let bytes = experience.column(name, of: UInt8.self) {
      return bytes.values(ofRow: row).map { Int($0) }
    }
    return experience.column(name)?.values(ofRow: row).map { Int($0) } ?? []
  }
  return (0..<experience.count).filter { experience.steps[$0].lane == lane }.map { row in
    let ending = experience.endingRows.firstIndex(of: row)
    let final = ending.map { ending -> [Int] in
      if let bytes = experience.endingObservations as? ExperienceColumn<UInt8> {
        return bytes.values(ofRow: ending).map { Int($0) }
      }
      return (experience.endingObservations as? ExperienceColumn<Float>)?.values(ofRow: ending)
        .map { Int($0) } ?? []
    }
    return PlainStep(
      observation: numbers(.observation, row), action: numbers(.action, row)[0],
      mask: numbers(.mask, row), reward: Double(experience.rewards[row]),
      outcome: experience.steps[row].outcome, final: final)
  }
}

/// Checks the neighbors of each row against a search for them.
private func expectNeighbors(_ experience: Experience) {
  for row in 0..<experience.count {
    let lane = experience.steps[row].lane
    let next = (row + 1..<max(row + 1, experience.count)).first {
      experience.steps[$0].lane == lane
    }
    let before = (0..<row).last { experience.steps[$0].lane == lane }
    #expect(
      experience.steps[row].successor
        == (experience.steps[row].outcome.isEnd ? -1 : next.map(Int32.init) ?? -1))
    let isFirst = before.map { experience.steps[$0].outcome.isEnd } ?? true
    #expect(experience.steps[row].predecessor == (isFirst ? -1 : before.map(Int32.init) ?? -1))
  }
}

private func columns<Element: SafetensorsScalar & Numeric>(
  _ experience: Experience, observing type: Element.Type
) {
  experience.add(.observation, width: 3, of: type)
  experience.add(.mask, width: 4)
  experience.add(.action)
}

@Suite struct `A collector of steps` {
  private func collector(
    _ environment: any VectorEnvironment, steps: Int, bytes: Bool = false
  ) throws -> (StepCollector, RuleActor) {
    let lanes = Lanes(
      environment, actions: try ActionModel(environment.actionSpace, of: "diary"),
      keepsBytes: bytes)
    try lanes.reset()
    let experience = Experience(rows: steps * environment.count, lanes: environment.count)
    if bytes {
      columns(experience, observing: UInt8.self)
    } else {
      columns(experience, observing: Float.self)
    }
    let actor = RuleActor()
    return (
      StepCollector(lanes, actor, into: experience, lanesInAll: environment.count), actor
    )
  }

  @Test(arguments: [1, 2, 7, 30], [1, 3])
  func `gives what a plain loop over each lane gives`(steps: Int, lanes: Int) throws {
    let batch = try EnvironmentBatch(Diary<Float>(), count: lanes, seed: 9, firstLane: 5)
    let (collector, actor) = try collector(batch, steps: steps)
    let expected = (0..<lanes).map { play(lane: 5 + $0, seed: 9, episodes: 0...200) }
    var ends = 0
    for rollout in 0..<4 {
      #expect(try collector.collect(clock: 0) == steps * lanes)
      let experience = collector.experience
      #expect(experience.count == steps * lanes)
      for lane in 0..<lanes {
        #expect(
          ReinforcementLearningTests.steps(ofLane: lane, in: experience)
            == Array(expected[lane][rollout * steps..<(rollout + 1) * steps]))
      }
      #expect((0..<experience.count).allSatisfy { Int(experience.steps[$0].lane) == $0 % lanes })
      expectNeighbors(experience)
      #expect(!experience.hasLostRows)
      ends += experience.endingRows.count
      // What is not taken away by the one who learns from it goes with the next rollout.
      guard rollout % 2 == 0 else { continue }
      collector.finishUpdate()
      #expect(experience.count == 0)
    }
    #expect(actor.calls == 4 * steps && actor.ends == ends)
  }

  @Test func `keeps bytes as bytes, or gives them as numbers`() throws {
    let bytes = try collector(
      EnvironmentBatch(Diary<UInt8>(), count: 3, seed: 9), steps: 20, bytes: true
    ).0
    let numbers = try collector(
      EnvironmentBatch(Diary<UInt8>(), count: 3, seed: 9), steps: 20
    ).0
    for collector in [bytes, numbers] {
      _ = try collector.collect(clock: 0)
      for lane in 0..<3 {
        let expected = play(lane: lane, seed: 9, episodes: 0...60)
        #expect(steps(ofLane: lane, in: collector.experience) == Array(expected[..<20]))
      }
    }
    #expect(bytes.experience.column(.observation, of: UInt8.self) != nil)
  }

  @Test func `keeps whole numbers as bytes where bytes are wanted`() throws {
    let collector = try collector(
      EnvironmentBatch(Diary<Float>(), count: 3, seed: 9), steps: 20, bytes: true
    ).0
    _ = try collector.collect(clock: 0)
    for lane in 0..<3 {
      let expected = play(lane: lane, seed: 9, episodes: 0...60)
      #expect(steps(ofLane: lane, in: collector.experience) == Array(expected[..<20]))
    }
    #expect(collector.experience.column(.observation, of: UInt8.self) != nil)
  }

  @Test func `takes all rows of a lost episode out, and no others`() throws {
    let (collector, actor) = try collector(LosingDiaries(losing: [4, 9, 10], count: 3), steps: 12)
    _ = try collector.collect(clock: 0)
    let experience = collector.experience
    #expect(experience.hasLostRows)
    var isLost = [Bool](repeating: false, count: experience.count)
    for row in 0..<experience.count where experience.steps[row].outcome == .lost {
      isLost[row] = true
      var before = row - 3
      while before >= 0 && !experience.steps[before].outcome.isEnd {
        isLost[before] = true
        before -= 3
      }
    }
    #expect(
      experience.steps.map(\.isLost) == isLost && isLost.contains(true) && isLost.contains(false))
    #expect(experience.endingRows.allSatisfy { experience.steps[$0].outcome != .lost })
    let weights = ExperienceColumn<Float>("weight", capacity: experience.count)
    experience.writeWeights(0.5, into: weights)
    #expect((0..<experience.count).map { weights[$0] } == isLost.map { $0 ? 0 : 0.5 })
    #expect(actor.ends == experience.steps.count { $0.outcome.isEnd })
    expectNeighbors(experience)
    collector.finishUpdate()
    #expect(!experience.hasLostRows)
  }

  @Test(arguments: 1..<8)
  func `that pauses is saved and goes on elsewhere`(pause: Int) throws {
    func fresh() throws -> (StepCollector, RuleActor) {
      try collector(EnvironmentBatch(Diary<Float>(), count: 2, seed: 3), steps: 8)
    }
    let (whole, _) = try fresh()
    _ = try whole.collect(clock: 0)
    let (first, _) = try fresh()
    first.limit = 2 * pause
    #expect(throws: RolloutPause.stepsReached) { try first.collect(clock: 0) }
    #expect(first.experience.count == 2 * pause)
    var file = SafetensorsFile()
    try first.save(to: &file, name: "s")
    let (second, actor) = try fresh()
    try second.restore(from: file, name: "s")
    #expect(actor.recalled == (0..<pause).map { 2 * $0..<2 * $0 + 2 })
    #expect(try second.collect(clock: 0) == 16)
    var (one, other) = (SafetensorsFile(), SafetensorsFile())
    try whole.save(to: &one, name: "s")
    try second.save(to: &other, name: "s")
    #expect(one.serialized() == other.serialized())
    // As many steps as its rows are, and no others.
    file.metadata["s.rollout"] = "\(pause + 1)"
    #expect(throws: CheckpointContentError.self) { try second.restore(from: file, name: "s") }
    #expect(second.experience.count == 0)
  }
}

@Suite struct `A collector of episodes` {
  private func collector(
    _ environment: any VectorEnvironment, episodes: Int
  ) throws -> EpisodeCollector {
    let lanes = Lanes(environment, actions: try ActionModel(environment.actionSpace, of: "diary"))
    try lanes.reset()
    let moment = Experience(rows: environment.count, lanes: environment.count)
    let experience = Experience(lanes: environment.count)
    columns(moment, observing: Float.self)
    columns(experience, observing: Float.self)
    return EpisodeCollector(
      lanes, RuleActor(), through: moment, into: experience, episodes: episodes,
      lanesInAll: environment.count)
  }

  @Test(arguments: [1, 3], [1, 4])
  func `plays as many whole episodes in each lane as it should`(episodes: Int, lanes: Int) throws {
    let batch = try EnvironmentBatch(Diary<Float>(), count: lanes, seed: 2)
    let collector = try collector(batch, episodes: episodes)
    for rollout in 0..<3 {
      // As where another shard's episodes took longer.
      let start = rollout == 0 ? 0 : collector.lanes.episodes.clock + 50
      let taken = try collector.collect(clock: start)
      let experience = collector.experience
      #expect(taken == experience.count)
      for lane in 0..<lanes {
        let first = rollout * episodes
        let expected = play(lane: lane, seed: 2, episodes: first...first + episodes - 1)
        #expect(steps(ofLane: lane, in: experience) == expected)
      }
      // Rows lie in the order of time: one of each lane that plays, in the order of lanes.
      expectNeighbors(experience)
      let finished = collector.lanes.episodes.takeFinished()
      #expect(finished.count == episodes * lanes)
      #expect(finished.map(\.start.clock).min() == start)
      // What is not taken away by the one who learns from it goes with the next rollout.
      if rollout == 1 { collector.finishUpdate() }
    }
  }

  @Test func `plays another episode in the place of a lost one`() throws {
    let collector = try collector(LosingDiaries(losing: [1, 2, 3], count: 3), episodes: 2)
    _ = try collector.collect(clock: 0)
    let experience = collector.experience
    #expect(experience.steps.contains { $0.outcome == .lost })
    for lane in 0..<3 {
      let ends = (0..<experience.count).filter {
        experience.steps[$0].lane == lane && experience.steps[$0].outcome.isEnd
      }
      #expect(ends.count { experience.steps[$0].outcome != .lost } == 2)
      #expect(
        ends.allSatisfy { experience.steps[$0].isLost == (experience.steps[$0].outcome == .lost) })
    }
    expectNeighbors(experience)
  }

  @Test(arguments: 1..<9)
  func `that pauses is saved and goes on elsewhere`(pause: Int) throws {
    func fresh() throws -> EpisodeCollector {
      try collector(EnvironmentBatch(Diary<Float>(), count: 2, seed: 3), episodes: 3)
    }
    let whole = try fresh()
    let steps = try whole.collect(clock: 0)
    let first = try fresh()
    first.limit = 2 * pause
    #expect(throws: RolloutPause.stepsReached) { try first.collect(clock: 0) }
    var file = SafetensorsFile()
    try first.save(to: &file, name: "s")
    let second = try fresh()
    try second.restore(from: file, name: "s")
    #expect(try second.collect(clock: 0) == steps)
    var (one, other) = (SafetensorsFile(), SafetensorsFile())
    try whole.save(to: &one, name: "s")
    try second.save(to: &other, name: "s")
    #expect(one.serialized() == other.serialized())
  }
}
