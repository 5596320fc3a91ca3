import Foundation
import GSL
import TestSupport
import Testing

@testable import RelaxRL
@testable import Runs

@Suite struct `A range of a setting` {
  /// Settings of several kinds.
  private static func table() throws -> SettingsTable {
    try SettingsResolution.resolve(
      TypedSettings(agent: "a2c", environment: "cartpole", seed: "1"))
  }

  private static func range(_ key: String, _ text: String) throws -> TuningRange {
    try TuningRange(key, text, in: try table(), source: .flag("--range"))
  }

  @Test(arguments: [
    ("learning_rate", "0.0001:0.1:log"), ("learning_rate", "linear:0.0001:0.1:log"),
    ("discount", "0.9:0.999"), ("initial_log_deviation", "-2:0.5"), ("envs", "1:64:log"),
    ("rollout_steps", "4:7"), ("hidden_sizes", "8:128:log"), ("gae_lambda", "0:1"),
    ("max_gradient_norm", "3e-7:12345678"), ("returns", "gae|n-step"),
    ("hidden_sizes", "[32, 32]|[64]"), ("normalize_rewards", "true|false"),
  ])
  func `has only values within it, which the setting takes`(key: String, text: String) throws {
    let range = try Self.range(key, text)
    var stream = RandomStream(seed: 4, purpose: "range-tests")
    let places = [0, 1.0.nextDown] + (0..<2000).map { _ in stream.uniform() }
    for place in places {
      var table = try Self.table()
      try table.set(key, to: range.word(at: place), source: .flag("--range"))
      if case .interval(let low, let high, _, let isWhole, _) = range.values {
        let number = range.number(at: place)
        #expect((low...high).contains(number) && (!isWhole || number == number.rounded()))
        // Behind what stands before it, such as linear:.
        let word = range.word(at: place).split(separator: ":").last.flatMap { Double($0) }
        #expect(word == number)
      }
      #expect((0..<range.partCount).contains(range.part(of: place)))
    }
    #expect(Set(places.map { range.part(of: $0) }).count == range.partCount)
    for part in 0..<range.partCount { #expect(!range.name(ofPart: part).isEmpty) }
  }

  @Test func `with log has as many values in every decade, without it as many in every tenth`()
    throws
  {
    let logarithmic = try Self.range("learning_rate", "0.001:1:log")
    let linear = try Self.range("learning_rate", "0.001:1")
    let places = (0..<3000).map { (Double($0) + 0.5) / 3000 }
    for (range, edges) in [
      (logarithmic, [0.001, 0.01, 0.1, 1]), (linear, [0.001, 0.334, 0.667, 1]),
    ] {
      let numbers = places.map { range.number(at: $0) }
      for (low, high) in zip(edges, edges.dropFirst()) {
        // Values have four digits, so that one or two may lie on the other side of an edge.
        #expect(abs(numbers.count { (low..<high).contains($0) } - 1000) <= 2, "\(low) to \(high)")
      }
      #expect(numbers == numbers.sorted())
    }
    #expect(logarithmic.number(at: 0.5) == 0.03162)
    #expect(logarithmic.word(at: 0.5) == "0.03162")
    #expect(try Self.range("learning_rate", "linear:0.001:1:log").word(at: 0.5) == "linear:0.03162")
  }

  @Test func `of whole numbers has every one of them, by its share`() throws {
    func counts(_ text: String) throws -> [Int] {
      let range = try Self.range("envs", text)
      var counts: [Int: Int] = [:]
      for place in 0..<10_000 {
        counts[Int(range.number(at: (Double(place) + 0.5) / 10_000)), default: 0] += 1
      }
      return counts.sorted { $0.key < $1.key }.map(\.value)
    }
    #expect(try counts("3:7") == [2000, 2000, 2000, 2000, 2000])
    // log((k + 1) / k) of log 4 for 1 to 3.
    #expect(try counts("1:3:log") == [5000, 2925, 2075])
    #expect(try Self.range("envs", "1:3:log").partCount == 3)
    #expect(try Self.range("envs", "1:3:log").name(ofPart: 2) == "3")
    #expect(try Self.range("envs", "16:64").word(at: 1.0.nextDown) == "64")
    #expect(try Self.range("hidden_sizes", "16:64").word(at: 0) == "16")
  }

  @Test(arguments: [
    ("discont", "0.9:1", "discount"), ("discont", "0.9|1", "discount"),
    ("discont", "5", "discount"),
    ("discount", "1:0.9", "below its end"), ("discount", "0.9:0.9", "below its end"),
    ("learning_rate", "0:1:log", "above 0"), ("learning_rate", "-1:1:log", "above 0"),
    ("discount", "0.9", "LOW:HIGH"), ("discount", "", "LOW:HIGH"), ("discount", "0.9:", "LOW:HIGH"),
    ("discount", "log", "LOW:HIGH"), ("discount", "0.9:inf", "LOW:HIGH"),
    ("discount", "nan:1", "LOW:HIGH"), ("discount", "0.9|0.9", "twice"),
    ("discount", "0.9|", "must be a number"), ("envs", "1.5:3", "whole number"),
    ("learning_rate", "quadratic:1:2", "linear"), ("returns", "gae|gea", "n-step"),
    ("returns", "1:2", "n-step"),
  ])
  func `that nobody can mean is refused`(key: String, text: String, fragment: String) throws {
    let error = #expect(throws: (any Error).self) { try Self.range(key, text) }
    let message = "\(try #require(error))"
    #expect(message.contains(fragment), "\(message)")
    #expect(Exit.isUsage(try #require(error)))
  }
}

@Suite struct `Successive halving` {
  @Test func `has its rungs`() {
    let rungs = Halving.rungs(
      3, factor: 4, configurations: 200, steps: 500_000, seeds: Array(1000...1015))
    #expect(rungs.map(\.steps) == [31_250, 125_000, 500_000])
    #expect(rungs.map(\.configurations) == [200, 50, 13])
    #expect(rungs.map(\.seeds.count) == [4, 8, 16])
    #expect(rungs.allSatisfy { $0.seeds == Array((1000...1015).prefix($0.seeds.count)) })
    let small = Halving.rungs(20, factor: 1000, configurations: 3, steps: 7, seeds: [5])
    #expect(small.allSatisfy { $0.seeds == [5] && $0.steps >= 1 && $0.configurations >= 1 })
    #expect(small.last == Halving.Rung(steps: 7, configurations: 1, seeds: [5]))
  }

  private static func result(
    solved: Int? = nil, mean: Double? = 0, failed: Bool = false
  ) -> TrialResult {
    TrialResult(
      steps: 10, episodes: 1, solvedAtStep: solved, meanReturn: mean, isFailed: failed)
  }

  @Test func `ranks solved runs by their steps, then the others by their return`() {
    // From the best to the worst, the last two alike.
    let column = [
      Self.result(solved: 100, mean: -5), Self.result(solved: 200, mean: 9),
      Self.result(mean: 8), Self.result(mean: -8), Self.result(mean: nil),
      Self.result(solved: 1, mean: 100, failed: true),
    ]
    let shares = Halving.shares(column.map { [$0] }).map { $0[0] }
    #expect(shares == [1, 0.8, 0.6, 0.4, 0.1, 0.1])
    // Seeds weigh the same.
    let both = Halving.scores(zip(column, column.reversed()).map { [$0, $1] })
    #expect(both == [0.55, 0.45, 0.5, 0.5, 0.45, 0.55])
    #expect(Halving.best(3, of: both) == [0, 5, 2])
    #expect(Halving.scores([[column[5]]]) == [1])
  }

  /// The known quality of a configuration is its number; noise is smaller or larger than the distances.
  @Test(arguments: [(0.1, true), (40.0, false)])
  func `keeps the right ones of known scores`(noise: Double, isCertain: Bool) {
    var stream = RandomStream(seed: 11, purpose: "halving-tests")
    let quality = (0..<64).map { Double(($0 * 37) % 64) }
    let rungs = Halving.rungs(3, factor: 4, configurations: 64, steps: 16, seeds: [1, 2, 3, 4])
    var members = Array(0..<64)
    for (index, rung) in rungs.enumerated() {
      #expect(members.count == rung.configurations)
      let results = members.map { member in
        rung.seeds.map { _ in
          Self.result(mean: quality[member] + noise * (stream.uniform() - 0.5))
        }
      }
      let best = Halving.best(members.count, of: Halving.scores(results)).map { members[$0] }
      if index == rungs.count - 1 {
        // The control: with noise as large as the differences others come out as well.
        #expect((best.map { quality[$0] } == [63, 62, 61, 60]) == isCertain)
      } else {
        members = best.prefix(rungs[index + 1].configurations).sorted()
      }
    }
  }

  @Test func `writes down what it reads`() throws {
    for result in [
      Self.result(solved: 12, mean: 1.0 / 3), Self.result(mean: -1e-300), Self.result(mean: nil),
      Self.result(failed: true),
    ] {
      let record = TrialRecord(Trial(configuration: 3, seed: .max, limit: 99), result)
      let read = try #require(TrialRecord(line: record.line))
      #expect(read.trial == record.trial && read.result == result)
    }
    for line in [
      "", "1,2,3,4,5,6,7", "1,2,3,4,5,x,7,false", "1,2,3,4,5,6,7,maybe", "a,2,3,4,5,,,true",
    ] {
      #expect(TrialRecord(line: line) == nil)
    }
  }
}

@Suite struct `The ranges that come with the program` {
  @Test(arguments: [
    ("a2c", "cartpole"), ("a2c", "pendulum"), ("a2c", "orchard"), ("a2c", "quadratic"),
    ("relax-a2c", "mountaincar"), ("relax-a2c", "quadratic"), ("relax-ddpg", "pendulum"),
    ("reinforce", "acrobot"), ("ddpg", "mountaincar-continuous"), ("td3", "pendulum"),
    ("sac", "pendulum"), ("dqn", "cartpole"), ("ppo", "cartpole"), ("ppo", "pendulum"),
    ("ppo", "quadratic"), ("es", "cartpole"), ("es", "pendulum"),
  ])
  func `hold nothing that the agent refuses`(agent: String, environment: String) throws {
    var words = TuningPlan.Words()
    words.agent = agent
    words.environment = environment
    words.configurations = 128
    let plan = try TuningPlan(words)
    #expect(plan.space.ranges.count >= 5)
    #expect(plan.runs.tables.count == 129)
  }

  @Test func `are there for every agent`() throws {
    let keys = try TuningRanges.shipped.keys
    for agent in Catalogue.current.agents {
      #expect(keys.contains { $0.hasPrefix("\(agent.name).") }, "\(agent.name)")
    }
  }
}
