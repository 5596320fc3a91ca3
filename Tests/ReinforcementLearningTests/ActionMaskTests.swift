import GSL
import ReinforcementLearning
import Testing

/// A task whose masks are what its parameters say.
private struct MaskedTask: Environment {
  static let spec = EnvironmentSpec(name: "masked", stepLimit: 10)

  var allowed: [Float] = [1, 0, 1]
  var isMasked = true

  init() {}

  var hasActionMask: Bool { isMasked }
  var observationSpace: Space { .box(lower: [0], upper: [1]) }
  var actionSpace: Space { .discrete(3, start: 1) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    observation[0] = 0
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 0
    return Transition(reward: 1)
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for index in mask.indices { mask[index] = allowed[index] }
  }
}

/// A task that says that it has masks and writes none.
private struct VainTask: Environment {
  static let spec = EnvironmentSpec(name: "vain")

  init() {}

  var hasActionMask: Bool { true }
  var observationSpace: Space { .box(lower: [0], upper: [1]) }
  var actionSpace: Space { .discrete(3) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    observation[0] = 0
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 0
    return Transition(reward: 1)
  }
}

/// Bits whose masks are what its parameters say.
private struct MaskedBits: Environment {
  static let spec = EnvironmentSpec(name: "masked-bits", stepLimit: 10)

  var allowed: [Float] = [1, 1, 1, 0]

  init() {}

  var observationSpace: Space { .multiBinary(2) }
  var actionSpace: Space { .multiBinary(2) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    for index in observation.indices { observation[index] = 0 }
  }

  mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    for index in observation.indices { observation[index] = Float(action[index]) }
    return Transition(reward: 1)
  }

  func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for index in mask.indices { mask[index] = allowed[index] }
  }
}

@Suite struct `Action masks of bits` {
  private func batch(_ task: MaskedBits) throws -> EnvironmentBatch<MaskedBits> {
    let batch = try EnvironmentBatch(task, count: 1, seed: 1)
    var observations: [Float] = [9, 9]
    var span = observations.mutableSpan
    try batch.reset(observations: &span)
    return batch
  }

  @Test func `have a flag for either value of each, and refuse by the element`() throws {
    let batch = try batch(MaskedBits())
    var row = [Float](repeating: 9, count: 4)
    var span = row.mutableSpan
    try batch.writeActionMasks(&span)
    #expect(row == [1, 1, 1, 0])
    try batch.beginStep(actions: ([1, 0] as [Int32]).span, atEnd: .startNext)
    #expect(
      throws: EnvironmentError.maskedAction(
        environment: "masked-bits", lane: 0, action: 1, allowed: [0], element: 1)
    ) {
      try self.batch(MaskedBits()).beginStep(
        actions: ([1, 1] as [Int32]).span, atEnd: .startNext)
    }
    #expect(throws: EnvironmentError.self) {
      try self.batch(MaskedBits()).beginStep(
        actions: ([2, 0] as [Int32]).span, atEnd: .startNext)
    }
  }

  @Test func `that forbid both values of one are an error that names it`() throws {
    var task = MaskedBits()
    task.allowed = [1, 1, 0, 0]
    let batch = try batch(task)
    let error = #expect(
      throws: EnvironmentError.emptyMask(environment: "masked-bits", lane: 0, element: 1)
    ) {
      var row = [Float](repeating: 9, count: 4)
      var span = row.mutableSpan
      try batch.writeActionMasks(&span)
    }
    #expect("\(error as Any)".contains("no value of element 1"))
  }
}

@Suite struct `Action masks of a task` {
  private func masks(_ task: MaskedTask) throws -> (hasMask: Bool, row: [Float]) {
    let batch = try EnvironmentBatch(task, count: 1, seed: 1)
    var observations: [Float] = [0]
    var span = observations.mutableSpan
    try batch.reset(observations: &span)
    var row: [Float] = [9, 9, 9]
    var maskSpan = row.mutableSpan
    try batch.writeActionMasks(&maskSpan)
    return (batch.hasActionMask, row)
  }

  @Test func `are there where the method that writes them is`() throws {
    #expect(CountingTask().hasActionMask == false)
    let (hasMask, row) = try masks(MaskedTask())
    #expect(hasMask && row == [1, 0, 1])
    #expect(
      throws: EnvironmentError.maskedAction(
        environment: "masked", lane: 0, action: 2, allowed: [1, 3])
    ) {
      let batch = try EnvironmentBatch(MaskedTask(), count: 1, seed: 1)
      var observations: [Float] = [0]
      var span = observations.mutableSpan
      try batch.reset(observations: &span)
      try batch.beginStep(actions: ([2] as [Int32]).span, atEnd: .startNext)
    }
  }

  @Test func `can be switched off by a parameter`() throws {
    var task = MaskedTask()
    task.isMasked = false
    let (hasMask, row) = try masks(task)
    #expect(!hasMask && row == [1, 1, 1])
  }

  @Test func `that are declared in vain are refused`() {
    let error = #expect(throws: EnvironmentError.self) {
      try EnvironmentBatch(VainTask(), count: 1, seed: 1)
    }
    #expect(error.map { "\($0)" }?.contains("writeActionMask writes nothing") == true)
  }

  @Test func `that allow nothing are an error that names the lane`() {
    var task = MaskedTask()
    task.allowed = [0, 0, 0]
    #expect(throws: EnvironmentError.emptyMask(environment: "masked", lane: 0)) { try masks(task) }
  }
}

@Suite struct `A batch's saved state` {
  private static let saved: String = {
    guard let batch = try? EnvironmentBatch<CountingTask>(count: 2, seed: 1) else { return "" }
    var observations: [Float] = [0, 0, 0, 0]
    var span = observations.mutableSpan
    try? batch.reset(observations: &span)
    return String(decoding: (try? batch.snapshot()) ?? [], as: UTF8.self)
  }()

  @Test(arguments: [
    ("\"step\":0", "\"step\":-1"), ("\"step\":0", "\"step\":9223372036854775807"),
    ("\"step\":0", "\"step\":6"), ("\"episode\":0", "\"episode\":9223372036854775807"),
    ("\"episode\":0", "\"episode\":-1"),
  ])
  func `with counters that no play leads to is refused`(text: String, change: String) throws {
    let batch = try EnvironmentBatch<CountingTask>(count: 2, seed: 1)
    try batch.restore(Array(Self.saved.utf8))
    let changed = Self.saved.replacing(text, with: change, maxReplacements: 1)
    #expect(changed != Self.saved)
    let error = #expect(throws: EnvironmentError.self) { try batch.restore(Array(changed.utf8)) }
    #expect(error.map { "\($0)" }?.contains("lane 0") == true)
  }
}
