import Formats
import Foundation
import GSL
import Networks
import Runs
import TestSupport
import Testing

/// A checkpoint whose every part depends on the step.
func sampleCheckpoint(step: Int) -> CheckpointFile {
  CheckpointFile(
    state: ["state": #"{"step": \#(step), "sha256":"none"}"#, "a \"sha256": "x"],
    tensors: [
      .init(
        "parameters/weight", SafetensorsTensor((0..<6).map { Float(step * $0) }, shape: [2, 3])),
      .init("environment", SafetensorsTensor([UInt8(1), 2, UInt8(truncatingIfNeeded: step)])),
      .init("moments", SafetensorsTensor([Double.pi * Double(step)])),
    ])
}

private func store(_ folder: TemporaryFolder, _ fileSystem: FileSystem = .uninterrupted)
  throws -> CheckpointStore
{
  try FileManager.default.createDirectory(
    atPath: folder.path + "/checkpoints", withIntermediateDirectories: true)
  return CheckpointStore(runFolder: folder.path, fileSystem: fileSystem)
}

@Suite struct `A checkpoint file` {
  @Test func `what is written is read back, byte for byte`() throws {
    let checkpoint = sampleCheckpoint(step: 3)
    let read = try CheckpointFile(bytes: checkpoint.serialized(), file: "x")
    #expect(read.state == checkpoint.state)
    #expect(Set(read.tensors) == Set(checkpoint.tensors))
    #expect(read.serialized() == checkpoint.serialized())
  }

  @Test func `it is a safetensors file to others, with the checksum of all but itself`() throws {
    let bytes = sampleCheckpoint(step: 3).serialized()
    let file = try SafetensorsFile(bytes: bytes)
    let stored = try #require(file.metadata["sha256"])
    let text = String(decoding: bytes, as: Unicode.ASCII.self)
    let start = try #require(text.range(of: stored))
    let offset = text.distance(from: text.startIndex, to: start.lowerBound)
    var blank = bytes
    for index in offset..<offset + 64 { blank[index] = UInt8(ascii: "0") }
    #expect(SHA256.hexDigest(of: blank) == stored)
  }

  @Test func `a change of any single bit is noticed`() throws {
    let bytes = sampleCheckpoint(step: 3).serialized()
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(bit)
        #expect(throws: CheckpointError.self, "byte \(position), bit \(bit)") {
          try CheckpointFile(bytes: damaged, file: "x")
        }
      }
    }
  }

  @Test func `a file that is cut off or continued anywhere is noticed`() throws {
    let bytes = sampleCheckpoint(step: 3).serialized()
    for count in bytes.indices {
      #expect(throws: CheckpointError.self, "\(count) bytes") {
        try CheckpointFile(bytes: Array(bytes[..<count]), file: "x")
      }
    }
    #expect(throws: CheckpointError.self) { try CheckpointFile(bytes: bytes + [0], file: "x") }
  }

  @Test func `a file of another tool is refused for its lack of a checksum`() throws {
    let foreign = SafetensorsFile(metadata: ["format": "pt"]).serialized()
    #expect(throws: CheckpointError.damaged(file: "x", damage: .noChecksum, previous: nil)) {
      try CheckpointFile(bytes: foreign, file: "x")
    }
  }
}

@Suite struct `The checkpoints of a run` {
  @Test func `the best one has no replay memory, the others do`() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    var checkpoint = sampleCheckpoint(step: 1)
    let policy = checkpoint
    for name in ["shard.0.replay", "shard.0.replay.observations"] {
      checkpoint.tensors.append(
        SafetensorsFile.Entry(name, SafetensorsTensor([Float](repeating: 1, count: 100))))
    }
    try store.write(checkpoint, isBest: true)
    #expect(try store.load(.best).serialized() == policy.serialized())
    #expect(try store.load(.last).serialized() == checkpoint.serialized())
    #expect(
      try folder.contents("checkpoints") == ["last.safetensors", "best.safetensors"])
  }

  @Test func `a new one makes the last one the previous one`() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    for step in 1...4 { try store.write(sampleCheckpoint(step: step), isBest: step == 2) }
    #expect(try store.load(.last).serialized() == sampleCheckpoint(step: 4).serialized())
    #expect(try store.load(.previous).serialized() == sampleCheckpoint(step: 3).serialized())
    #expect(try store.load(.best).serialized() == sampleCheckpoint(step: 2).serialized())
    #expect(
      try folder.contents("checkpoints")
        == ["last.safetensors", "previous.safetensors", "best.safetensors"])
  }

  @Test(arguments: [false, true])
  func `a kill after any operation leaves a whole checkpoint of this step or the last`(
    isBest: Bool
  ) throws {
    var operations = 0
    while true {
      let folder = try TemporaryFolder()
      let store = try store(folder)
      for step in 1...3 { try store.write(sampleCheckpoint(step: step), isBest: isBest) }
      let death = Death(after: operations)
      let dying = CheckpointStore(runFolder: folder.path, fileSystem: death.fileSystem)
      let isComplete = (try? dying.write(sampleCheckpoint(step: 4), isBest: isBest)) != nil
      let steps = (3...4).map { sampleCheckpoint(step: $0).serialized() }
      let found = try store.loadNewest()
      #expect(found.slot == .last && steps.contains(found.checkpoint.serialized()))
      if isBest { #expect(steps.contains(try store.load(.best).serialized())) }
      let older = [try store.load(.previous).serialized()]
      #expect(older[0] == steps[0] || older[0] == sampleCheckpoint(step: 2).serialized())
      // Going on from there leaves nothing behind and touches no other file.
      try store.write(sampleCheckpoint(step: 5))
      #expect(try store.load(.last).serialized() == sampleCheckpoint(step: 5).serialized())
      #expect(try store.load(.previous).serialized() == found.checkpoint.serialized())
      if isBest { #expect(steps.contains(try store.load(.best).serialized())) }
      try store.write(sampleCheckpoint(step: 6), isBest: isBest)
      #expect(try folder.contents("checkpoints").count == (isBest ? 3 : 2))
      if isComplete { break }
      operations += 1
    }
    #expect(operations > 5, "only \(operations) operations were interrupted")
  }

  @Test func `contents reach the disk before their name does`() throws {
    let folder = try TemporaryFolder()
    let death = Death()
    let store = try store(folder, death.fileSystem)
    try store.write(sampleCheckpoint(step: 1))
    #expect(
      death.log == [
        "remove .last.safetensors.new", "create .last.safetensors.new",
        "write .last.safetensors.new",
        "synchronize .last.safetensors.new", "rename last.safetensors", "synchronize checkpoints",
      ])
  }

  @Test func `a damaged last one is refused by name and the previous one offered`() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    for step in 1...2 { try store.write(sampleCheckpoint(step: step)) }
    var bytes = try folder.bytes("checkpoints/last.safetensors")
    bytes[bytes.count / 2] ^= 1
    try folder.write(bytes, to: "checkpoints/last.safetensors")
    for attempt in [{ _ = try store.load(.last) }, { _ = try store.loadNewest() }] {
      let error = try #require(throws: CheckpointError.self) { try attempt() }
      guard case .damaged(let file, _, let previous) = error else {
        Issue.record("\(error)")
        continue
      }
      #expect(file == store.path(of: .last) && previous == store.path(of: .previous))
      #expect("\(error)".contains(store.path(of: .previous)))
    }
    let loaded = try store.loadNewest(acceptingPrevious: true)
    #expect(loaded.slot == .previous && loaded.problem != nil)
    #expect(loaded.checkpoint.serialized() == sampleCheckpoint(step: 1).serialized())
  }

  @Test func `a damaged previous one is not offered`() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    for step in 1...2 { try store.write(sampleCheckpoint(step: step)) }
    for slot in ["last", "previous"] {
      try folder.write([1, 2, 3], to: "checkpoints/\(slot).safetensors")
    }
    let error = try #require(throws: CheckpointError.self) {
      try store.loadNewest(acceptingPrevious: true)
    }
    #expect(
      error
        == .damaged(
          file: store.path(of: .last), damage: .structure(.truncated(needed: 8, available: 3)),
          previous: nil))
  }

  @Test func `a missing last one is replaced by the previous one`() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    #expect(throws: CheckpointError.missing(file: store.path(of: .last), previous: nil)) {
      try store.loadNewest()
    }
    for step in 1...2 { try store.write(sampleCheckpoint(step: step)) }
    try FileManager.default.removeItem(atPath: store.path(of: .last))
    let loaded = try store.loadNewest()
    #expect(loaded.slot == .previous && loaded.problem != nil)
  }
}
