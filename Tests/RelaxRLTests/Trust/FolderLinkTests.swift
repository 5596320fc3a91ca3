import Foundation
import RelaxRL
import Runs
import Testing

@Suite struct `Something else in the place of a run's file` {
  private static let files = [
    "config.yaml", ".lock", "progress.csv", "episodes.csv", "summary.json",
    "checkpoints/last.safetensors", "checkpoints/previous.safetensors",
    "checkpoints/best.safetensors", "checkpoints/.last.safetensors.new",
    "checkpoints/.previous.safetensors.new", "checkpoints/.best.safetensors.new",
    "checkpoints/damaged.safetensors", ".summary.json.new", ".config.yaml.new",
  ]

  /// Everything outside the run, with its bytes.
  private static func outside(_ run: SmallRun) throws -> [String: [UInt8]] {
    let folder = run.folder
    var contents: [String: [UInt8]] = [:]
    for name in try folder.contents("outside") {
      contents[name] = (try? folder.bytes("outside/\(name)")) ?? []
    }
    return contents
  }

  private static func goOn(_ run: SmallRun, _ message: String) throws {
    for arguments in [
      ["resume", "run", "--quiet", "--steps", "800", "--set", "checkpoint_interval=100"],
      ["resume", "run", "--quiet", "--steps", "1200", "--use-previous"],
      ["evaluate", "run", "--episodes", "1"],
    ] {
      let ended = try RunningProgram(
        CommandLineProgram.path, arguments, in: run.folder.path
      ).wait(seconds: 30)
      #expect([0, 1, 64].contains(ended.status), "\(message): \(ended.status) \(ended.errors)")
    }
  }

  @Test(arguments: files, ["symbolic link", "hard link"])
  func `a link leads to nothing being written outside`(file: String, kind: String) throws {
    let run = try SmallRun()
    let folder = run.folder
    let files = FileManager.default
    try files.createDirectory(
      atPath: "\(folder.path)/outside", withIntermediateDirectories: false)
    let bytes = (try? folder.bytes("run/\(file)")) ?? Array("somebody's".utf8)
    try folder.write(bytes, to: "outside/target")
    try? files.removeItem(atPath: "\(run.path)/\(file)")
    let (link, target) = ("\(run.path)/\(file)", "\(folder.path)/outside/target")
    if kind == "hard link" {
      try files.linkItem(atPath: target, toPath: link)
    } else {
      try files.createSymbolicLink(atPath: link, withDestinationPath: target)
    }
    let before = try Self.outside(run)
    try Self.goOn(run, "\(kind) \(file)")
    #expect(try Self.outside(run) == before, "\(kind) \(file)")
  }

  @Test(arguments: ["checkpoints", "tensorboard"])
  func `a link in the place of a folder is refused`(name: String) throws {
    let run = try SmallRun()
    let folder = run.folder
    let files = FileManager.default
    try files.createDirectory(
      atPath: "\(folder.path)/outside", withIntermediateDirectories: false)
    try files.moveItem(
      atPath: "\(run.path)/\(name)", toPath: "\(folder.path)/outside/\(name)")
    try files.createSymbolicLink(
      atPath: "\(run.path)/\(name)", withDestinationPath: "\(folder.path)/outside/\(name)")
    let before = try Self.outside(run)
    let ended = try run.program("resume", "run", "--steps", "800")
    #expect(
      ended.status == 1 && ended.errors.contains("run/\(name) is no folder"), "\(ended.errors)")
    #expect(try Self.outside(run) == before)
  }

  @Test(arguments: files)
  func `a pipe that nobody writes keeps nobody waiting`(file: String) throws {
    let run = try SmallRun()
    try? FileManager.default.removeItem(atPath: "\(run.path)/\(file)")
    try #require(mkfifo("\(run.path)/\(file)", 0o600) == 0)
    try Self.goOn(run, "a pipe as \(file)")
  }

  @Test(arguments: files)
  func `a folder is no file`(file: String) throws {
    let run = try SmallRun()
    try? FileManager.default.removeItem(atPath: "\(run.path)/\(file)")
    try FileManager.default.createDirectory(
      atPath: "\(run.path)/\(file)", withIntermediateDirectories: false)
    try Self.goOn(run, "a folder as \(file)")
  }

  @Test func `a file as large as no memory is refused`() throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "truncate -s 4T run/checkpoints/last.safetensors || exit 77; \"$1\" resume run --steps 800")
    #expect([1, 77].contains(ended.status), "\(ended.errors)")
  }

  @Test func `a copy made of hard links leaves the original as it was`() throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "cp -al run copy && cp -a run before && \"$1\" resume copy --quiet --steps 800 && "
        + "diff -r run before")
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
  }

  @Test(arguments: ["progress_csv_bytes", "episodes_csv_bytes"])
  func `a length that is not that of the rows cuts no table`(key: String) throws {
    let run = try SmallRun()
    let folder = run.folder
    let file = "run/checkpoints/last.safetensors"
    var checkpoint = try CheckpointFile(bytes: try folder.bytes(file), file: file)
    let table = try run.text("progress.csv") + run.text("episodes.csv")
    let length = try #require(Int(checkpoint.state[key] ?? ""))
    for changed in [0, 5, length / 2, length - 1] {
      checkpoint.state[key] = "\(changed)"
      try folder.write(checkpoint.serialized(), to: file)
      let ended = try run.program("resume", "run", "--steps", "800")
      #expect(ended.status == 1 && ended.errors.contains(".csv"), "\(ended.errors)")
      #expect(try run.text("progress.csv") + run.text("episodes.csv") == table)
    }
  }
}
