import Networks
import Testing

@testable import ReinforcementLearning

/// What the loop does with its shards, with an agent that only counts.
@Suite(.timeLimit(.minutes(20)))
struct TrainingLoopTests {
  private struct Refusal: Error, Equatable { var shard: Int }

  private final class CountingShard: AgentShard {
    let index: Int
    var failsInUpdate = -1
    var failsInPass = -1
    var updates = 0
    var clocks: [Int] = []
    var episodes: EpisodeTracker
    let gradient = ParameterSet<Float>(ParameterLayout([ParameterEntry("g", [2])]))

    init(_ index: Int) {
      self.index = index
      episodes = EpisodeTracker(firstLane: index, count: 1)
    }

    func collect(clock: Int) throws -> Int {
      updates += 1
      clocks.append(clock)
      if updates == failsInUpdate && failsInPass == -1 { throw Refusal(shard: index) }
      return 10 + index
    }

    func writeGradient(_ pass: Int) throws {
      if updates == failsInUpdate && failsInPass == pass { throw Refusal(shard: index) }
      gradient.values = [Float(index + 1), Float(pass)]
    }

    func gradients(of pass: Int) -> [ParameterSet<Float>] { [gradient] }
    func save(to checkpoint: inout SafetensorsFile, name: String) {}
    func restore(from checkpoint: SafetensorsFile, name: String) {}
  }

  private final class CountingAgent: Agent {
    let shards: [CountingShard]
    var sums: [[Float]] = []
    var finished: [(step: Int, of: Int)] = []

    init(_ count: Int) { shards = (0..<count).map { CountingShard($0) } }

    func pass(after pass: Pass) -> Pass {
      switch pass {
      case .collect: .gradient(0)
      case .gradient(let number): number == 0 ? .gradient(1) : .collect
      }
    }

    func receive(gradient pass: Int, at position: RunPosition) {
      sums.append(shards[0].gradient.values)
    }
    func finishUpdate(at position: RunPosition) { finished.append((position.step, position.steps)) }
    var metrics: [(name: String, value: Double?)] { [] }
    var parameters: [ParameterSet<Float>] { [] }
    func save(to checkpoint: inout SafetensorsFile) {}
    func restore(from checkpoint: SafetensorsFile) {}
  }

  @Test(arguments: [1, 2, 3, 5, 9])
  func `each pass's gradients are added and steps are counted, whatever the threads`(
    threads: Int
  ) throws {
    let agent = CountingAgent(5)
    let loop = TrainingLoop(agent, threads: threads)
    for update in 1...1_000 {
      try loop.update(of: 77)
      #expect(loop.progress.updates == update)
      #expect(loop.progress.steps == update * (10 + 11 + 12 + 13 + 14))
    }
    #expect(agent.sums.count == 2_000)
    for (index, sum) in agent.sums.enumerated() {
      #expect(sum == [15, index % 2 == 0 ? 0 : 5])
    }
    #expect(agent.finished.last.map { [$0.step, $0.of] } == [60_000, 77])
    #expect(agent.shards.map(\.updates) == Array(repeating: 1_000, count: 5))
  }

  private final class Listener: TrainingCallback {
    var heard: [String] = []
    var stopsAfter = Int.max
    var failsAfter = Int.max

    func collectionEnded(in training: any OngoingTraining) {
      heard.append("collected at \(training.progress.steps)")
    }
    func episodeEnded(_ episode: Episode, number: Int, in training: any OngoingTraining) {
      heard.append("episode \(number) of \(episode.length)")
    }
    func updateEnded(in training: any OngoingTraining) throws {
      heard.append("updated at \(training.progress.steps) of \(training.totalSteps)")
      if training.progress.updates == stopsAfter { training.stop() }
      if training.progress.updates == failsAfter { throw Refusal(shard: -1) }
    }
  }

  @Test func `callbacks hear of collections, episodes and updates in this order`() throws {
    let agent = CountingAgent(2)
    let loop = TrainingLoop(agent)
    let listeners = [Listener(), Listener()]
    loop.callbacks = listeners
    // The first shard's episode ends after two steps, in the first update.
    for outcome in [Outcome.ongoing, .terminated] {
      agent.shards[0].episodes.record(
        rewards: [1].span, outcomes: [outcome].span, atEnd: .startNext)
    }
    // The second's began at the same time in a later lane and is still under way.
    for _ in 0..<2 { try loop.update(of: 50) }
    let expected = [
      "collected at 0", "episode 1 of 2", "updated at 21 of 50", "collected at 21",
      "updated at 42 of 50",
    ]
    for listener in listeners { #expect(listener.heard == expected) }
    #expect(!loop.isStopping)
  }

  @Test func `a callback stops the run after its update, and its error ends it`() throws {
    let loop = TrainingLoop(CountingAgent(1))
    let listener = Listener()
    listener.stopsAfter = 2
    listener.failsAfter = 3
    loop.callbacks = [listener]
    try loop.update(of: 50)
    #expect(!loop.isStopping)
    try loop.update(of: 50)
    #expect(loop.isStopping && loop.progress.updates == 2)
    #expect(throws: Refusal(shard: -1)) { try loop.update(of: 50) }
  }

  @Test(arguments: [1, 2, 4], [-1, 0, 1])
  func `the first shard's error surfaces and the update is not finished`(
    threads: Int, pass: Int
  ) throws {
    let agent = CountingAgent(5)
    for shard in [2, 4] {
      agent.shards[shard].failsInUpdate = 3
      agent.shards[shard].failsInPass = pass
    }
    let loop = TrainingLoop(agent, threads: threads)
    for _ in 0..<2 { try loop.update(of: 1) }
    #expect(throws: Refusal(shard: 2)) { try loop.update(of: 1) }
    #expect(agent.finished.count == 2)
    // The shards are in order again: so is the loop, after a restore.
    var checkpoint = SafetensorsFile()
    try loop.save(to: &checkpoint)
    try loop.restore(from: checkpoint)
    try loop.update(of: 1)
    #expect(agent.finished.count == 3)
  }
}
