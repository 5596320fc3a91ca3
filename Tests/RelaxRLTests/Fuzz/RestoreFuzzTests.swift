import Foundation
import GSL
import TestSupport
import Testing

/// Random damage to a state in JSON that leaves it JSON, mostly: what a decoder lets through.
private struct StateMutator {
  var stream: RandomStream
  private static let values = [
    "-1", "0", "1", "0.5", "1e300", "-1e300", "1e17", "1e999", "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615", "null", "true", "\"x\"", "[]", "{}", "[1,2]", "4294967296", "1e-320",
  ]

  /// A text with one to three changes.
  mutating func damage(_ text: String) -> String {
    var text = text
    for _ in 0...stream.index(below: 3) {
      // Values and whole lists, by place.
      let places = text.ranges(of: /-?\d[\d.eE+-]*|\[[^\[\]{}]*\]|true|false/)
      guard !places.isEmpty else { return text }
      let place = places[stream.index(below: places.count)]
      switch stream.index(below: 8) {
      case 0: text.removeSubrange(place)
      case 1: text.replaceSubrange(place, with: "[\(text[place])]")
      case 2: text.replaceSubrange(place, with: "\(text[place]),\(text[place])")
      case 3: text = String(text.prefix(stream.index(below: text.count + 1)))
      default:
        text.replaceSubrange(place, with: Self.values[stream.index(below: Self.values.count)])
      }
    }
    return text
  }
}

@Suite struct `Fuzz: a state that a client restores` {
  private static let tasks = [
    ("cartpole", 2), ("mountaincar", 3), ("mountaincar-continuous", 0), ("pendulum", 0),
    ("acrobot", 3),
    ("bandit", 4), ("gaussian-bandit", 4), ("contextual-bandit", 3), ("corridor", 2),
    ("random-mdp", 3), ("quadratic", -20), ("orchard", -3), ("minatar-asterix", 5),
    ("minatar-breakout", 3), ("minatar-freeway", 3), ("minatar-seaquest", 6),
    ("minatar-space-invaders", 4),
  ]

  /// Answers to requests, one for each.
  private func serve(_ task: String, _ requests: [String], in folder: TemporaryFolder) throws
    -> [[String: Any]]
  {
    let hello =
      #"{"encodings":["json"],"id":0,"num_envs":1,"protocol":"1.0","type":"hello"}"#
    try folder.write(
      Array(([hello] + requests).map { $0 + "\n" }.joined().utf8), to: "requests")
    let ended = try RunningProgram(
      "/bin/sh", ["-c", "exec \"$0\" serve-env --env \(task) < requests", CommandLineProgram.path],
      in: folder.path
    ).wait(seconds: 60 + 0.02 * Double(requests.count))
    #expect(ended.status == 0, "\(task): \(ended.status), \(ended.errors.suffix(1000))")
    return try ended.outputLines.dropFirst().map { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
  }

  @Test(arguments: tasks)
  func `is refused, or played on with finite numbers`(task: String, actions: Int) throws {
    let folder = try TemporaryFolder()
    let reset = #"{"type":"reset","id":1,"env_ids":[0],"seeds":[5]}"#
    // So many choices at once are negative here: the value 1 of all but the last, which is 0.
    let several = String(repeating: "1,", count: max(-actions - 1, 0))
    let action = actions < 0 ? "[\(several)0]" : actions == 0 ? "[0.5]" : "\(actions - 1)"
    let step = #"{"type":"step","id":2,"env_ids":[0],"actions":[\#(action)],"seeds":[6]}"#
    let snapshot = #"{"type":"snapshot","id":3,"env_ids":[0]}"#
    let known = try serve(task, [reset, snapshot, step], in: folder)
    let state = try #require((known[1]["states"] as? [String])?.first)

    var mutator = StateMutator(stream: RandomStream(seed: 7, purpose: "fuzz-restore"))
    var requests: [String] = []
    let count = FuzzCases.numbers(60).count
    var texts: [String] = []
    for _ in 0..<count {
      let text = mutator.damage(state)
      texts.append(text)
      let encoded = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self)
      requests += [
        reset, #"{"type":"restore","id":4,"env_ids":[0],"states":\#(encoded)}"#, step, step, reset,
        step,
      ]
    }
    let replies = try serve(task, requests, in: folder)
    try #require(replies.count == requests.count, "\(task) ended after \(replies.count) replies")
    var refused = 0
    for (index, text) in texts.enumerated() {
      let answers = replies[6 * index..<6 * index + 6].map { $0 }
      if answers[1]["type"] as? String == "error" {
        refused += 1
        // A refused state has changed nothing.
        #expect(answers[2]["obs"] as? [[Double]] == known[2]["obs"] as? [[Double]], "\(text)")
      } else {
        for answer in answers[2...3] {
          let problem = answer["error"] as? [String: Any]
          // A state of an episode that had not begun or is over is not stepped.
          #expect(
            problem == nil || problem?["code"] as? String == "not-reset", "\(text): \(answer)")
        }
      }
      #expect(answers[5]["obs"] as? [[Double]] == known[2]["obs"] as? [[Double]], "\(text)")
    }
    #expect(refused > count / 3 && refused <= count, "\(task): \(refused) of \(count)")
  }
}
