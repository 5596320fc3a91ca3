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
  @Test func `are read to the last bit, whatever their number of digits`() throws {
    var stream = RandomStream(seed: 4, purpose: "json")
    for _ in 0..<20_000 {
      // All magnitudes, and the short decimals that people write.
      let random = Double(bitPattern: stream.next())
      for value in [random, (random / random.binade * 1000).rounded() / 1000] where value.isFinite {
        #expect(try number("\(value)") == value)
        #expect(try number(" \(Float(value).isFinite ? Float(value) : 0) ").isFinite)
      }
    }
  }

  @Test(arguments: ["", "-", ".5", "1.", "1e", "+1", "0x10", "1 2", "--1", "e5"])
  func `that are none are refused`(text: String) {
    #expect(throws: JSONScanner.Failure.self) { try number(text) }
  }

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
  @Test func `depends on run, lane and episode, and fits every JSON reader`() {
    var seeds: Set<UInt64> = []
    for run in 0..<4 {
      for lane in 0..<16 {
        for episode in 0..<64 { seeds.insert(PipedLane.seed(UInt64(run), lane, episode)) }
      }
    }
    #expect(seeds.count == 4 * 16 * 64)
    #expect(seeds.allSatisfy { $0 < 1 << 53 })
    // The first 53 bits of the stream that a built-in environment gets.
    var stream = RandomStream(seed: 3, purpose: "environment", lane: 5, episode: 2)
    #expect(PipedLane.seed(3, 5, 2) == stream.next() >> 11)
  }
}
