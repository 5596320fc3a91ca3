import CAllocations
import Environments
import GSL
import ReinforcementLearning
import Testing

struct ResetTests {
  /// The Kolmogorov–Smirnov statistic √n D of draws that should be uniform.
  private func statistic(_ draws: [Double], on range: ClosedRange<Double>) -> Double {
    let sorted = draws.sorted()
    let count = Double(sorted.count)
    var worst = 0.0
    for (rank, draw) in sorted.enumerated() {
      let probability = (draw - range.lowerBound) / (range.upperBound - range.lowerBound)
      worst = max(worst, abs(probability - Double(rank) / count))
      worst = max(worst, abs(probability - Double(rank + 1) / count))
    }
    return worst * count.squareRoot()
  }

  private func states<E: GoldenTask>(_ task: E.Type) -> [[Double]] {
    (0..<4000).map { episode in
      var environment = E()
      var row = [E.Observation](
        repeating: .zero, count: environment.observationSpace.observationSize)
      var span = row.mutableSpan
      environment.reset(
        using: RandomStream(seed: 1, purpose: "environment", lane: 0, episode: UInt64(episode)),
        observation: &span)
      return environment.goldenState
    }
  }

  @Test func `resets are uniform where Gymnasium's are`() {
    let pi = Double.pi
    let cases: [(any GoldenTask.Type, [ClosedRange<Double>])] = [
      (CartPole.self, Array(repeating: -0.05...0.05, count: 4)),
      (MountainCar.self, [-0.6 ... -0.4]), (MountainCarContinuous.self, [-0.6 ... -0.4]),
      (Pendulum.self, [-pi...pi, -1...1]), (Acrobot.self, Array(repeating: -0.1...0.1, count: 4)),
    ]
    for (task, ranges) in cases {
      let states = states(task)
      for (element, range) in ranges.enumerated() {
        // 2.2 is exceeded by chance once in 8000 times.
        #expect(statistic(states.map { $0[element] }, on: range) < 2.2, "\(task), \(element)")
      }
      // The rest of the state, the cars' velocity, is 0.
      #expect(states.allSatisfy { $0[ranges.count...].allSatisfy { $0 == 0 } })
    }
    // A control: a range that is 10 percent off is noticed.
    #expect(statistic(states(CartPole.self).map { $0[0] }, on: -0.055...0.055) > 2.2)
  }

  @Test func `a step allocates nothing`() throws {
    let batch = try EnvironmentBatch<CartPole>(count: 16, seed: 1)
    var observations = [Float](repeating: 0, count: 64)
    var finals = observations
    var rewards = [Double](repeating: 0, count: 16)
    var outcomes = [Outcome](repeating: .ongoing, count: 16)
    let actions = [Int32](repeating: 1, count: 16)
    var observationSpan = observations.mutableSpan
    var finalSpan = finals.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try batch.reset(observations: &observationSpan)
    var before: UInt64 = 0
    for step in 0..<200 {
      if step == 100 { before = allocation_count() }
      try batch.step(
        actions: actions.span, atEnd: .startNext, observations: &observationSpan,
        finalObservations: &finalSpan, rewards: &rewardSpan, outcomes: &outcomeSpan)
    }
    let during = allocation_count() - before
    #if DEBUG
      // Unoptimised code puts a few temporary values on the heap, per batch and not per lane.
      #expect(during <= 300)
    #else
      #expect(during == 0)
    #endif
    let array = [Int](repeating: Int(during), count: 10)
    #expect(allocation_count() - before > during, "the counter counts \(array.count)")
  }
}
