import GSL
import ReinforcementLearning

/// A way for an environment to break the contract.
enum Defect: String, CaseIterable, Codable, Sendable {
  case noActions, ignoresStream, secretRandomness, leavesSpace, notANumber, sharedState
  case remembersEpisodes, losesStateWhenSaved

  /// The rule that must be reported as broken.
  var brokenRule: String {
    switch self {
    case .noActions: "its spaces and its step limit make sense"
    case .ignoresStream: "different seeds and lanes differ"
    case .secretRandomness: "two with one seed do the same"
    case .leavesSpace, .notANumber: "observations are finite and inside the space, final ones too"
    case .sharedState: "a copy is independent of the original"
    case .remembersEpisodes: "a reset forgets the episode before"
    case .losesStateWhenSaved: "saved and restored, it goes on identically"
    }
  }
}

/// Sums what is added to it, for all copies of an environment alike.
///
/// `@unchecked`: a test drives it from one task only.
final class SharedSum: Codable, @unchecked Sendable {
  var value = 0.0
}

/// A random walk that breaks the contract in one way.
struct BrokenTask: Environment {
  static let spec = EnvironmentSpec(name: "broken", stepLimit: 30)

  private enum CodingKeys: CodingKey { case defect, position, stream, shared }

  let defect: Defect
  private var position = 0.0
  private var stream = RandomStream(seed: 0, purpose: "environment")
  private var shared = SharedSum()
  private var unsaved = 0.0
  private var episodes = 0.0

  init() { self.init(.noActions) }

  init(_ defect: Defect) { self.defect = defect }

  var observationSpace: Space { .box(lower: [-2], upper: [2]) }
  var actionSpace: Space { .discrete(defect == .noActions ? 0 : 2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    // With the same numbers in every episode it would look like a task without any.
    if defect != .ignoresStream { self.stream = stream }
    if defect == .secretRandomness {
      self.stream = RandomStream(seed: .random(in: 0 ... .max), purpose: "environment")
    }
    position = self.stream.uniform(in: -1...1)
    if defect == .remembersEpisodes { position += 0.1 * episodes }
    if defect == .losesStateWhenSaved { unsaved = position }
    episodes = min(episodes + 1, 5)
    observation[0] = Float(position)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    position += 0.1 * stream.uniform(in: -1...1)
    if defect != .leavesSpace { position = min(max(position, -1.5), 1.5) }
    if defect == .leavesSpace { position += 0.2 }
    shared.value = defect == .sharedState ? shared.value + 0.01 : 0
    observation[0] = Float(position)
    if defect == .notANumber && position > 0.9 { observation[0] = .nan }
    return Transition(reward: position + shared.value + unsaved)
  }
}

/// A task in which the last action must not be repeated.
struct MaskedTask: Environment {
  static let spec = EnvironmentSpec(name: "masked", stepLimit: 25)

  private var last = 0

  init() {}

  var observationSpace: Space { .discrete(3) }
  var actionSpace: Space { .discrete(3, start: 5) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    last = stream.index(below: 3)
    observe(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    last = action - 5
    observe(&observation)
    return Transition(reward: Double(last))
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for index in 0..<3 { mask[index] = index == last ? 0 : 1 }
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    for index in 0..<3 { observation[index] = index == last ? 1 : 0 }
  }
}

/// A task with several choices at once, whose observation is multi-discrete too.
struct WideTask: Environment {
  static let spec = EnvironmentSpec(name: "wide", stepLimit: 25)

  private var choices = [0, 0]

  init() {}

  var observationSpace: Space { .multiDiscrete([2, 3]) }
  var actionSpace: Space { .multiDiscrete([2, 3]) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    choices = [stream.index(below: 2), stream.index(below: 3)]
    observe(&observation)
  }

  mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    choices = action
    observe(&observation)
    return Transition(reward: Double(choices[0] * choices[1]))
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    for index in 0..<5 { observation[index] = 0 }
    observation[choices[0]] = 1
    observation[2 + choices[1]] = 1
  }
}

/// A task in which nothing is random.
struct CountingUp: Environment {
  static let spec = EnvironmentSpec(name: "counting-up", stepLimit: 10)

  private var number = 0

  init() {}

  var observationSpace: Space { .box(lower: [0], upper: [10]) }
  var actionSpace: Space { .discrete(2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    number = 0
    observation[0] = 0
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    number += action
    observation[0] = Float(number)
    return Transition(reward: 1)
  }
}
