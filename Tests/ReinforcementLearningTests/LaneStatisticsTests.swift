import GSL
import Networks
import Testing

@testable import ReinforcementLearning

/// What lanes gather for normalization.
@Suite struct `Statistics of lanes` {
  /// Diaries, played by the rule that their masks allow.
  private struct Play {
    static let lanes = 3
    let lanes: Lanes
    private let actions = ExperienceColumn<Float>("action", capacity: lanes)
    private let rewards = ExperienceColumn<Float>("reward", capacity: lanes)
    /// Steps of each lane's episode.
    private var steps = [Int](repeating: 0, count: lanes)
    /// Of each step and lane that plays, what was paid.
    private(set) var paid: [[Double?]] = []

    init() throws {
      let environment = try EnvironmentBatch(Diary<Float>(), count: Self.lanes, seed: 4)
      lanes = Lanes(
        environment, actions: try ActionModel(environment.actionSpace, of: "diary"),
        normalization: Normalization(observationSize: 3, rewards: true), discount: 0.5)
      try lanes.reset()
    }

    mutating func restart() throws {
      try lanes.restart()
      steps = steps.map { _ in 0 }
    }

    mutating func step(_ count: Int = 1, atEnd: EpisodeEnd = .startNext) throws {
      for _ in 0..<count {
        for lane in 0..<Self.lanes { actions[lane] = Float((steps[lane] + 1) % 4) }
        let waited = (0..<Self.lanes).map { lanes.environment.isWaiting($0) }
        try lanes.step(actions, rows: 0..<Self.lanes, atEnd: atEnd, rewards: rewards)
        paid.append(
          (0..<Self.lanes).map { lane in
            waited[lane] ? nil : Double(10 * (steps[lane] + 1)) + Double(actions[lane])
          })
        for lane in 0..<Self.lanes {
          steps[lane] = lanes.outcomes[lane].isEnd ? 0 : steps[lane] + 1
        }
      }
    }
  }

  @Test func `are handed over once`() throws {
    var play = try Play()
    try play.step(7)
    let first = play.lanes.takeMoments()
    #expect(first.observations?.count == 21 && first.returns?.count == 21)
    let second = play.lanes.takeMoments()
    #expect(second.observations?.count == 0 && second.returns?.count == 0)
    try play.step(2)
    #expect(play.lanes.takeMoments().observations?.count == 6)
  }

  @Test func `leave out lanes that wait`() throws {
    var play = try Play()
    var (seen, returned) = (0, 0)
    while (0..<Play.lanes).contains(where: { !play.lanes.environment.isWaiting($0) }) {
      try play.step(atEnd: .wait)
      seen += (0..<Play.lanes).count { !play.lanes.environment.isWaiting($0) }
      returned += play.paid.last?.count { $0 != nil } ?? 0
    }
    let moments = play.lanes.takeMoments()
    // Episodes are of different lengths, and after its last step a lane has nothing to act on.
    #expect(moments.observations?.count == Double(seen))
    #expect(moments.returns?.count == Double(returned) && returned < Play.lanes * play.paid.count)
  }

  @Test func `forget the returns of what is dropped`() throws {
    var play = try Play()
    try play.step(2)
    try play.restart()
    _ = play.lanes.takeMoments()
    try play.step()
    let rewards = try #require(play.paid.last).compactMap { $0 }
    let returns = try #require(play.lanes.takeMoments().returns)
    // The first return of an episode is its first reward.
    #expect(abs(returns.mean[0] - rewards.reduce(0, +) / 3) < 1e-9)
  }
}
