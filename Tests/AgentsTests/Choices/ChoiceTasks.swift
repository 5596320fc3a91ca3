import Environments
import GSL
import ReinforcementLearning

@testable import Agents

/// A process whose actions are those of several choices, as an environment: two bits, or 2 and 3 values.
struct ChoiceProcess: Environment {
  static let spec = EnvironmentSpec(name: "choice-process", stepLimit: 4)
  let process: MarkovDecisionProcess
  let counts: [Int]
  private var state = 0
  private var stream = RandomStream(seed: 0, purpose: "environment")

  init() {
    counts = [2, 3]
    do { process = try RandomMDP(stateCount: 4, actionCount: 6, seed: 3).process } catch {
      fatalError("\(error)")
    }
  }

  init(_ scenario: ChoiceScenario) {
    process = scenario.process
    counts = scenario.counts
  }

  var observationSpace: Space { .discrete(process.stateCount) }
  var actionSpace: Space {
    counts.allSatisfy { $0 == 2 } ? .multiBinary(counts.count) : .multiDiscrete(counts)
  }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    state = self.stream.discrete(weights: process.initial)
    writeOneHot(state, into: &observation)
  }

  mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    var (number, stride) = (0, 1)
    for (value, count) in zip(action, counts) {
      number += stride * value
      stride *= count
    }
    let start = (state * process.actionCount + number) * process.stateCount
    let row = Array(process.transitions[start..<start + process.stateCount])
    let next = stream.discrete(weights: row)
    let reward = process.reward(of: next, after: number, in: state)
    state = next
    writeOneHot(state, into: &observation)
    return Transition(reward: reward, isTerminated: process.isTerminal[state])
  }
}

/// Three choices, always with something forbidden; the last value of the middle one is never allowed.
struct MaskedChoices: Environment {
  static let spec = EnvironmentSpec(name: "masked-choices", stepLimit: 6)
  private var stream = RandomStream(seed: 0, purpose: "environment")
  private var cell = 0

  var observationSpace: Space { .discrete(3) }
  var actionSpace: Space { .multiDiscrete([2, 4, 3]) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    cell = self.stream.index(below: 3)
    writeOneHot(cell, into: &observation)
  }

  mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    let reward = Double(action[0] + action[1] - action[2]) + 0.1 * stream.gaussian()
    cell = stream.index(below: 3)
    writeOneHot(cell, into: &observation)
    return Transition(reward: reward)
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for index in mask.indices { mask[index] = 1 }
    if cell == 0 { mask[0] = 0 }
    mask[5] = 0
    mask[6 + cell] = 0
  }
}

/// Bits of which one is forced at a time.
struct MaskedBits: Environment {
  static let spec = EnvironmentSpec(name: "masked-bits", stepLimit: 6)
  private var stream = RandomStream(seed: 0, purpose: "environment")
  private var cell = 0

  var observationSpace: Space { .discrete(4) }
  var actionSpace: Space { .multiBinary(4) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    cell = self.stream.index(below: 4)
    writeOneHot(cell, into: &observation)
  }

  mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    let reward = Double(action.reduce(0, +)) + 0.1 * stream.gaussian()
    cell = stream.index(below: 4)
    writeOneHot(cell, into: &observation)
    return Transition(reward: reward)
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for index in mask.indices { mask[index] = 1 }
    // The bit of the cell must be 0, the last one always 1.
    if cell < 3 { mask[2 * cell + 1] = 0 }
    mask[6] = 0
  }
}

/// A box of whole numbers.
struct WholeBox: Environment {
  static let spec = EnvironmentSpec(name: "whole-box", stepLimit: 1)
  var highest = 3.0

  var observationSpace: Space { .box(lower: [1], upper: [1]) }
  var actionSpace: Space {
    .box(BoxSpace(shape: [2], lower: [-2, 5], upper: [highest, 6], elementType: .int32))
  }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    observation[0] = 1
  }

  mutating func step(_ action: [Float], observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 1
    // Least where both are what no other whole numbers are.
    let isWhole = action.allSatisfy { $0 == $0.rounded() }
    let reward = isWhole ? -Double((action[0] - 1) * (action[0] - 1) + (6 - action[1])) : -1000
    return Transition(reward: reward, isTerminated: true)
  }
}
