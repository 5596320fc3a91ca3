import Differentiation
import Distributions
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What a user's own agent is built of, where the built-in ones do not show it.
@Suite struct `The parts of an agent` {
  private func network(seed: UInt64 = 3) throws -> TrainedNetwork {
    try TrainedNetwork("policy", [2, 5, 3], seed: seed)
  }

  @Test func `networks of other names or seeds begin differently, others alike`() throws {
    let weights = try network().parameters.values
    #expect(try network().parameters.values == weights)
    #expect(try network(seed: 4).parameters.values != weights)
    let other = try TrainedNetwork("value", [2, 5, 3], seed: 3)
    #expect(other.parameters.values != weights)
    #expect(throws: MLPConfigurationError.self) { try TrainedNetwork("policy", [2, 0, 3]) }
  }

  /// A norm that was measured is that of one gradient, and clips no other.
  @Test func `a gradient is clipped by its own norm, whether it was measured or not`() throws {
    func moved(measuring: (Bool, Bool)) throws -> [Float] {
      let network = try TrainedNetwork("policy", [1, 1], optimizer: .sgd())
      let start = RunPosition(step: 0, of: 1)
      for (value, measures) in [(Float(100), measuring.0), (Float(3), measuring.1)] {
        network.gradient.fill(value)
        if measures { try network.measureGradient() }
        try network.update(.constant(0.5), at: start, maximumNorm: 1)
        let norm = Double(value) * 2.0.squareRoot()
        #expect(abs(try #require(network.norm) - norm) < 1e-5 * norm)
      }
      return network.parameters.values
    }
    let expected = try moved(measuring: (true, true))
    #expect(try moved(measuring: (false, false)) == expected)
    #expect(try moved(measuring: (true, false)) == expected)
    #expect(try moved(measuring: (false, true)) == expected)
  }

  @Test func `a restored network goes on as the saved one`() throws {
    let (saved, restored) = (try network(), try network(seed: 9))
    saved.gradient.fill(0.1)
    let position = RunPosition(step: 0, of: 1)
    try saved.update(.constant(0.01), at: position)
    var file = SafetensorsFile()
    saved.save(to: &file)
    try restored.restore(from: file)
    restored.gradient.fill(0.1)
    for network in [saved, restored] { try network.update(.constant(0.01), at: position) }
    #expect(saved.parameters.values == restored.parameters.values)
    #expect(throws: (any Error).self) { try restored.restore(from: SafetensorsFile()) }
  }

  @Test func `columns that no stage reads leave the table, and the rest is read in place`() throws {
    let table = ExperienceGraph(rows: 3, lanes: 1)
    let x = table.input(.observation, width: 2)
    let unread = table.input(.mask, width: 2)
    let sum = x.sum(axis: 1)
    let program = try table.compile([ProgramStage(outputs: [table.output("sum", sum)])])
    #expect(!program.reads(unread) && table.experience.column(.mask) == nil)
    let observations = table.experience[.observation]
    for index in 0..<6 { observations[index] = Float(index) }
    program.run()
    #expect((0..<3).map { table.experience["sum"][$0] } == [1, 5, 9])
  }

  @Test func `a policy's likeliest and drawn actions are allowed ones`() throws {
    let network = try network()
    // It wants nothing but what is forbidden.
    network.parameters["policy.1.bias"] = [0, 1, 60]
    let actions = try ActionModel(.discrete(3, start: 5), of: "a test")
    let policy = try CompiledPolicy(choosingBy: network, actions: actions, rows: 2)
    let observations: [Float] = [0.1, 0.2, -0.3, 0.4]
    let masks: [Float] = [1, 1, 0, 1, 0, 0]
    func act(_ streams: [RandomStream]?, _ masks: [Float]) -> [Int32] {
      var streams = streams
      let rows = policy.act(
        observations: observations.span, masks: masks.span, streams: &streams)
      guard case .whole(let choices) = rows else { return [] }
      return Array(choices)
    }
    #expect(act(nil, [1, 1, 1, 1, 1, 1]) == [7, 7])
    #expect(act(nil, masks)[1] == 5 && act(nil, masks)[0] != 7)
    var seen: Set<Int32> = []
    for draw in 0..<200 {
      let streams = (0..<2).map { RandomStream(seed: UInt64(draw), purpose: "act", lane: $0) }
      let drawn = act(streams, masks)
      #expect(drawn[1] == 5)
      seen.insert(drawn[0])
    }
    #expect(seen == [5, 6])
    #expect(policy.hasFiniteOutputs)
  }

  @Test func `a schedule is one of rates if both of its ends are`() {
    #expect(Schedule.constant(0).isRate && Schedule.linear(from: 1, to: 0).isRate)
    for value in [-1, Double.nan, .infinity] {
      #expect(!Schedule.constant(value).isRate)
      #expect(!Schedule.linear(from: 0.1, to: value).isRate)
    }
  }
}
