import RelaxRL

/// A task of any spaces: what is done in it changes nothing, and observations are of different sizes.
struct SpaceTask<Action: EnvironmentAction>: Environment {
  static var spec: EnvironmentSpec { EnvironmentSpec(name: "space-task", stepLimit: 5) }

  var actionSpace = Space.discrete(2)
  var observationSpace = Space.box(
    lower: .init(repeating: -1e6, count: 5), upper: .init(repeating: 1e6, count: 5))
  /// Whether some actions are forbidden.
  var hasActionMask = false
  private var stream = RandomStream(seed: 0, purpose: "space-task")

  init() {}

  init(_ actionSpace: Space, hasMask: Bool) {
    self.actionSpace = actionSpace
    hasActionMask = hasMask
  }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    observe(&observation)
  }

  mutating func step(_ action: Action, observation: inout MutableSpan<Float>) -> Transition {
    observe(&observation)
    return Transition(reward: 1)
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    guard hasActionMask else { return }
    // Every second value of what can be forbidden, the first never.
    for index in mask.indices { mask[index] = index.isMultiple(of: 2) ? 1 : 0 }
    var start = 0
    for choice in actionSpace.choiceCounts {
      mask[start] = 1
      start += choice
    }
  }

  private mutating func observe(_ observation: inout MutableSpan<Float>) {
    for index in observation.indices {
      observation[index] = Float(Double(index) + stream.gaussian() * Double(1 + 3 * index))
    }
  }
}

extension Space {
  /// The number of values of each choice, as a mask has them side by side.
  var choiceCounts: [Int] {
    switch self {
    case .discrete(let space): [space.count]
    case .multiDiscrete(let space): space.counts
    case .multiBinary(let space): Array(repeating: 2, count: space.count)
    case .box: []
    }
  }
}
