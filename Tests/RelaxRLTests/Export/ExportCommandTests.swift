import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `rl-train export` {
  @Test func `writes what was asked for, for a default network under 100 kB of C`() throws {
    let run = try SmallRun(["--set", "hidden_sizes=64,64"], env: ["--env", "cartpole"])
    let ended = try run.program("export", "run", "--onnx", "policy.onnx", "--c", "policy.c")
    try #require(ended.status == 0, "\(ended.errors)")
    let sizes = try ["policy.onnx", "policy.c", "policy.h"].map { try run.folder.bytes($0).count }
    #expect(sizes[1] < 100_000 && sizes[1] > 20_000)
    #expect(ended.outputLines.count == 3 && ended.errors.isEmpty)
    let policy = try Policy(run: run.path)
    #expect(try run.folder.bytes("policy.onnx") == policy.onnxModel())
    let text = try policy.cSource(named: "policy")
    #expect(try run.folder.bytes("policy.c") == Array(text.source.utf8))
    #expect(try run.folder.bytes("policy.h") == Array(text.header.utf8))
    // Whose it is.
    for part in [text.source, text.header] {
      #expect(part.contains("special exception") && part.contains("any terms you choose"))
    }
    #expect(!text.source.contains(run.folder.path))
  }

  @Test func `takes the checkpoint that is asked for`() throws {
    let run = try SmallRun(["--eval-every", "100", "--eval-episodes", "1"])
    func exported(_ more: String...) throws -> [UInt8] {
      let ended = try CommandLineProgram.run(
        ["export", "run", "--onnx", "p.onnx"] + more, in: run.folder)
      try #require(ended.status == 0, "\(ended.errors)")
      return try run.folder.bytes("p.onnx")
    }
    #expect(
      try exported("--checkpoint", "last") == Policy(run: run.path, checkpoint: .last).onnxModel())
    #expect(try exported() == exported("--checkpoint", "best"))
    #expect(try exported() != exported("--checkpoint", "last"))
  }

  @Test(arguments: [
    (["run"], 64, "--onnx policy.onnx"), (["run", "--onnx", ""], 64, "--onnx must name a file"),
    (["run", "--c", "policy.h"], 64, "ends in .c"), (["run", "--c", ".c"], 64, "ends in .c"),
    (["nothing", "--c", "p.c"], 64, "no such folder"), ([".", "--c", "p.c"], 64, "config.yaml"),
    (["run", "--c", "p.c", "--checkpoint", "newest"], 64, "best or last"),
    (["run", "--onnx", "none/p.onnx"], 1, "none/"), (["run", "--onnx", "run"], 1, "run"),
  ])
  func `says what is wrong, and writes nothing`(
    arguments: [String], status: Int32, fragment: String
  ) throws {
    let run = try SmallRun()
    let before = try run.folder.contents()
    let ended = try CommandLineProgram.run(["export"] + arguments, in: run.folder)
    #expect(ended.status == status && ended.output.isEmpty && ended.errorLines.count == 1)
    #expect(ended.errors.contains(fragment), "\(ended.errors)")
    #expect(try run.folder.contents() == before)
  }

  @Test(.enabled(if: SimulatorTools.compiler != nil, SimulatorTools.needsCompiler))
  func `names of files and of tasks cannot break the C`() throws {
    let run = try SmallRun()
    for name in ["2 legs.c", "int.c", "a-b.c"] {
      let ended = try run.program("export", "run", "--c", name)
      try #require(ended.status == 0, "\(ended.errors)")
      let compiled = try RunningProgram(
        try #require(SimulatorTools.compiler),
        ["-std=c99", "-Wall", "-Werror", "-c", "-o", "x.o", name], in: run.folder.path
      ).wait()
      #expect(compiled.status == 0, "\(compiled.errors)")
    }
  }

  @Test func `of an agent of one's own that is no graph says so`() throws {
    let scenario = ExportScenario("a2c", .discrete(2))
    let policy = try Policy.opaque(scenario)
    for attempt: () throws -> Void in [
      { _ = try policy.onnxModel() }, { _ = try policy.cSource(named: "p") },
    ] {
      #expect(throws: ExportError.notAGraph(agent: "mine"), performing: attempt)
    }
  }
}
