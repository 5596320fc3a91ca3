import Foundation
import RelaxRL
import TestSupport
import Testing

/// Policies of short runs of `rl-train`, whose tasks are not asked again.
@Suite struct `A policy that is used wrongly throws` {
  /// The folder is gone when this returns.
  private func trained(_ environment: [String] = ["--env", "corridor"]) throws -> Policy {
    let run = try SmallRun(env: environment)
    return try withExtendedLifetime(run) { try Policy(run: run.path) }
  }

  @Test func `what an observation has to be`() throws {
    let policy = try trained()
    #expect(throws: PolicyError.wrongObservationCount(received: 3, expected: 5)) {
      try policy.act([1, 2, 3])
    }
    let error = #expect(throws: PolicyError.self) { try policy.act([1, 2, 3, .infinity, 5]) }
    #expect("\(try #require(error))" == "Number 3 of the observation is inf; it must be finite.")
    #expect(throws: PolicyError.self) { try policy.act([.nan, 2, 3, 4, 5]) }
    #expect(throws: PolicyError.wrongObservationCount(received: 0, expected: 5)) {
      try policy.act([])
    }
  }

  @Test func `what a mask has to be`() throws {
    let policy = try trained()
    let observation: [Float] = [1, 0, 0, 0, 0]
    let faults: [([Float], String)] = [
      ([1], "A mask of discrete(2) has 2 numbers, not 1."),
      ([], "A mask of discrete(2) has 2 numbers, not 0."),
      ([1, 0.5], "Number 1 of the mask is 0.5; it must be 1 for an allowed action or 0."),
      ([.nan, 1], "Number 0 of the mask is nan; it must be 1 for an allowed action or 0."),
      ([0, 0], "The mask is 0 everywhere; it must be 1 for at least one action."),
    ]
    for (mask, message) in faults {
      let error = #expect(throws: PolicyError.self) { try policy.act(observation, mask: mask) }
      #expect("\(try #require(error))" == message)
    }
    // The task forbids nothing, so a mask may be left out or given.
    #expect(!policy.needsMask)
    #expect(try policy.act(observation, mask: [1, 0]) == 0)
    #expect(try policy.act(observation, mask: [0, 1]) == 1)
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `that a mask is missing where the task gives them`() throws {
    let command = "\(SimulatorTools.python ?? "") \(SimulatorTools.masked)"
    let policy = try trained(["--env-command", command])
    let observation: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    #expect(policy.needsMask)
    let error = #expect(throws: PolicyError.self) { try policy.act(observation) }
    #expect("\(try #require(error))".contains("3 numbers for discrete(3), 1 for each allowed"))
    for action in 0..<3 {
      let mask: [Float] = (0..<3).map { $0 == action ? 1 : 0 }
      #expect(try policy.act(observation, mask: mask) == action)
    }
  }

  @Test func `which types hold an action`() throws {
    let choices = try trained()
    let torques = try trained(["--env", "pendulum"])
    for attempt: () throws -> Void in [
      { _ = try choices.act([1, 0, 0, 0, 0], as: SIMD2<Float>.self) },
      { _ = try choices.act([1, 0, 0, 0, 0], as: Float.self) },
      { _ = try choices.act([1, 0, 0, 0, 0], as: [Float].self) },
    ] {
      let error = #expect(throws: PolicyError.self, performing: attempt)
      #expect("\(try #require(error))".hasSuffix("cannot hold an action of discrete(2); Int can."))
    }
    var stream = RandomStream(seed: 1, purpose: "policy-test")
    var untouched = stream
    for attempt: () throws -> Void in [
      { _ = try torques.act([1, 0, 0]) },
      { _ = try torques.act([1, 0, 0], as: SIMD2<Float>.self, drawingFrom: &stream) },
    ] {
      let error = #expect(throws: PolicyError.self, performing: attempt)
      #expect("\(try #require(error))".hasSuffix("; Float or [Float] can."))
    }
    #expect(stream.uniform(in: 0...1) == untouched.uniform(in: 0...1))
    #expect(throws: PolicyError.maskForRealActions(torques.actionSpace)) {
      try torques.act([1, 0, 0], mask: [1], as: Float.self)
    }
  }
}
