import ArgumentParser
import Runs

/// `rl-train export <run-dir> --onnx policy.onnx --c policy.c`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write what a run has learned as a program of its own.",
    discussion: """
      Normalization and masks are inside; actions are the likeliest. What is exported is yours.
      """)

  @Argument(help: "The run folder.", completion: .runFolders)
  var runDir: String

  @Option(help: ArgumentHelp("An ONNX model to write.", valueName: "file"), completion: .file())
  var onnx: String?

  @Option(
    help: ArgumentHelp(
      "A C99 source to write, and its header beside it: no libraries, no allocation.",
      valueName: "file.c"), completion: .file(extensions: ["c"]))
  var c: String?

  @Option(help: "best (highest mean training return) or last.", completion: .checkpoints)
  var checkpoint: String?

  func run() throws {
    try Exit.reporting {
      guard onnx != nil || c != nil else {
        throw UsageError(
          "Nothing to write: name a file with --onnx policy.onnx, --c policy.c or both.")
      }
      if onnx?.isEmpty == true { throw UsageError("--onnx must name a file, but is empty.") }
      if let c, !c.hasSuffix(".c") || FilePath.name(of: c) == ".c" {
        throw UsageError("--c must name a file that ends in .c, such as policy.c, but is \(c).")
      }
      let policy = try Policy(
        TrainedRun(runDir, slot: checkpoint.map { try CheckpointStore.Slot(typed: $0) }))
      if let onnx { try write(policy.onnxModel(), to: onnx) }
      if let c {
        let stem = String(c.dropLast(2))
        let text = try policy.cSource(named: FilePath.name(of: stem))
        try write(Array(text.header.utf8), to: stem + ".h")
        try write(Array(text.source.utf8), to: c)
      }
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    try FileSystem.uninterrupted.replaceAtomically(path, with: bytes)
    StandardStreams.output("Wrote \(path), \(NumberText.grouped(bytes.count)) bytes.\n")
  }
}
