import GSL
import ReinforcementLearning
import Testing

/// Draws a bar as long as its episode, in the color of what was done last.
private struct DrawnTask: Environment {
  static let spec = EnvironmentSpec(name: "drawn", stepLimit: 5)
  private(set) var step = 0

  var observationSpace: Space { .box(lower: [0], upper: [9]) }
  var actionSpace: Space { .multiDiscrete([200, 200]) }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    step = 0
    observation[0] = 0
  }

  mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    step += 1
    observation[0] = Float(step)
    return Transition(reward: 0)
  }

  func render(after action: [Int]?) -> Picture? { Self.picture(step, action) }

  static func picture(_ step: Int, _ action: [Int]?) -> Picture {
    var picture = Picture(x: 0...10, y: 0...1)
    let color = action.map { UInt32($0[0] << 8 | $0[1]) } ?? 0xFF0000
    picture.rectangle(from: [0, 0], to: [Double(step), 1], Picture.Color(color))
    return picture
  }
}

@Suite struct `A lane is drawn` {
  private func lanes(_ count: Int) throws -> SteppedBatch<DrawnTask> {
    var lanes = SteppedBatch(try EnvironmentBatch<DrawnTask>(count: count, seed: 1))
    try lanes.reset()
    return lanes
  }

  @Test func `with what was done last, of which there is nothing at the start`() throws {
    var lanes = try lanes(2)
    #expect(try lanes.batch.render(lane: 1) == DrawnTask.picture(0, nil))
    for step in 1..<5 {
      try lanes.step([Int32(step), 7, Int32(10 * step), 9])
      #expect(try lanes.batch.render(lane: 0) == DrawnTask.picture(step, [step, 7]))
      #expect(try lanes.batch.render(lane: 1) == DrawnTask.picture(step, [10 * step, 9]))
    }
    // The next episode has begun.
    try lanes.step([1, 2, 3, 4])
    #expect(try lanes.batch.render(lane: 1) == DrawnTask.picture(0, nil))
  }

  @Test func `at its end, too, while it waits`() throws {
    var lanes = try lanes(1)
    for _ in 0..<5 { try lanes.step([3, 4], atEnd: .wait) }
    #expect(lanes.batch.isWaiting(0))
    #expect(try lanes.batch.render(lane: 0) == DrawnTask.picture(5, [3, 4]))
  }

  @Test func `without what was done before its state was restored`() throws {
    var lanes = try lanes(1)
    try lanes.step([3, 4])
    let saved = try lanes.batch.snapshot()
    try lanes.step([5, 6])
    try lanes.batch.restore(saved)
    #expect(try lanes.batch.render(lane: 0) == DrawnTask.picture(1, nil))
    try lanes.step([8, 9])
    #expect(try lanes.batch.render(lane: 0) == DrawnTask.picture(2, [8, 9]))
  }

  @Test func `not in the middle of a step`() throws {
    let lanes = try lanes(1)
    let actions: [Int32] = [0, 0]
    try lanes.batch.beginStep(actions: actions.span, atEnd: .wait)
    #expect(throws: EnvironmentError.self) { try lanes.batch.render(lane: 0) }
  }

  @Test func `by whichever copy has it`() throws {
    let copies = try CopiedEnvironments(3) {
      try EnvironmentBatch<DrawnTask>(count: 2, seed: 1)
    }
    var memory = EnvironmentMemory(for: copies)
    try memory.reset(copies)
    try memory.step(copies, actions: (0..<12).map { Int32($0) }, atEnd: .wait)
    for lane in 0..<6 {
      #expect(
        try copies.render(lane: lane) == DrawnTask.picture(1, [2 * lane, 2 * lane + 1]))
    }
  }

  @Test func `not where the task has no picture`() throws {
    var lanes = SteppedBatch(try EnvironmentBatch<CountingTask>(count: 1, seed: 1))
    try lanes.reset()
    #expect(try lanes.batch.render(lane: 0) == nil)
  }
}
