import RelaxRL

/// A task with images of bytes, in which nothing that is done changes anything.
struct ImageTask: Environment {
  static let spec = EnvironmentSpec(name: "image-task", stepLimit: 5)

  /// One of three.
  var actionSpace: Space { .discrete(3) }
  /// Seven rows, six columns, two channels; how bright it is.
  var observationSpace: Space {
    .box(BoxSpace(shape: [7, 6, 2], bounds: 0...255, elementType: .uint8))
  }
  private var stream = RandomStream(seed: 0, purpose: "image-task")

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<UInt8>) {
    self.stream = stream
    observe(&observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<UInt8>) -> Transition {
    observe(&observation)
    return Transition(reward: 1)
  }

  private mutating func observe(_ observation: inout MutableSpan<UInt8>) {
    for index in observation.indices {
      observation[index] = UInt8(truncatingIfNeeded: stream.index(below: 256))
    }
  }
}
