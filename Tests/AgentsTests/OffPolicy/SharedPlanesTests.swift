import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Stacks of frames in the replay memory.
@Suite struct `Planes that images share` {
  private static let (side, frames) = (32, 4)

  /// A lane that sees noise, the last four pictures of it side by side.
  private struct Lane {
    static let size = side * side * frames
    let memory: ReplayMemory
    let column = ExperienceColumn<UInt8>("observation", width: size, capacity: 2)
    private var stream = RandomStream(seed: 3, purpose: "frames")
    private(set) var stacks: [[UInt8]] = []
    private var pictures: [[UInt8]] = []

    init(capacity: Int) {
      memory = ReplayMemory(
        capacity: capacity, observationSize: Self.size, actionSize: 1, isBytes: true,
        planes: frames)
      pictures = Array(repeating: picture(), count: frames)
    }

    private mutating func picture() -> [UInt8] {
      (0..<side * side).map { _ in UInt8(truncatingIfNeeded: stream.index(below: 256)) }
    }

    private func stack() -> [UInt8] {
      (0..<Self.size).map { pictures[$0 % frames][$0 / frames] }
    }

    /// A step; the one after an end begins with four times the same picture.
    mutating func step(_ outcome: Outcome = .ongoing) throws {
      let before = stack()
      pictures = pictures.dropFirst() + [picture()]
      let after = stack()
      stacks.append(before)
      for (row, values) in [before, after].enumerated() {
        _ = column.values(ofRow: row).update(fromContentsOf: values)
      }
      try memory.append(
        lane: 0, from: ReplayMemory.Observation(column, row: 0), action: [0],
        reward: Float(stacks.count - 1), outcome: outcome,
        to: ReplayMemory.Observation(column, row: 1))
      if outcome.isEnd { pictures = Array(repeating: picture(), count: frames) }
    }
  }

  private func lane(capacity: Int, steps: Int) throws -> Lane {
    var lane = Lane(capacity: capacity)
    for step in 0..<steps { try lane.step(step % 10 == 9 ? .terminated : .ongoing) }
    return lane
  }

  /// Draws, and compares with what was seen; as bytes and as numbers.
  private func check(_ memory: ReplayMemory, _ stacks: [[UInt8]]) {
    for isBytes in [true, false] {
      let batch = ReplayMemory.Batch(
        rows: 64, observationSize: Lane.size, actionSize: 1, isBytes: isBytes)
      var stream = RandomStream(seed: 1, purpose: "replay")
      memory.sample(64, from: &stream, into: batch)
      for row in 0..<64 {
        let step = Int(batch.rewards[row])
        #expect(bytes(batch.states, row) == stacks[step])
        if batch.continues[row] == 1, step + 1 < stacks.count {
          #expect(bytes(batch.nextStates, row) == stacks[step + 1])
        }
      }
    }
  }

  private func bytes(_ column: AnyExperienceColumn, _ row: Int) -> [UInt8] {
    if let bytes = column as? ExperienceColumn<UInt8> { return Array(bytes.values(ofRow: row)) }
    let numbers = column as? ExperienceColumn<Float>
    return numbers?.values(ofRow: row).map { UInt8($0) } ?? []
  }

  @Test func `come back as they were, also once the memory is full`() throws {
    for (capacity, steps) in [(100, 60), (25, 95)] {
      let lane = try lane(capacity: capacity, steps: steps)
      #expect(lane.memory.observations.planes != nil && lane.memory.count == min(capacity, steps))
      check(lane.memory, lane.stacks)
    }
  }

  /// The oldest image that is kept has four of its own in the middle of an episode, one at its start.
  @Test(arguments: [(93, 3), (95, 0)])
  func `are stored once: a new one for each step`(steps: Int, more: Int) throws {
    let lane = try lane(capacity: 25, steps: steps)
    var checkpoint = SafetensorsFile()
    lane.memory.save(to: &checkpoint, name: "replay")
    let planes = try #require(checkpoint["replay.observations.planes"])
    let observations = try #require(checkpoint["replay.observations"])
    #expect(observations.shape == [lane.memory.observationCount, 4])
    #expect(planes.shape == [lane.memory.observationCount + more, Self.side * Self.side])
  }

  @Test func `come back from a checkpoint, which then saves the same`() throws {
    var lane = try lane(capacity: 25, steps: 95)
    var checkpoint = SafetensorsFile()
    lane.memory.save(to: &checkpoint, name: "replay")
    let fresh = Lane(capacity: 25).memory
    try fresh.restore(from: checkpoint, name: "replay")
    check(fresh, lane.stacks)
    var again = SafetensorsFile()
    fresh.save(to: &again, name: "replay")
    #expect(again.serialized() == checkpoint.serialized())
    // And both go on alike.
    try lane.step()
    try fresh.append(
      lane: 0, from: ReplayMemory.Observation(lane.column, row: 0), action: [0], reward: 95,
      outcome: .ongoing, to: ReplayMemory.Observation(lane.column, row: 1))
    var (one, other) = (SafetensorsFile(), SafetensorsFile())
    lane.memory.save(to: &one, name: "replay")
    fresh.save(to: &other, name: "replay")
    #expect(one.serialized() == other.serialized())
  }

  @Test func `of a checkpoint that names one that is not there are refused`() throws {
    let lane = try lane(capacity: 25, steps: 12)
    var checkpoint = SafetensorsFile()
    lane.memory.save(to: &checkpoint, name: "replay")
    checkpoint.tensors = checkpoint.tensors.map { entry in
      guard entry.name == "replay.observations" else { return entry }
      let numbers = [Int64](repeating: 99, count: entry.tensor.shape.reduce(1, *))
      return SafetensorsFile.Entry(
        entry.name, SafetensorsTensor(numbers, shape: entry.tensor.shape))
    }
    #expect(throws: CheckpointContentError.self) {
      try Lane(capacity: 25).memory.restore(from: checkpoint, name: "replay")
    }
  }

  @Test func `are not looked for where images are small`() {
    let memory = ReplayMemory(
      capacity: 9, observationSize: 400, actionSize: 1, isBytes: true, planes: 4)
    #expect(memory.observations.planes == nil)
  }
}
