import Environments
import Foundation
import GSL
import ReinforcementLearning
import Testing

@Suite struct `The quadratic task` {
  /// The largest value over all bits: each differs in one bit from the one before.
  private func best(_ task: Quadratic) -> Double {
    var bits = [Int](repeating: 0, count: task.variables)
    var largest = task.value(bits)
    for step in 1..<(1 << task.variables) {
      bits[step.trailingZeroBitCount] = 1 - bits[step.trailingZeroBitCount]
      largest = max(largest, task.value(bits))
    }
    return largest
  }

  @Test func `has the value that its formula says`() throws {
    let task = try Quadratic(variables: 3, interaction: 0.5, seed: 2)
    let (a, j) = (task.linear, task.interactions)
    #expect(a.count == 3 && j.count == 3)
    #expect(abs(task.value([1, 1, 1]) - (a.reduce(0, +) + j.reduce(0, +))) < 1e-15)
    #expect(abs(task.value([1, 0, 1]) - (a[0] - a[1] + a[2] - j[0] + j[1] - j[2])) < 1e-15)
    var own = task
    var observation: [Float] = [0]
    var span = observation.mutableSpan
    let transition = own.step([1, 0, 1], observation: &span)
    #expect(transition.reward == task.value([1, 0, 1]) && transition.isTerminated)
  }

  @Test func `has a threshold close below the largest value that there is`() throws {
    let best = best(Quadratic())
    let threshold = try #require(Quadratic.spec.rewardThreshold)
    #expect(threshold < best && threshold > 0.96 * best, "\(best)")
  }

  @Test func `draws other functions with other seeds, of the deviation that it says`() throws {
    let task = try Quadratic(variables: 300, interaction: 0.3, seed: 5)
    #expect(task.linear != (try Quadratic(variables: 300, interaction: 0.3, seed: 6)).linear)
    // Squares of normal variates: the relative error of their mean is √(2/n).
    let linear = task.linear.map { $0 * $0 }.reduce(0, +)
    #expect(abs(linear - 1) < 6.5 * (2.0 / 300).squareRoot())
    let n = Double(task.interactions.count)
    let squares = task.interactions.map { $0 * $0 }.reduce(0, +) / n
    let expected = 0.09 / (300 * 300)
    #expect(abs(squares / expected - 1) < 6.5 * (2 / n).squareRoot())
  }

  @Test func `is saved as what it is drawn from`() throws {
    let task = try Quadratic(variables: 300, interaction: 0.3, seed: 5)
    let saved = try JSONEncoder().encode(task)
    #expect(saved.count < 100)
    let restored = try JSONDecoder().decode(Quadratic.self, from: saved)
    #expect(restored.linear == task.linear && restored.interactions == task.interactions)
    #expect(restored.problemOfRestoring(into: task) == nil)
    #expect(restored.problemOfRestoring(into: Quadratic()) != nil)
    let process = try RandomMDP(stateCount: 40, actionCount: 5, seed: 2)
    let image = try JSONEncoder().encode(process)
    #expect(image.count < 1_000)
    #expect(try JSONDecoder().decode(RandomMDP.self, from: image).process == process.process)
  }

  @Test(arguments: [(0, 0.3), (20_000, 0.3), (5, -1), (5, .nan)])
  func `refuses sizes and interactions that cannot be`(variables: Int, interaction: Double) {
    #expect(throws: EnvironmentError.self) {
      try Quadratic(variables: variables, interaction: interaction, seed: 1)
    }
  }
}

@Suite struct `The orchard` {
  @Test func `gives the best policy what its rules say`() throws {
    let episodes = 4_000
    var moments = RunningMoments()
    var task = Orchard()
    var observation = [Float](repeating: 0, count: 20)
    func cells() -> [Int] {
      (0..<4).map { block in
        (0..<5).first { observation[block * 5 + $0] == 1 } ?? -1
      }
    }
    for episode in 0..<episodes {
      var span = observation.mutableSpan
      task.reset(
        using: RandomStream(seed: 3, purpose: "environment", episode: UInt64(episode)),
        observation: &span)
      var total = 0.0
      for _ in 0..<20 {
        let seen = cells()
        var mask = [Float](repeating: 9, count: 8)
        var maskSpan = mask.mutableSpan
        task.writeActionMask(&maskSpan)
        let isThere = seen[0] == seen[2] && seen[1] == seen[3]
        #expect(mask[7] == (isThere ? 1 : 0) && mask[1] == 1 && mask[6] == 1)
        #expect(mask[0] == (seen[0] > 0 ? 1 : 0) && mask[2] == (seen[0] < 4 ? 1 : 0))
        #expect(mask[3] == (seen[1] > 0 ? 1 : 0) && mask[5] == (seen[1] < 4 ? 1 : 0))
        let move = (0..<2).map { (seen[$0 + 2] - seen[$0]).signum() + 1 }
        var row = observation.mutableSpan
        let transition = task.step([move[0], move[1], isThere ? 1 : 0], observation: &row)
        total += transition.reward
        if transition.isTerminated { break }
      }
      moments.add(total)
    }
    // Steps along both axes at once: 1 − 0.05 E max(|Δx|, |Δy|), and Σ_k 1 − P(|Δ| ≤ k)² is that mean.
    let mean = [0.2, 0.52, 0.76, 0.92].map { 1 - $0 * $0 }.reduce(0, +)
    #expect(abs(moments.mean - (1 - 0.05 * mean)) < 6.5 * moments.standardError)
    #expect((Orchard.spec.rewardThreshold ?? 9) < 1 - 0.05 * mean)
  }

  @Test func `refuses places outside it when it is restored`() throws {
    var task = Orchard()
    var observation = [Float](repeating: 0, count: 20)
    var span = observation.mutableSpan
    task.reset(using: RandomStream(seed: 1, purpose: "environment"), observation: &span)
    #expect(task.problemOfRestoring(into: Orchard()) == nil)
    let text = String(decoding: try JSONEncoder().encode(task), as: UTF8.self)
    let other = text.replacing(/"fruit":\[\d+,/, with: "\"fruit\":[7,")
    let broken = try JSONDecoder().decode(Orchard.self, from: Data(other.utf8))
    #expect(broken.problemOfRestoring(into: Orchard())?.contains("from 0 to 4") == true)
    #expect(throws: EnvironmentError.self) { try Orchard(size: 1) }
    #expect(task.problemOfRestoring(into: try Orchard(size: 6)) != nil)
  }
}
