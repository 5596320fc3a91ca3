import Environments
import GSL
import ReinforcementLearning

/// Observations and rewards at random, without any rule: statistics of them move with every step.
///
/// Every episode is one step.
struct RandomBandit: Environment {
  static let spec = EnvironmentSpec(name: "random-bandit", stepLimit: 1)
  private var stream = RandomStream(seed: 0, purpose: "environment")

  var observationSpace: Space { .box(lower: [-100, -100], upper: [100, 100]) }
  var actionSpace: Space { .discrete(3) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    write(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    write(&observation)
    return Transition(reward: 5 + 3 * stream.gaussian(), isTerminated: true)
  }

  private mutating func write(_ observation: inout MutableSpan<Float>) {
    observation[0] = Float(1 + 2 * stream.gaussian())
    observation[1] = Float(-20 + 10 * stream.gaussian())
  }
}

/// A random walk over seven cells where walking out is forbidden, and so is the last action always.
///
/// Actions: left, right, stay, never. Reaching the last cell pays 1 and ends the episode.
struct MaskedWalk: Environment {
  static let spec = EnvironmentSpec(name: "masked-walk", stepLimit: 15)
  private var cell = 0
  private var stream = RandomStream(seed: 0, purpose: "environment")

  var observationSpace: Space { .discrete(7) }
  var actionSpace: Space { .discrete(4) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    cell = self.stream.index(below: 3)
    writeOneHot(cell, into: &observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    cell += action == 0 ? -1 : action == 1 ? 1 : 0
    writeOneHot(cell, into: &observation)
    let isGoal = cell == 6
    return Transition(
      reward: (isGoal ? 1 : -0.05) + 0.1 * stream.gaussian(), isTerminated: isGoal)
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    mask[0] = cell > 0 ? 1 : 0
    mask[1] = cell < 6 ? 1 : 0
    mask[2] = 1
    mask[3] = 0
  }
}

/// Breaks in a given step of every episode.
struct FaultyTask: Environment {
  /// What is not finite, and when.
  enum Fault: String, Codable, CaseIterable {
    case reward, observation, finalReward, finalObservation, none
  }

  static let spec = EnvironmentSpec(name: "faulty", stepLimit: 10)
  var fault = Fault.none
  private var steps = 0

  init() {}

  init(_ fault: Fault) { self.fault = fault }

  var observationSpace: Space { .box(lower: [0, 0], upper: [10, 10]) }
  var actionSpace: Space { .discrete(2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    steps = 0
    observation[0] = 0
    observation[1] = 1
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    steps += 1
    let isLast = steps == 7
    observation[0] = Float(steps)
    observation[1] = 1
    var reward = 1.0
    switch fault {
    case .observation where steps == 7: observation[1] = .nan
    case .finalObservation where isLast: observation[1] = .infinity
    case .reward where steps == 7: reward = .nan
    case .finalReward where isLast: reward = -.infinity
    default: break
    }
    return Transition(
      reward: reward, isTerminated: isLast && (fault == .finalObservation || fault == .finalReward))
  }
}

/// One state, observed as the number of steps, and a limit that always strikes.
struct CountingTask: Environment {
  static let spec = EnvironmentSpec(name: "counting", stepLimit: 3)
  private var steps = 0

  var observationSpace: Space { .box(lower: [0], upper: [10]) }
  var actionSpace: Space { .discrete(2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    steps = 0
    observation[0] = 0
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    steps += 1
    observation[0] = Float(steps)
    return Transition(reward: 1)
  }
}
