import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `The charts of a run` {
  @Test(
    .enabled(
      if: tensorBoardPython != nil,
      "Needs a Python with tensorboard: set RELAXRL_PYTHON or make .venv in the package's folder."))
  func `TensorBoard shows what progress-csv says, also after an interruption`() throws {
    let folder = try TemporaryFolder()
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "relax-a2c", "--env", "cartpole", "--seed", "1", "--run-dir", "run", "--quiet"]
        + ["--steps", "1000000000", "--no-stop-when-solved", "--json"]
        // The default is a share of all steps.
        + ["--set", "progress_interval=500"], in: folder.path)
    try program.waitForSession(folder, "run")
    usleep(100_000)
    program.send(SIGINT)
    let first = try program.wait()
    try #require(first.status == 0, "\(first.errors)")
    let done = try #require(try first.json()["steps"] as? Int)
    // Twice more: a session that ends on a point of the charts, and one that begins there.
    for more in [CommandLineProgram.steps(30_000), CommandLineProgram.steps(60_000)] {
      let resumed = try CommandLineProgram.run(
        ["resume", "run", "--quiet", "--steps", "\(done + more)"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
    }

    let read = try #require(tensorBoardPython)
      .run(tensorBoardReader, [folder.path + "/run/tensorboard"])
    let curves = try JSONDecoder().decode([String: [[Double]]].self, from: read)
    let table = String(decoding: try folder.bytes("run/progress.csv"), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let rows = table.dropFirst()
    #expect(rows.count >= 10)
    for (column, name) in table[0].enumerated() {
      guard !["step", "updates", "episodes", "solved"].contains(name) else { continue }
      let curve = try #require(curves["train/\(name)"], "No curve of \(name).")
      let expected: [[Double]] = rows.compactMap { row in
        guard let step = Double(row[0]), let value = Double(row[column]) else { return nil }
        return [step, Double(Float(value))]
      }
      #expect(curve.map { Array($0.prefix(2)) } == expected, "\(name)")
    }
  }

  @Test(
    .enabled(
      if: tensorBoardPython != nil,
      "Needs a Python with tensorboard: set RELAXRL_PYTHON or make .venv in the package's folder."),
    arguments: [1, 4])
  func `TensorBoard shows what evaluations-csv says, also after a kill`(episodes: Int) throws {
    let folder = try TemporaryFolder()
    let steps = CommandLineProgram.steps(60_000)
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "a2c", "--env", "cartpole", "--seed", "2", "--run-dir", "run", "--quiet"]
        + ["--steps", "1000000000", "--no-stop-when-solved", "--eval-every", "\(steps / 20)"]
        + ["--eval-episodes", "\(episodes)", "--set", "checkpoint_interval=\(steps / 7)"],
      in: folder.path)
    let table = folder.path + "/run/evaluations.csv"
    for _ in 0..<60_000
    where (try? String(contentsOfFile: table, encoding: .utf8))?.contains("\n5,") != true {
      usleep(1000)
    }
    program.send(SIGKILL)
    #expect(try program.wait().status == 128 + SIGKILL)
    // Evaluations that the last checkpoint does not know of are made again; each is there once.
    let resumed = try RunningProgram(
      CommandLineProgram.path, ["resume", "run", "--quiet", "--json"], in: folder.path)
    // It is on its way once the table is another one.
    let before = try? String(contentsOfFile: table, encoding: .utf8)
    for _ in 0..<60_000 {
      if (try? String(contentsOfFile: table, encoding: .utf8)) != before { break }
      usleep(1000)
    }
    resumed.send(SIGINT)
    let ended = try resumed.wait()
    try #require(ended.status == 0, "\(ended.errors)")

    let read = try #require(tensorBoardPython)
      .run(tensorBoardReader, [folder.path + "/run/tensorboard"])
    let curves = try JSONDecoder().decode([String: [[Double]]].self, from: read)
    let rows = String(decoding: try folder.bytes("run/evaluations.csv"), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows.count >= 6)
    for (column, name) in rows[0].enumerated() where ["mean_return", "deviation"].contains(name) {
      let expected: [[Double]] = rows.dropFirst().compactMap { row in
        guard let step = Double(row[1]), let value = Double(row[column]) else { return nil }
        return [step, Double(Float(value))]
      }
      let curve = curves["eval/\(name)"] ?? []
      #expect(curve.map { Array($0.prefix(2)) } == expected, "\(name)")
      // One episode has no deviation.
      #expect(expected.isEmpty == (episodes == 1 && name == "deviation"), "\(name)")
    }
    #expect(Set(rows.dropFirst().map { $0[0] }).count == rows.count - 1)
  }

  /// What TensorBoard's page of hyper-parameters reads.
  private static let settingsReader = """
    import json, sys
    from google.protobuf import json_format
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata
    runs = []
    for folder in sys.argv[1:]:
        events = EventAccumulator(folder + "/tensorboard", size_guidance={"scalars": 0})
        events.Reload()
        (content,) = events.PluginTagToContent(metadata.PLUGIN_NAME).values()
        start = metadata.parse_session_start_info_plugin_data(content)
        runs.append({"settings": {name: json_format.MessageToDict(value)
                                  for name, value in start.hparams.items()},
                     "group": start.group_name,
                     "lengths": [[e.step, e.value] for e in events.Scalars("train/mean_length_100")],
                     "speeds": [e.value for e in events.Scalars("time/steps_per_second")]})
    print(json.dumps(runs))
    """

  private struct Run: Decodable {
    enum Setting: Decodable, Equatable {
      case number(Double)
      case flag(Bool)
      case text(String)

      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
          self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
          self = .number(number)
        } else {
          self = .text(try value.decode(String.self))
        }
      }
    }

    var settings: [String: Setting]
    var group: String
    var lengths: [[Double]]
    var speeds: [Double]
  }

  @Test(
    .enabled(
      if: tensorBoardPython != nil,
      "Needs a Python with tensorboard: set RELAXRL_PYTHON or make .venv in the package's folder."))
  func `TensorBoard shows settings, lengths of episodes and steps per second`() throws {
    let folder = try TemporaryFolder()
    for (name, more) in [
      ("one", ["--seed", "1"]), ("two", ["--seed", "2"]),
      ("other", ["--seed", "1", "--set", "discount=0.9"]),
    ] {
      let ended = try CommandLineProgram.run(
        ["--agent", "a2c", "--env", "cartpole", "--quiet", "--run-dir", name]
          + ["--steps", "\(CommandLineProgram.steps(40_000))", "--no-stop-when-solved"] + more,
        in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
    }
    // A second session changes nothing of it.
    let resumed = try CommandLineProgram.run(
      ["resume", "two", "--quiet", "--steps", "\(CommandLineProgram.steps(50_000))"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    let read = try #require(tensorBoardPython).run(
      Self.settingsReader, ["one", "two", "other"].map { "\(folder.path)/\($0)" })
    let runs = try JSONDecoder().decode([Run].self, from: read)
    try #require(runs.count == 3)
    #expect(runs[0].settings["agent"] == .text("a2c") && runs[0].settings["seed"] == .number(1))
    #expect(runs[0].settings["normalize_rewards"] == .flag(false))
    #expect(runs[2].settings["discount"] == .number(0.9))
    #expect(runs[0].settings["hidden_sizes"] != nil)
    #expect(runs[0].group == runs[1].group && runs[0].group != runs[2].group)
    for run in runs {
      // Each step of CartPole is worth 1.
      #expect(run.lengths.count > 3 && run.lengths.allSatisfy { (1...500).contains($0[1]) })
      #expect(run.speeds.count >= run.lengths.count && run.speeds.allSatisfy { $0 > 0 })
    }
  }
}
