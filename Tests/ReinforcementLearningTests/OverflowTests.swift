import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@Suite struct `Sums and statistics that leave the numbers` {
  @Test func `the return of an episode`() throws {
    var tracker = EpisodeTracker(firstLane: 4, count: 2)
    for _ in 0..<3 {
      try tracker.requireFinite()
      tracker.record(
        rewards: [1, 8e307].span, outcomes: [Outcome.ongoing, .ongoing].span, atEnd: .startNext)
    }
    #expect(tracker.largestReward == 8e307)
    #expect(throws: RewardError.returnOverflows(lane: 5)) { try tracker.requireFinite() }
    // Finished or not.
    tracker.record(
      rewards: [1, 0].span, outcomes: [Outcome.ongoing, .terminated].span, atEnd: .startNext)
    #expect(throws: RewardError.returnOverflows(lane: 5)) { try tracker.requireFinite() }
  }

  @Test func `the largest reward is no part of what is saved`() throws {
    var tracker = EpisodeTracker(firstLane: 0, count: 1)
    tracker.record(rewards: [-3].span, outcomes: [Outcome.terminated].span, atEnd: .startNext)
    let text = try encodeState(tracker)
    #expect(tracker.largestReward == 3 && !text.contains("argest"))
    let read: EpisodeTracker = try decodeState(text, named: "tracker")
    #expect(read.largestReward == 0)
    #expect(try encodeState(read) == text)
  }

  @Test func `the mean of returns whose sum is beyond them is right`() {
    var log = EpisodeLog()
    let episodes = (0..<4).map {
      Episode(
        start: EpisodeStart(clock: $0, lane: 0), number: $0, length: 1, totalReward: 1e308,
        outcome: .terminated)
    }
    _ = log.add(episodes, earliestOpen: nil)
    #expect(log.meanReturn == 1e308)
  }

  @Test func `normalization of observations names the element`() throws {
    var normalizer = ObservationNormalizer(size: 2)
    var moments = ElementMoments(size: 2)
    moments.add(rows: [1, -3e38, 2, 3e38].span)
    normalizer.update(with: moments)
    let error = #expect(throws: StatisticsError.self) { try normalizer.requireFinite() }
    let text = try #require(error).description
    #expect(text.contains("element 1") && text.contains("normalize_observations=false"))
    var usual = ObservationNormalizer(size: 2)
    moments = ElementMoments(size: 2)
    moments.add(rows: [1, -1e30, 2, 1e30].span)
    usual.update(with: moments)
    try usual.requireFinite()
  }

  @Test func `normalization of rewards says so`() throws {
    var normalizer = RewardNormalizer()
    var moments = ElementMoments(size: 1)
    for value in [1e200, -1e200] { moments.add(value) }
    normalizer.update(with: moments)
    let error = #expect(throws: StatisticsError.self) { try normalizer.requireFinite() }
    #expect(try #require(error).description.contains("normalize_rewards=false"))
    try RewardNormalizer().requireFinite()
  }

  @Test func `spaces as large as numbers are asked without harm`() {
    let space = Space.discrete(5, start: -2)
    #expect(!space.contains(.max) && !space.contains(.min) && space.contains(2))
    #expect(!Space.discrete(.max, start: -2).contains([-3]))
    for space in [
      Space.discrete(.max, start: 5), .discrete(.max), .discrete(1, start: .max),
      .box(BoxSpace(shape: [1 << 40, 1 << 40], lower: [], upper: [])),
    ] {
      #expect(throws: EnvironmentError.self) { try space.validate(of: "task") }
    }
  }
}
