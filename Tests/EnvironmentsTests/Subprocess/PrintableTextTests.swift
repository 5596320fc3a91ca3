import GSL
import Testing

@testable import Environments

@Suite struct `Text of another program` {
  @Test(arguments: [
    ("plain, even ünïcode 猫", "plain, even ünïcode 猫"),
    ("\u{1B}[1;31mred\u{1B}[0m", "red"),
    ("\u{1B}]0;title\u{07}after", "after"),
    ("\u{1B}]0;title\u{1B}\\after", "after"),
    ("\u{1B}", ""), ("\u{1B}[", ""), ("\u{1B}cx", "x"),
    ("two\nlines\ttab", "two⏎lines tab"),
    ("bell\u{07} delete\u{7F} c1\u{9B}2J", "bell· delete· c1·2J"),
    ("turned \u{202E}round", "turned ·round"),
  ])
  func `is shown without what a terminal obeys`(text: String, expected: String) {
    #expect(printable(text) == expected)
  }

  @Test func `is cut with a word on its length`() {
    #expect(printable(String(repeating: "x", count: 5000), limit: 10) == "xxxxxxxxxx… (5000 bytes)")
    #expect(shortened(Array(0..<100)) == "[0, 1, 2, 3, 4, 5, 6, 7, … 100 in all]")
  }

  @Test func `of any bytes has no control characters`() {
    var stream = RandomStream(seed: 1, purpose: "printable")
    for _ in 0..<2000 {
      let bytes = (0..<stream.index(below: 60)).map { _ in
        UInt8(truncatingIfNeeded: stream.index(below: 3) == 0 ? 0x1B : stream.nextUInt32())
      }
      let shown = printable(String(decoding: bytes, as: UTF8.self))
      #expect(
        shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    }
  }
}
