import Foundation
import GSL
import RelaxRL
import Testing

/// A run's `config.yaml`, changed at random: the run goes on to the same bytes, or not at all.
@Suite struct `Fuzz: config-yaml of run folders` {
  @Test func `no change of the file changes a run`() throws {
    let runs = try FuzzedRuns()
    for number in FuzzCases.numbers(90) {
      var stream = FuzzCases.stream(number, "fuzz-configurations")
      let run = stream.element(of: FuzzedRun.all)
      let bytes = try runs.folder.bytes("\(run.name)/config.yaml")
      let (description, changed) = Self.mutate(bytes, &stream)
      try runs.check(
        run, "case \(number), \(description)", evaluates: number % 3 == 0,
        allowed: .sameBytesOrRefusal
      ) { try $0.write(changed, to: "run/config.yaml") }
    }
  }

  private static let values = [
    "0", "-1", "-5", "1", "2", "0.5", "1e9", "1e400", ".inf", "-.inf", ".nan", "null", "~", "\"\"",
    "true", "[]", "[0]", "[100000, 100000]", "[-1]", "{}", "{a: 1}", "linear:1", "linear:", "x",
    "'", "&a [1, 2]", "*a", "!!int 3", "|", "99999999999999999999999", "0x10", "1_000", "a2c",
    "ddpg", "cartpole", "gym:CartPole-v1", "\u{0}", "\u{FEFF}", "- 1",
  ]

  private static func mutate(
    _ bytes: [UInt8], _ stream: inout RandomStream
  ) -> (String, [UInt8]) {
    var lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    let line = stream.index(below: lines.count)
    func joined() -> [UInt8] { Array(lines.joined(separator: "\n").utf8) }
    switch stream.index(below: 12) {
    case 0:
      let removed = lines.remove(at: line)
      return ("without the line \"\(removed)\"", joined())
    case 1:
      lines.insert(lines[line], at: line)
      return ("the line \"\(lines[line])\" twice", joined())
    case 2:
      let length = stream.index(below: bytes.count)
      return ("cut off after \(length) bytes", Array(bytes[..<length]))
    case 3:
      var changed = bytes
      let place = stream.index(below: bytes.count)
      changed[place] = UInt8(truncatingIfNeeded: stream.next())
      return ("byte \(place) is \(changed[place])", changed)
    case 4:
      lines.insert(
        "\(stream.element(of: ["x", "steps.a", "simulator.command", "?", "a b"])): 1", at: line)
      return ("with the line \"\(lines[line])\"", joined())
    case 5:
      return ("with a byte order mark", [0xEF, 0xBB, 0xBF] + bytes)
    case 6:
      return ("with carriage returns", Array(lines.joined(separator: "\r\n").utf8))
    case 7:
      lines.insert("  # a comment", at: line)
      return ("with a comment", joined())
    case 8:
      lines.swapAt(line, stream.index(below: lines.count))
      return ("with lines swapped", joined())
    default:
      let value = stream.element(of: values)
      let key = lines[line].prefix { $0 != ":" }
      lines[line] = "\(key): \(value)"
      return ("\(key) is \(value)", joined())
    }
  }
}
