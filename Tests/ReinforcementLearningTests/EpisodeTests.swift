import GSL
import ReinforcementLearning
import Testing

extension EpisodeLog {
  /// Takes what the shards' trackers have finished and releases what now counts, as the training loop does.
  ///
  /// - Parameter trackers: those of all shards, in any order; the result does not depend on it.
  /// - Returns: the episodes released by this call, in order of their start.
  fileprivate mutating func collect(from trackers: inout [EpisodeTracker]) -> [Episode] {
    var earliestOpen: EpisodeStart?
    var finished: [Episode] = []
    for index in trackers.indices {
      finished += trackers[index].takeFinished()
      if let start = trackers[index].earliestOpenStart, earliestOpen.map({ start < $0 }) ?? true {
        earliestOpen = start
      }
    }
    return add(finished, earliestOpen: earliestOpen)
  }
}

struct EpisodeTests {
  /// Lanes whose episodes last 1 to 40 steps, short ones being good: the return is 40 − length.
  private func play(steps: Int, lanes: Int, shards: Int, seed: UInt64) -> (
    log: EpisodeLog, released: [Episode], byEnd: [Double]
  ) {
    let size = lanes / shards
    var trackers = (0..<shards).map { EpisodeTracker(firstLane: $0 * size, count: size) }
    var log = EpisodeLog()
    var released: [Episode] = []
    var byEnd: [Double] = []
    var streams = (0..<lanes).map {
      RandomStream(seed: seed, purpose: "lengths", lane: UInt64($0))
    }
    var lengths = streams.indices.map { 1 + streams[$0].index(below: 40) }
    var remaining = lengths
    for step in 0..<steps {
      var rewards = Array(repeating: 0.0, count: lanes)
      var outcomes = Array(repeating: Outcome.ongoing, count: lanes)
      for lane in 0..<lanes {
        remaining[lane] -= 1
        guard remaining[lane] == 0 else { continue }
        rewards[lane] = Double(40 - lengths[lane])
        outcomes[lane] = .terminated
        byEnd.append(rewards[lane])
        lengths[lane] = 1 + streams[lane].index(below: 40)
        remaining[lane] = lengths[lane]
      }
      for shard in 0..<shards {
        let range = shard * size..<(shard + 1) * size
        let (rewardRow, outcomeRow) = (Array(rewards[range]), Array(outcomes[range]))
        trackers[shard].record(
          rewards: rewardRow.span, outcomes: outcomeRow.span, atEnd: .startNext)
      }
      if step % 5 == 4 { released += log.collect(from: &trackers) }
    }
    return (log, released, byEnd)
  }

  @Test func `episodes are released in the order of their start, none too early`() throws {
    let (log, released, byEnd) = play(steps: 300, lanes: 8, shards: 1, seed: 1)
    let starts = released.map(\.start)
    #expect(starts == starts.sorted())
    #expect(Set(starts).count == starts.count)
    #expect(log.releasedCount == released.count)
    #expect(released.count > 50 && released.count <= byEnd.count)
    for lane in 0..<8 {
      #expect(
        released.filter { $0.start.lane == lane }.map(\.number)
          == Array(0..<released.count(where: { $0.start.lane == lane })))
    }
    let last = released.suffix(100).map(\.totalReward)
    #expect(log.meanReturn == last.reduce(0, +) / Double(last.count))
  }

  @Test(arguments: [2, 4, 8]) func `shards make no difference`(shards: Int) {
    let one = play(steps: 200, lanes: 8, shards: 1, seed: 2)
    let many = play(steps: 200, lanes: 8, shards: shards, seed: 2)
    #expect(one.released == many.released)
    #expect(one.log == many.log)
  }

  @Test func `the first episodes to end flatter, the first to start do not`() {
    // Lengths are uniform on 1 ... 40, so the true mean return is 19.5.
    var byStart: [Double] = []
    var byEnd: [Double] = []
    for seed in 0..<40 {
      let run = play(steps: 60, lanes: 128, shards: 4, seed: UInt64(seed))
      byStart += run.released.prefix(100).map(\.totalReward)
      byEnd += run.byEnd.prefix(100)
    }
    let meanByStart = byStart.reduce(0, +) / Double(byStart.count)
    let meanByEnd = byEnd.reduce(0, +) / Double(byEnd.count)
    // The standard error of 4000 uniform returns is 11.5 / √4000 = 0.18.
    #expect(byStart.count == 4000)
    #expect(abs(meanByStart - 19.5) < 6.5 * 0.19)
    // The control: in order of their end the mean is far off.
    #expect(meanByEnd - 19.5 > 10 * 0.19)
  }

  @Test func `waiting lanes hold nothing back, and start at the common time`() {
    var trackers = [EpisodeTracker(firstLane: 0, count: 2), EpisodeTracker(firstLane: 2, count: 1)]
    var log = EpisodeLog()
    let rewards = [1.0, 2.0]
    let ended: [Outcome] = [.truncated, .terminated]
    trackers[0].record(rewards: rewards.span, outcomes: ended.span, atEnd: .wait)
    // Lane 2 is still under way but started last among equals.
    #expect(log.collect(from: &trackers).map(\.start.lane) == [0, 1])
    #expect(trackers[0].earliestOpenStart == nil)
    // Idle steps are not counted.
    let idle: [Outcome] = [.ongoing, .ongoing]
    trackers[0].record(rewards: rewards.span, outcomes: idle.span, atEnd: .wait)
    for index in trackers.indices { trackers[index].startWaitingLanes(at: 9) }
    #expect(trackers[0].earliestOpenStart == EpisodeStart(clock: 9, lane: 0))
    trackers[0].record(rewards: rewards.span, outcomes: ended.span, atEnd: .startNext)
    #expect(log.collect(from: &trackers).isEmpty)
    trackers[1].discardEpisode(ofLane: 0)
    #expect(trackers[1].earliestOpenStart == EpisodeStart(clock: 9, lane: 2))
    #expect(log.collect(from: &trackers).map(\.length) == [1, 1])
    #expect(log.meanReturn == 1.5)
  }
  @Test func `a lane that plays loses an episode, one that waits does not`() {
    var tracker = EpisodeTracker(firstLane: 0, count: 2)
    let rewards = [1.0, 1]
    let first: [Outcome] = [.terminated, .ongoing]
    tracker.record(rewards: rewards.span, outcomes: first.span, atEnd: .wait)
    for lane in 0..<2 { tracker.discardEpisode(ofLane: lane) }
    let second: [Outcome] = [.terminated, .terminated]
    tracker.record(rewards: rewards.span, outcomes: second.span, atEnd: .wait)
    let finished = tracker.takeFinished()
    #expect(finished.map(\.start.lane) == [0, 0, 1] && finished.map(\.number) == [0, 1, 1])
  }
}
