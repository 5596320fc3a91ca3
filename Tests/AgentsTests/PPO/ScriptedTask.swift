import Environments
import GSL
import ReinforcementLearning

/// Gives observations and rewards by a list, whatever is done.
///
/// The first episode ends by itself after two steps, and a limit of four strikes in the second.
struct ScriptedTask<Action: EnvironmentAction>: Environment {
  static var spec: EnvironmentSpec { EnvironmentSpec(name: "scripted", stepLimit: 4) }
  private let observations: [[Float]]
  private let rewards: [Double]
  private(set) var actionSpace: Space
  private var shown = 0
  private var steps = 0

  init() { self.init([[0]], [0], .discrete(2)) }

  init(_ observations: [[Float]], _ rewards: [Double], _ actionSpace: Space) {
    self.observations = observations
    self.rewards = rewards
    self.actionSpace = actionSpace
  }

  var observationSpace: Space {
    let size = observations[0].count
    return .box(
      lower: Array(repeating: -100, count: size), upper: Array(repeating: 100, count: size))
  }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    show(&observation)
  }

  mutating func step(_ action: Action, observation: inout MutableSpan<Float>) -> Transition {
    show(&observation)
    steps += 1
    return Transition(reward: rewards[(steps - 1) % rewards.count], isTerminated: steps == 2)
  }

  private mutating func show(_ observation: inout MutableSpan<Float>) {
    for (index, element) in observations[shown % observations.count].enumerated() {
      observation[index] = element
    }
    shown += 1
  }
}
