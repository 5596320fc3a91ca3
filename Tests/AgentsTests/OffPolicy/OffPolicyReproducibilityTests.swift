import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The same bytes for any number of threads, and for runs that were stopped and resumed.
@Suite struct `td3, sac and dqn` {
  private func check<A: OffPolicyAgent>(
    _ make: (_ threads: Int, _ seed: UInt64) throws -> TrainingLoop<A>
  ) throws {
    let (turns, total) = (240, 1_000)
    let whole = try make(1, 7)
    var saved: [Int: [UInt8]] = [:]
    var metrics: [[Double?]] = []
    for turn in 0..<turns {
      if turn % 37 == 0 || turn == turns - 1 { saved[turn] = try whole.checkpoint() }
      try whole.update(of: total)
      metrics.append(whole.agent.metrics.map(\.value))
    }
    let expected = try whole.checkpoint()
    #expect(whole.agent.shards[0].updatesDone > 20)
    #expect(whole.agent.metrics.allSatisfy { $0.value != nil })
    let threaded = try make(4, 7)
    let other = try make(1, 8)
    for _ in 0..<turns {
      try threaded.update(of: total)
      try other.update(of: total)
    }
    #expect(try threaded.checkpoint() == expected)
    #expect(try other.checkpoint() != expected)
    for (point, bytes) in saved.sorted(by: { $0.key < $1.key }) {
      // An agent that has gone its own way: nothing of that may remain.
      let resumed = try make(1, 7)
      for _ in 0..<point % 60 { try resumed.update(of: total) }
      try resumed.restore(from: SafetensorsFile(bytes: bytes))
      #expect(try resumed.checkpoint() == bytes, "before turn \(point)")
      for turn in point..<turns {
        try resumed.update(of: total)
        #expect(resumed.agent.metrics.map(\.value) == metrics[turn], "turn \(turn)")
      }
      #expect(try resumed.checkpoint() == expected, "before turn \(point)")
    }
  }

  @Test func `end in the same bytes: td3`() throws {
    try check { try OffPolicyTask.td3(threads: $0, seed: $1) }
    try check {
      try OffPolicyTask.td3(threads: $0, seed: $1) {
        ($0.envs, $0.bufferSize, $0.updatesPerStep, $0.policyDelay) = (3, 100, 0.7, 3)
        $0.noise = .ornsteinUhlenbeck
        $0.learningRate = .linear(from: 0.01, to: 0)
      }
    }
  }

  @Test func `end in the same bytes: sac`() throws {
    try check { try OffPolicyTask.sac(threads: $0, seed: $1) }
    try check {
      try OffPolicyTask.sac(threads: $0, seed: $1) {
        ($0.envs, $0.bufferSize, $0.trainEvery, $0.updatesPerStep) = (2, 100, 3, 0.5)
        $0.temperatureLearningRate = .linear(from: 0.01, to: 0)
      }
    }
  }

  @Test func `end in the same bytes: dqn`() throws {
    try check { try OffPolicyTask.dqn(threads: $0, seed: $1) }
    try check {
      try OffPolicyTask.dqn(threads: $0, seed: $1) {
        ($0.envs, $0.bufferSize, $0.returnSteps, $0.trainEvery) = (3, 100, 4, 2)
        ($0.targetEvery, $0.targetRate, $0.doubleQ) = (7, 1, false)
      }
    }
  }

  @Test func `end in the same bytes: dqn, on pictures`() throws {
    try check { threads, seed in
      try CatchTask.dqn(threads: threads, seed: seed) { ($0.bufferSize, $0.returnSteps) = (100, 2) }
    }
  }

  @Test func `refuse a checkpoint of each other, and of another size`() throws {
    var file = SafetensorsFile()
    try OffPolicyTask.td3().save(to: &file)
    #expect(throws: (any Error).self) { try OffPolicyTask.sac().restore(from: file) }
    #expect(throws: (any Error).self) {
      try OffPolicyTask.td3 { $0.hiddenSizes = [9] }.restore(from: file)
    }
  }
}
