import Foundation
import Networks
import Testing

@Suite struct `Schedules` {
  @Test(arguments: [
    ("0.0007", Schedule.constant(0.0007)), ("-1e-3", .constant(-0.001)), ("0", .constant(0)),
    ("linear:0.0007", .linear(from: 0.0007, to: 0)),
    ("linear:0.0007:0", .linear(from: 0.0007, to: 0)), ("linear:1:2.5", .linear(from: 1, to: 2.5)),
  ])
  func `are read from text and written so that they are read again`(
    text: String, expected: Schedule
  ) throws {
    #expect(try Schedule(parsing: text) == expected)
    #expect(try Schedule(parsing: expected.description) == expected)
    let data = try JSONEncoder().encode([expected])
    #expect(try JSONDecoder().decode([Schedule].self, from: data) == [expected])
    let quoted = Data("[\"\(text)\"]".utf8)
    #expect(try JSONDecoder().decode([Schedule].self, from: quoted) == [expected])
  }

  @Test(arguments: [
    ("", ScheduleError.notANumber("", in: "")), ("fast", .notANumber("fast", in: "fast")),
    ("nan", .notANumber("nan", in: "nan")), ("1e999", .notANumber("1e999", in: "1e999")),
    ("linear", .wrongNumberOfValues(0, in: "linear")),
    ("linear:", .notANumber("", in: "linear:")), ("linear:x", .notANumber("x", in: "linear:x")),
    ("linear:1:2:3", .wrongNumberOfValues(3, in: "linear:1:2:3")),
    ("cosine:1", .unknownKind("cosine", in: "cosine:1")),
    ("1:2", .wrongNumberOfValues(2, in: "1:2")),
  ])
  func `that make no sense are refused with the text`(text: String, expected: ScheduleError) {
    #expect(throws: expected) { try Schedule(parsing: text) }
    #expect(expected.description.contains("linear:START"))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Schedule].self, from: Data("[\"\(text)\"]".utf8))
    }
  }

  @Test func `a line starts and ends exactly at its values, and stays there`() {
    let line = Schedule.linear(from: 0.7, to: 0.1)
    #expect(line.value(atStep: 0, of: 7) == 0.7)
    #expect(line.value(atStep: 7, of: 7) == 0.1)
    #expect(line.value(atStep: 1000, of: 7) == 0.1)
    #expect(abs(line.value(atStep: 5, of: 10) - 0.4) < 1e-15)
    let values = (0...70).map { line.value(atStep: $0, of: 70) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 > $1 })
    #expect(zip(values, values.dropFirst()).allSatisfy { abs($0 - $1 - 0.6 / 70) < 1e-15 })
  }

  @Test(arguments: [0, 1, 1_000_000]) func `a constant stays`(step: Int) {
    #expect(Schedule.constant(0.3).value(atStep: step, of: 10) == 0.3)
  }
}
