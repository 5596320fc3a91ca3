import RelaxRL

/// One of three lamps is lit; pressing the button below it pays 1.
struct Lamps: Environment {
  static let spec = EnvironmentSpec(name: "lamps", stepLimit: 10, rewardThreshold: 9)

  var lit = 0
  var stream = RandomStream(seed: 0, purpose: "environment")

  var observationSpace: Space { .discrete(3) }
  var actionSpace: Space { .discrete(3) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    lightOne(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    let reward = action == lit ? 1.0 : 0.0
    lightOne(&observation)
    return Transition(reward: reward)
  }

  private mutating func lightOne(_ observation: inout MutableSpan<Float>) {
    lit = stream.index(below: 3)
    for lamp in 0..<3 { observation[lamp] = lamp == lit ? 1 : 0 }
  }
}
