import Foundation
import GSL
import ReinforcementLearning
import Testing

@testable import Environments

@Suite(
  .enabled(if: BadSimulator.python != nil, "Needs python3 in /usr/bin or /usr/local/bin."))
struct `A simulator that is asked for a picture` {
  @Test func `gives that of the lane`() throws {
    var lanes = try SteppedLanes(BadSimulator("picture") { $0.processes = 2 }.simulator, count: 4)
    for step in 0..<3 {
      for lane in [3, 0, 1] {
        let image = try #require(try lanes.environment.render(lane: lane)?.image)
        #expect((image.width, image.height) == (3, 2))
        #expect(image.bytes == (0..<18).map { UInt8(10 * step + $0) })
      }
      try lanes.step()
    }
  }

  @Test func `has none without the capability, or where there is nothing to be seen`() throws {
    #expect(try SteppedLanes(BadSimulator("fine").simulator).environment.render(lane: 1) == nil)
    let empty = try BadSimulator("picture-none").simulator
    #expect(empty.description.hasPictures)
    #expect(try SteppedLanes(empty).environment.render(lane: 1) == nil)
  }

  @Test(arguments: [
    ("picture-short", "17 bytes for 3 × 2 pixels"), ("picture-text", "bytes in base64"),
    ("picture-large", "3 · width · height bytes"), ("picture-error", "sim-failure: no display"),
  ])
  func `and gives something else is an error that says what`(
    mode: String, fragment: String
  ) throws {
    let lanes = try SteppedLanes(BadSimulator(mode).simulator)
    let error = #expect(throws: EnvironmentError.self) { try lanes.environment.render(lane: 0) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("bad failed") && text.contains("render"), "\(text)")
    #expect(text.contains(fragment), "\(text)")
  }

  @Test func `is told so before it starts, in its environment`() throws {
    let words = ["/bin/sh", "-c", "echo \"seen:$RL_ENV_RENDER\" >&2"]
    for (isRendering, seen) in [(true, "seen:1"), (false, "seen:")] {
      let error = #expect(throws: SimulatorUsageError.self) {
        try Simulator(SimulatorSettings(), words: words, rendering: isRendering, show: nil)
      }
      let lines = error?.description.split(separator: "\n") ?? []
      #expect(lines.contains { $0.hasSuffix(seen) }, "\(lines)")
    }
  }
}

@Suite struct `An image in a message` {
  private let image = Pixels(width: 5, height: 3, bytes: (0..<45).map { UInt8(5 * $0) })

  private func message(_ image: Pixels?, isBinary: Bool) -> [UInt8] {
    var writer = ByteWriter()
    ImageMessage.write(&writer, image, id: 7, isBinary: isBinary)
    return writer.bytes
  }

  private func read(_ bytes: [UInt8], isBinary: Bool) throws -> Pixels? {
    try bytes.withUnsafeBytes { try ImageMessage.read($0, id: 7, isBinary: isBinary) }
  }

  @Test(arguments: [true, false]) func `comes back as it was`(isBinary: Bool) throws {
    #expect(try read(message(image, isBinary: isBinary), isBinary: isBinary) == image)
    #expect(try read(message(nil, isBinary: isBinary), isBinary: isBinary) == nil)
  }

  @Test(arguments: [true, false]) func `damaged is another image or an error`(isBinary: Bool) {
    var stream = RandomStream(seed: 8, purpose: "fuzz")
    let whole = message(image, isBinary: isBinary)
    var understood = 0
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0...stream.index(below: 2) {
        let place = stream.index(below: bytes.count)
        switch stream.index(below: 3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: stream.nextUInt32())
        case 1: bytes.insert(UInt8(truncatingIfNeeded: stream.nextUInt32()), at: place)
        default: bytes.remove(at: place)
        }
      }
      // The connection hands over whole frames alone; a frame has its header at least.
      if isBinary, bytes.count < FrameHeader.size { continue }
      if let image = try? read(bytes, isBinary: isBinary) {
        understood += 1
        #expect(image.bytes.count == 3 * image.width * image.height)
      }
    }
    #expect(understood > 100)
  }
}
