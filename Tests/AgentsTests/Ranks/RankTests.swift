import Environments
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

@Suite(.timeLimit(.minutes(20))) struct `A run on several ranks` {
  private struct Refusal: Error, Equatable { var rank: Int }

  /// Stops, on the first rank alone, as callbacks do.
  private final class Stopper: TrainingCallback {
    let update: Int
    let fails: Bool

    init(after update: Int, fails: Bool = false) {
      self.update = update
      self.fails = fails
    }

    func updateEnded(in training: any OngoingTraining) throws {
      guard training.progress.updates == update else { return }
      if fails { throw Refusal(rank: 0) }
      training.stop()
    }
  }

  private static let updates = 12
  private static let trainings: [String: Trained] = {
    var all: [String: Trained] = [:]
    for training in Training.all {
      all[training.name] = Trained { try training.loop(in: $0) }
    }
    for training in PPOTraining.all {
      all["ppo, \(training.name)"] = Trained { try training.loop(in: $0) }
    }
    for training in `An evolution strategy`.all {
      all["es, \(training.name)"] = Trained { try training.loop(in: $0) }
    }
    return all
  }()

  /// What a loop comes to, whatever its agent is.
  struct Trained: Sendable {
    /// Makes some updates, after a checkpoint if there is one.
    let run:
      @Sendable (_ reduction: any Reduction, _ checkpoint: [UInt8]?, _ updates: Int) throws ->
        [UInt8]

    init<A: Agent>(_ make: @escaping @Sendable (any Reduction) throws -> TrainingLoop<A>) {
      run = { reduction, checkpoint, updates in
        let loop = try make(reduction)
        if let checkpoint { try loop.restore(from: SafetensorsFile(bytes: checkpoint)) }
        for _ in 0..<updates { try loop.update(of: 50_000) }
        return try loop.checkpoint()
      }
    }
  }

  private func onRanks(
    _ count: Int, _ training: Trained, from checkpoint: [UInt8]? = nil, updates: Int
  ) throws -> [UInt8] {
    try ThreadRanks.run(count) { try training.run($0, checkpoint, updates) }[0].get()
  }

  @Test(arguments: trainings.keys.sorted())
  func `has the bytes of one process, also where it goes on with another number of ranks`(
    name: String
  ) throws {
    let training = try #require(Self.trainings[name])
    let alone = try training.run(SharedMemoryReduction(), nil, Self.updates)
    #expect(try onRanks(2, training, updates: Self.updates) == alone)
    let part = try onRanks(2, training, updates: Self.updates / 2)
    #expect(part != alone)
    let rest = Self.updates - Self.updates / 2
    #expect(try training.run(SharedMemoryReduction(), part, rest) == alone)
    // Three shards or four; two ranks, and four where there are as many shards.
    let most = (try? onRanks(4, training, updates: 0)) == nil ? 2 : 4
    #expect(try onRanks(most, training, from: part, updates: rest) == alone)
  }

  @Test func `a number of ranks that cannot share the shards is refused`() throws {
    let training = Training.all[0]
    for ranks in [3, 8] {
      for result in ThreadRanks.run(ranks, { try training.loop(in: $0).progress }) {
        let error = #expect(throws: (any Error).self) { try result.get() }
        #expect("\(String(describing: error))".contains("1, 2 or 4 ranks"))
      }
    }
  }

  /// A rank that fails by itself, wherever the others are, ends all of them with its error.
  @Test(arguments: [0, 1, 3])
  func `an error of one rank is that of all`(rank: Int) throws {
    let training = Training.all[1]
    let results = ThreadRanks.run(4) { reduction in
      let loop = try training.loop(in: reduction)
      for update in 0..<10 {
        if update == 4, reduction.ranks.index == rank { throw Refusal(rank: rank) }
        try loop.update(of: 50_000)
      }
    }
    for (index, result) in results.enumerated() {
      let error = #expect(throws: (any Error).self) { try result.get() }
      if index == rank {
        #expect(error as? Refusal == Refusal(rank: rank))
      } else {
        let failure = try #require(error as? RankFailure)
        #expect(failure.rank == rank && failure.reason.contains("Refusal"))
        #expect("\(failure)".hasPrefix("Rank \(rank) on here: "))
      }
    }
  }

  @Test func `a callback of the first rank stops all, and its error ends all`() throws {
    let training = Training.all[0]
    let updates = ThreadRanks.run(4) { reduction in
      let loop = try training.loop(in: reduction)
      if reduction.ranks.isFirst { loop.callbacks = [Stopper(after: 3)] }
      while !loop.isStopping { try loop.update(of: 50_000) }
      return loop.progress.updates
    }
    for result in updates { #expect(try result.get() == 3) }
    let failures = ThreadRanks.run(2) { reduction in
      let loop = try training.loop(in: reduction)
      if reduction.ranks.isFirst { loop.callbacks = [Stopper(after: 3, fails: true)] }
      for _ in 0..<9 { try loop.update(of: 50_000) }
    }
    #expect(throws: Refusal(rank: 0)) { try failures[0].get() }
    #expect(throws: RankFailure.self) { try failures[1].get() }
  }

  /// With the control that nothing is said where nothing is wrong.
  @Test(arguments: [nil, 1, 2])
  func `parameters that differ are found, and the rank is named`(rank: Int?) throws {
    let training = Training.all[0]
    let results = ThreadRanks.run(4) { reduction in
      let loop = try training.loop(in: reduction)
      for update in 0..<100 {
        if update == 50, reduction.ranks.index == rank {
          loop.agent.parameters[0].buffer[3] += 1e-3
        }
        try loop.update(of: 50_000)
      }
    }
    guard let rank else {
      for result in results { try result.get() }
      return
    }
    let error = #expect(throws: DivergedRanks.self) { try results[0].get() }
    #expect(error?.ranks == [rank] && error?.updates == 100)
    for result in results { #expect(throws: (any Error).self) { try result.get() } }
  }

  @Test func `a rollout that comes to no end pauses everywhere and goes on elsewhere`() throws {
    let training = Training("endless", .cartPole) { $0.returns = .monteCarlo }
    let alone = try Trained { try training.loop(in: $0) }.run(SharedMemoryReduction(), nil, 4)
    let paused = try ThreadRanks.run(4) { reduction in
      let loop = try training.loop(in: reduction)
      try loop.update(of: 50_000)
      loop.stepBound = loop.progress.steps + 60
      #expect(throws: RolloutPause.stepsReached) { try loop.update(of: 50_000) }
      return try loop.checkpoint()
    }[0].get()
    let whole = Trained { try training.loop(in: $0) }
    #expect(try onRanks(2, whole, from: paused, updates: 3) == alone)
    #expect(try whole.run(SharedMemoryReduction(), paused, 3) == alone)
  }

  @Test func `what the heads of messages have no room for arrives whole`() throws {
    let sizes = [0, 1, 1_007, 1_008, 1_009, 70_000, 1 << 20, 1_200_000]
    let results = ThreadRanks.run(3) { reduction in
      for size in sizes {
        let own = [UInt8](repeating: UInt8(reduction.ranks.index + 1), count: size)
        let all = try reduction.gather([own, []])
        let expected = (1...3).flatMap { [[UInt8](repeating: $0, count: size), []] }
        guard all == expected else { throw Refusal(rank: size) }
        let told = try reduction.broadcast(reduction.ranks.isFirst ? own : [9])
        guard told == expected[0] else { throw Refusal(rank: -size) }
      }
    }
    for result in results { try result.get() }
  }
}
