import GSL
import Testing

@Suite struct `Draws that make no sense` {
  @Test func `an index below zero elements stops the process`() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1, purpose: "precondition")
      _ = stream.index(below: 0)
    }
  }

  @Test func `a probability above one stops the process`() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1, purpose: "precondition")
      _ = stream.bernoulli(probability: 1.5)
    }
  }

  @Test func `weights without a sum stop the process`() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1, purpose: "precondition")
      _ = stream.discrete(weights: [0, 0])
    }
  }

  @Test func `an unbounded range stops the process`() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1, purpose: "precondition")
      _ = stream.uniform(in: 0...Double.infinity)
    }
  }

  @Test func `sensible draws do not`() async {
    await #expect(processExitsWith: .success) {
      var stream = RandomStream(seed: 1, purpose: "precondition")
      _ = stream.index(below: 1)
      _ = stream.bernoulli(probability: 1)
      _ = stream.discrete(weights: [0, 1])
      _ = stream.uniform(in: 0...1)
    }
  }
}
