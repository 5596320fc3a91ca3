import Foundation
import ReinforcementLearning
import Runs
import Testing

private struct Described: Codable, DescribedSettings {
  var learningRate = 0.1
  var critic = Part()
  var actor = Part()

  static let descriptions = ["learningRate": "How fast."]

  struct Part: Codable, DescribedSettings {
    var learningRate = 0.2
    var gain = 1.0

    static let descriptions = ["gain": "How much."]
  }
}

@Suite struct `Nested settings` {
  @Test func `can be named shorter where only one is meant`() throws {
    var table = SettingsTable(Described(), hiding: ["actor"])
    try table.apply(assignments: ["learning_rate=1", "critic_learning_rate=2", "gain=3"])
    #expect(table["learning_rate"] == .number(1))
    #expect(table["critic.learning_rate"] == .number(2))
    #expect(table["critic.gain"] == .number(3))
    var both = SettingsTable(Described())
    #expect(throws: ConfigurationError.self) { try both.apply(assignments: ["gain=3"]) }
    try both.apply(assignments: ["actor_gain=3"])
    #expect(try both.decode(Described.self).actor.gain == 3)
  }

  @Test func `that are hidden keep their values and are no settings`() throws {
    var table = SettingsTable(Described(), hiding: ["actor", "critic.gain"])
    #expect(table.keys == ["learning_rate", "critic.learning_rate"])
    #expect(table["actor.gain"] == nil && table["critic.gain"] == nil)
    #expect(throws: ConfigurationError.self) { try table.apply(assignments: ["critic.gain=3"]) }
    #expect(!table.yaml().contains("gain"))
    #expect(try table.decode(Described.self).actor.gain == 1)
  }

  @Test func `have the descriptions of their structures`() {
    let table = SettingsTable(Described())
    #expect(table.description(of: "learning_rate") == "How fast.")
    #expect(table.description(of: "critic.gain") == "How much.")
    #expect(table.description(of: "critic.learning_rate") == nil)
    let text = table.yaml(explains: true)
    #expect(text.hasPrefix("# How fast.\nlearning_rate: 0.1\ncritic:\n  learning_rate: 0.2\n"))
    #expect(text.contains("  # How much.\n  gain: 1.0\n"))
  }
}

@Suite struct `A file with blocks` {
  private let text = "a: 1\ntasks:\n  x, y  z:\n    a: 2\n  w: {b: {c: 3}}\n"

  @Test func `has settings for some tasks below tasks`() throws {
    let file = try ConfigurationFile(yaml: text, path: "file", hasBlocks: true)
    #expect(file.keys == ["a"])
    #expect(file.blocks.map(\.names) == [["x", "y z"], ["w"]])
    #expect(file.keepingBlocks { $0.names.contains("w") }.keys == ["a", "b.c"])
    #expect(file.keepingBlocks { _ in true }.keys == ["a", "a", "b.c"])
  }

  @Test func `is one without blocks where none are expected`() throws {
    #expect(
      try ConfigurationFile(yaml: text, path: "file").keys == [
        "a", "tasks.x, y  z.a", "tasks.w.b.c",
      ])
  }
}
