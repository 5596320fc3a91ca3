import Formats
import Foundation
import GSL
import ReinforcementLearning
import Testing

@testable import Environments

private func number(_ text: String) throws -> Double {
  try Array(text.utf8).withUnsafeBytes {
    var scanner = JSONScanner($0)
    let value = try scanner.number()
    try scanner.requireEnd()
    return value
  }
}

@Suite struct `Numbers in JSON` {
  @Test func `are written so that they read the same`() throws {
    var stream = RandomStream(seed: 5, purpose: "json")
    for _ in 0..<20_000 {
      let single = Float(bitPattern: stream.nextUInt32())
      guard single.isFinite else { continue }
      var writer = ByteWriter()
      writer.write(number: single)
      #expect(Float(try number(String(decoding: writer.bytes, as: UTF8.self))) == single)
    }
    for whole in [0, 7, -1, 10, 1_234_567_890, Int(1) << 53 - 1] {
      var writer = ByteWriter()
      writer.write(digits: whole)
      #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(whole)")
    }
  }
}

@Suite struct `A command line` {
  @Test(arguments: [
    ("python3 my_env.py", ["python3", "my_env.py"]),
    ("  a   b ", ["a", "b"]),
    ("sh -c 'cd x && ./sim'", ["sh", "-c", "cd x && ./sim"]),
    ("a \"b c\" d\\ e 'f\\g' \"h\\\"i\\j\" ''", ["a", "b c", "d e", "f\\g", "h\"i\\j", ""]),
  ])
  func `is split as a shell does it`(command: String, expected: [String]) throws {
    #expect(try words(of: command) == expected)
  }

  @Test(arguments: ["", "   ", "a 'b", "a \"b", "a\\", "''"])
  func `that cannot be is refused`(command: String) {
    #expect(throws: SimulatorUsageError.self) { try words(of: command) }
  }
}

@Suite struct `The seed of an episode` {
  @Test func `depends on run, lane and episode, and fits every reader and generator`() {
    var seeds: Set<UInt64> = []
    for run in 0..<4 {
      for lane in 0..<16 {
        for episode in 0..<64 { seeds.insert(PipedLane.seed(UInt64(run), lane, episode)) }
      }
    }
    #expect(seeds.count == 4 * 16 * 64)
    #expect(seeds.allSatisfy { $0 < 1 << 31 })
    // The first 31 bits of the stream that a built-in environment gets; runs of old began with 53.
    let stream = RandomStream(seed: 3, purpose: "environment", lane: 5, episode: 2)
    var (short, long) = (stream, stream)
    #expect(PipedLane.seed(3, 5, 2) == short.next() >> 33)
    #expect(PipedLane.seed(3, 5, 2, bits: PipedLane.longSeedBits) == long.next() >> 11)
  }

  @Test func `read back is that of the run, and counters are such that play leads to`() {
    var lane = PipedLane()
    #expect(lane.problem(seed: 3, lane: 5, bits: 31, stepLimit: 9) == nil)
    lane.beginNext(seed: 3, lane: 5, bits: 31)
    #expect(lane.problem(seed: 3, lane: 5, bits: 31, stepLimit: 9) == nil)
    #expect(lane.problem(seed: 4, lane: 5, bits: 31, stepLimit: 9)?.contains("seeds") == true)
    #expect(lane.problem(seed: 3, lane: 5, bits: 53, stepLimit: 9)?.contains("seeds") == true)
    for change: (inout PipedLane) -> Void in [
      { $0.step = -1 }, { $0.step = 10 }, { $0.step = .max }, { $0.episode = .max },
      { $0.episode = -1 }, { $0.episode = -2 }, { $0.seed = 0 }, { $0.nextSeed = 1 << 60 },
    ] {
      var changed = lane
      change(&changed)
      #expect(changed.problem(seed: 3, lane: 5, bits: 31, stepLimit: 9) != nil, "\(changed)")
    }
  }
}

@Suite struct `The size of a message` {
  @Test(arguments: [
    MessageLayout(
      observations: .box(BoxSpace(shape: [84, 84, 4], bounds: 0...255, elementType: .uint8)),
      actions: .discrete(3), hasActionMask: true),
    MessageLayout(
      observations: .box(BoxSpace(shape: [5000], bounds: -1...1)),
      actions: .box(lower: [-1, -1], upper: [1, 1]), hasActionMask: false),
  ])
  func `is known before it is asked for`(layout: MessageLayout) {
    let count = layout.mostEnvironments(isBinary: true)
    #expect(count > 1)
    // The longest reply: every episode has ended.
    var rows = ReplyRows()
    rows.observations = Array(repeating: 0, count: count * layout.observationSize)
    rows.finalObservations = rows.observations
    rows.rewards = Array(repeating: 0, count: count)
    rows.outcomes = Array(repeating: .terminated, count: count)
    rows.masks = Array(repeating: 1, count: count * layout.maskSize)
    var writer = ByteWriter()
    ReplyEncoder(layout: layout, isBinary: true).write(&writer, rows, kind: .step, id: 0)
    #expect(writer.count <= FrameHeader.maximumFrame)
    #expect(writer.count > FrameHeader.maximumFrame * 9 / 10)
  }
}
