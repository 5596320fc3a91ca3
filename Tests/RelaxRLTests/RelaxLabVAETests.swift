import Formats
import Foundation
import RelaxRL
import TestSupport
import Testing

/// `relax-lab vae` and its companions on generated images.
@Suite struct `relax-lab vae` {
  private static let small =
    ["--dataset", "generated", "--latents", "4", "--control-units", "4", "--batch", "4"]

  private func run(
    _ command: String, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> EndedProgram {
    try LabProgram.start([command] + Self.small + arguments, in: folder).wait()
  }

  private func resume(_ arguments: [String], in folder: TemporaryFolder) throws -> EndedProgram {
    try LabProgram.start(["vae-resume"] + arguments, in: folder).wait()
  }

  /// Waits until a file is longer than so many bytes.
  private func wait(for file: String, above size: Int, in folder: TemporaryFolder) throws {
    for _ in 0..<60_000 {
      if let bytes = try? folder.bytes(file), bytes.count > size { return }
      usleep(1000)
    }
    Issue.record("\(file) does not grow above \(size) bytes.")
  }

  /// Whatever of a run must not depend on interruptions.
  private func digests(_ run: String, in folder: TemporaryFolder) throws -> [String: String] {
    try Dictionary(
      uniqueKeysWithValues: [
        "progress.csv", "evaluations.csv", "checkpoints/last.safetensors",
        "checkpoints/best.safetensors",
      ].map { ($0, SHA256.hexDigest(of: try folder.bytes("\(run)/\($0)"))) })
  }

  @Test(arguments: [
    ("vae", ["--batch", "0"], "--batch must be at least 1 but is 0"),
    ("vae", ["--batch", "2000"], "--batch must be at most 960"),
    ("vae", ["--latents", "1000000000"], "--latents must be at most 10000"),
    ("vae", ["--dataset", "mnist"], "--data is missing"),
    ("vae", ["--data", "nowhere"], "there is no nowhere"),
    ("vae", ["--data", "/dev/null"], "/dev/null is a file"),
    ("vae", ["--binarization", "file"], "--binarization file is for mnist"),
    ("vae", ["--out", ""], "--out must name a folder but is empty"),
    ("vae", ["--out", "/dev/null"], "/dev/null is a file"),
    ("vae", ["--out", "/"], "/ exists already and holds no run"),
    ("vae-table", ["--model", "linear1"], "Unknown option '--model'"),
    ("vae-table", ["--models", ""], "--models must not be empty"),
    ("vae-table", ["--seeds=-5"], "but has '-5'"),
    ("vae-table", ["--seeds", "1-3,2"], "--seeds must name each only once"),
    ("vae-table", ["--estimators", "rebar,relx"], "did you mean 'relax'"),
    ("vae-variance", ["--steps", "5"], "Unknown option '--steps'"),
    ("vae-variance", ["--points", ""], "--points must not be empty"),
    ("vae-variance", ["--estimators", "rebar,rebar"], "--estimators must name each only once"),
    ("vae-variance", ["--batch", "2000"], "--batch"),
  ])
  func `what it cannot do is said and nothing is written`(
    command: String, arguments: [String], message: String
  ) throws {
    let folder = try TemporaryFolder()
    let ended = try run(command, arguments, in: folder)
    #expect(ended.status == 64)
    #expect(ended.errors.contains(message), "\(ended.errors)")
    #expect(try folder.contents().isEmpty)
  }

  @Test func `a run shorter than every interval has its figures, with seconds`() throws {
    let folder = try TemporaryFolder()
    let ended = try run("vae", ["--steps", "30", "--bound-samples", "7", "--out", "x"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.output.contains("test bound, 7 samples, at the end"))
    #expect(ended.output.contains("relax-lab vae-resume x --steps"))
    #expect(!ended.output.contains("could not draw"))
    for (name, steps) in [("progress", ["30"]), ("evaluations", ["0", "30"])] {
      let rows = try LabProgram.table("x/figures/\(name).csv", in: folder)
      #expect(rows.map { $0["step"] } == steps)
      for row in rows {
        let seconds = try #require(row["seconds"].flatMap(Double.init), "\(name)")
        #expect(row["step"] == "0" ? seconds == 0 : seconds > 0)
      }
    }
  }

  @Test func `a finished run is left alone, and one of too few steps refused`() throws {
    let folder = try TemporaryFolder()
    #expect(try run("vae", ["--steps", "30", "--out", "x"], in: folder).status == 0)
    func files() throws -> [String: String] {
      try Dictionary(
        uniqueKeysWithValues: folder.contents("x").filter { $0.contains(".") }.map {
          ($0, SHA256.hexDigest(of: try folder.bytes("x/\($0)")))
        })
    }
    let before = try files()
    for arguments in [["x"], ["x", "--steps", "30"]] {
      let ended = try resume(arguments, in: folder)
      #expect(ended.status == 0)
      #expect(ended.output.contains("x is finished, with 30 steps"))
    }
    let ended = try resume(["x", "--steps", "29"], in: folder)
    #expect(ended.status == 64)
    #expect(ended.errors.contains("must be at least 30"))
    #expect(try files() == before)
  }

  @Test func `a run that is stopped in training and in its bounds has the same bytes`() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "--steps", "100005", "--progress-interval", "1000", "--evaluation-interval", "20000",
      "--checkpoint-interval", "5000", "--bound-samples", "8000",
    ]
    let whole = try run("vae", settings + ["--out", "whole"], in: folder)
    #expect(whole.status == 0, "\(whole.errors)")
    let training = try LabProgram.start(
      ["vae"] + Self.small + settings + ["--out", "parts"], in: folder)
    try wait(for: "parts/progress.csv", above: 100, in: folder)
    training.send(SIGINT)
    var ended = try training.wait()
    #expect(ended.status == 0)
    #expect(ended.errors.contains("To go on: relax-lab vae-resume parts"))
    let bounds = try LabProgram.start(["vae-resume", "parts"], in: folder)
    // The rows of the end are written before the bounds are computed.
    try wait(
      for: "parts/evaluations.csv", above: try folder.bytes("whole/evaluations.csv").count - 1,
      in: folder)
    bounds.send(SIGINT)
    ended = try bounds.wait()
    #expect(ended.status == 0)
    #expect(try !folder.contents("parts").contains("summary.json"))
    #expect(try resume(["parts"], in: folder).status == 0)
    #expect(try digests("parts", in: folder) == digests("whole", in: folder))
  }

  @Test func `a table goes on where it was interrupted, and refuses other settings`() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "--steps", "50000", "--progress-interval", "1000", "--bound-samples", "5", "--seeds", "1-2",
      "--estimators", "nvil,rebar",
    ]
    #expect(try run("vae-table", settings + ["--out", "whole"], in: folder).status == 0)
    let cells = try folder.contents("whole").filter { $0.hasSuffix("summary.json") }
      .map { $0.split(separator: "/")[0] }
    try #require(cells.count == 4)
    let first = try LabProgram.start(
      ["vae-table"] + Self.small + settings + ["--out", "parts"], in: folder)
    try wait(for: "parts/generated-linear1-rebar-layer-seed1/timing.csv", above: 20, in: folder)
    first.send(SIGINT)
    let stopped = try first.wait()
    #expect(stopped.status == 0 && stopped.errors.contains("To go on: the same command"))
    let ended = try run("vae-table", settings + ["--out", "parts"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(
      ended.errors.contains("Run 1 of 4: linear1, REINFORCE, NVIL baselines, seed 1: finished"))
    for cell in cells {
      #expect(try digests("parts/\(cell)", in: folder) == digests("whole/\(cell)", in: folder))
    }
    let rows = try LabProgram.table("parts/table.csv", in: folder)
    #expect(rows.map { $0["evaluations_per_step"] } == ["1", "2", "1", "2"])
    #expect(rows.allSatisfy { $0["learning_rate"] == "0.001" && $0["published_train"] == "" })
    for (change, message) in [
      (["--learning-rate", "0.002"], "--learning-rate is 0.001 there but 0.002 here"),
      (["--no-coupled"], "--coupled is true there but false here"),
      (["--steps", "40000"], "must be at least 50000"),
    ] {
      let ended = try run("vae-table", settings + change + ["--out", "parts"], in: folder)
      #expect(ended.status == 64)
      #expect(ended.errors.contains(message), "\(ended.errors)")
    }
  }

  @Test func `a run that fails is named in the table, and the others go on`() throws {
    let folder = try TemporaryFolder()
    let ended = try run(
      "vae-table",
      [
        "--steps", "20", "--learning-rate", "1e30", "--estimators", "rebar,nvil", "--seeds", "1",
        "--bound-samples", "0", "--out", "x",
      ], in: folder)
    #expect(ended.status == 1)
    #expect(ended.output.contains("2 of 2 runs failed"))
    #expect(!ended.errors.contains("relax-lab vae-resume"))
    let table = String(decoding: try folder.bytes("x/table.md"), as: UTF8.self)
    for estimator in ["REBAR", "REINFORCE, NVIL baselines"] {
      #expect(table.contains("* linear1, \(estimator), seed 1: The gradient of"))
    }
  }
}
