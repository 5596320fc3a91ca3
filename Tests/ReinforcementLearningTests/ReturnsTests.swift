import GSL
import Testing

@testable import ReinforcementLearning

/// Returns and advantages against their definitions.
struct ReturnsTests {
  private struct Rollout {
    var steps: Int
    var lanes: Int
    var rewards: [Float]
    var outcomes: [Outcome]
    var values: [Float]
    var nextValues: [Float]

    init(steps: Int, lanes: Int, seed: UInt64) {
      var stream = RandomStream(seed: seed, purpose: "returns")
      self.steps = steps
      self.lanes = lanes
      let count = steps * lanes
      rewards = (0..<count).map { _ in Float(stream.gaussian()) }
      values = (0..<count).map { _ in Float(stream.gaussian()) }
      nextValues = (0..<count).map { _ in Float(stream.gaussian()) }
      outcomes = (0..<count).map { _ in
        switch stream.index(below: 6) {
        case 0: .terminated
        case 1: .truncated
        default: .ongoing
        }
      }
    }

    /// As experience whose values are columns.
    func experience() -> Experience {
      let experience = Experience(rows: steps * lanes, lanes: lanes)
      let (v, next) = (experience.add("value"), experience.add("next_value"))
      experience.add("advantage")
      for row in 0..<steps * lanes {
        _ = experience.prepare(1)
        experience.rewards[row] = rewards[row]
        v[row] = values[row]
        next[row] = outcomes[row] == .terminated ? 0 : nextValues[row]
        experience.record(lane: row % lanes, outcomes[row])
      }
      return experience
    }

    func advantages(discount: Float, lambda: Float) throws -> [Float] {
      let experience = experience()
      let result = try #require(experience.column("advantage"))
      experience.writeGeneralizedAdvantages(
        values: try #require(experience.column("value")),
        nextValues: try #require(experience.column("next_value")), discount: discount,
        lambda: lambda, into: result)
      return (0..<experience.count).map { result[$0] }
    }

    /// V of the observation after a step, 0 after a terminated episode.
    private func following(_ step: Int, _ lane: Int) -> Double {
      let index = step * lanes + lane
      switch outcomes[index] {
      case .terminated, .lost: return 0
      case .truncated: return Double(nextValues[index])
      case .ongoing: return Double(step == steps - 1 ? nextValues[index] : values[index + lanes])
      }
    }

    /// (1 − λ) Σ λ^(n−1) A^(n), the definition: every n-step return up to the end of the episode or
    /// of the rollout, whichever comes first; the last one takes all the weight that is left.
    func plainAdvantage(_ step: Int, _ lane: Int, discount: Double, lambda: Double) -> Double {
      var total = 0.0
      var weight = 1.0
      var rewardSum = 0.0
      var factor = 1.0
      for time in step..<steps {
        let index = time * lanes + lane
        rewardSum += factor * Double(rewards[index])
        factor *= discount
        let estimate =
          rewardSum + factor * following(time, lane) - Double(values[step * lanes + lane])
        if outcomes[index].isEnd || time == steps - 1 { return total + weight * estimate }
        total += weight * (1 - lambda) * estimate
        weight *= lambda
      }
      return total
    }
  }

  @Test(arguments: [1, 2, 5, 32], [1, 3])
  func `advantages are the weighted n-step returns of their definition`(
    steps: Int, lanes: Int
  ) throws {
    for seed in 0..<20 as Range<UInt64> {
      let rollout = Rollout(steps: steps, lanes: lanes, seed: seed)
      for (discount, lambda) in [(0.99, 0.95), (0.9, 0), (1, 1), (0.7, 1), (0, 0.5)] {
        let found = try rollout.advantages(discount: Float(discount), lambda: Float(lambda))
        for step in 0..<steps {
          for lane in 0..<lanes {
            let expected = rollout.plainAdvantage(step, lane, discount: discount, lambda: lambda)
            #expect(
              abs(Double(found[step * lanes + lane]) - expected) < 2e-5,
              "seed \(seed), step \(step), lane \(lane), γ \(discount), λ \(lambda)")
          }
        }
      }
    }
  }

  @Test(arguments: [0, 1, 2])
  func `a truncated step continues with V of its final observation, in mid-rollout and at the end`(
    step: Int
  ) throws {
    // One state of value 10 that the limit cuts off: nothing but the final observation's V will do.
    var rollout = Rollout(steps: 3, lanes: 1, seed: 0)
    rollout.rewards = [1, 1, 1]
    rollout.values = [2, 3, 4]
    rollout.nextValues = [100, 100, 100]
    rollout.nextValues[step] = 10
    rollout.nextValues[2] = 10
    rollout.outcomes = [.ongoing, .ongoing, .ongoing]
    rollout.outcomes[step] = .truncated
    let found = try rollout.advantages(discount: 0.5, lambda: 1)
    #expect(found[step] == 1 + 0.5 * 10 - rollout.values[step])
    rollout.outcomes[step] = .terminated
    #expect(try rollout.advantages(discount: 0.5, lambda: 1)[step] == 1 - rollout.values[step])
  }

  @Test(arguments: [1, 2, 17], [Float(0), 0.9, 1])
  func `discounted returns are the sums of their definition`(steps: Int, discount: Float) throws {
    for seed in 0..<20 as Range<UInt64> {
      let rollout = Rollout(steps: steps, lanes: 3, seed: seed)
      let experience = rollout.experience()
      let found = experience.add("return")
      experience.writeReturns(discount: discount, into: found)
      for row in 0..<experience.count {
        var (expected, factor, place) = (0.0, 1.0, row)
        while place < experience.count {
          expected += factor * Double(rollout.rewards[place])
          factor *= Double(discount)
          if rollout.outcomes[place].isEnd { break }
          place += 3
        }
        #expect(abs(Double(found[row]) - expected) < 1e-5, "seed \(seed), row \(row)")
      }
    }
  }
}
