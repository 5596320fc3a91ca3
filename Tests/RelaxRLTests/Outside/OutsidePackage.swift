import Foundation
import TestSupport
import Testing

/// A package outside this one, as users have theirs: both examples and the programs of the documentation.
///
/// They stand in one package, so that one build is enough, with the manifest of an example.
struct OutsidePackage {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  /// Built by the first test that asks for it.
  private static let built = Result { try OutsidePackage() }

  private let scratch = root + "/.build/outside"
  private let configuration = CommandLineProgram.path.contains("/debug/") ? "debug" : "release"
  private var package: String { scratch + "/package" }

  /// Runs one of its programs to the end.
  static func run(
    _ program: String, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> EndedProgram {
    try start(program, arguments, in: folder).wait()
  }

  /// Starts one of its programs.
  static func start(
    _ program: String, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> RunningProgram {
    let package = try built.get()
    return try RunningProgram(
      "\(package.scratch)/\(package.configuration)/\(program)", arguments, in: folder.path)
  }

  /// Runs lines of a shell, to which `swift run -c release PROGRAM` is one of its programs, as it is built,
  /// and the programs of this package can be found.
  static func shell(_ lines: String, in folder: TemporaryFolder) throws -> EndedProgram {
    let package = try built.get()
    let tools = URL(fileURLWithPath: CommandLineProgram.path).deletingLastPathComponent().path
    let script = """
      set -e
      PATH='\(tools)':$PATH
      swift() {
        [ "$1 $2 $3" = "run -c release" ]
        '\(package.scratch)/\(package.configuration)'/"${@:4}"
      }
      \(lines)
      """
    return try RunningProgram("/bin/bash", ["-c", script], in: folder.path).wait()
  }

  /// Runs its tests.
  static func test() throws -> EndedProgram {
    try built.get().swift("test", ["--skip-build", "--disable-xctest"])
  }

  /// A file of this repository.
  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }

  /// The Swift sources of an example, by name.
  static func sources(of example: String) throws -> [String: String] {
    let folder = "Examples/\(example)/Sources/\(example)"
    var found: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)") {
      found[name] = try text("\(folder)/\(name)")
    }
    return found
  }

  /// The Swift of a page, piece by piece.
  static func pieces(of page: String) throws -> [String] {
    try text(page).components(separatedBy: "```swift\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
  }

  private init() throws {
    let manifest = try Self.text("Examples/OwnTask/Package.swift")
    var files = ["Package.swift": try Self.manifest(from: manifest)]
    for example in ["OwnTask", "OwnAgent"] {
      for (name, text) in try Self.sources(of: example) {
        files["Sources/\(example)/\(name)"] = text
      }
      let own = try Self.text("Examples/\(example)/Package.swift")
      #expect(own == manifest.replacingOccurrences(of: "OwnTask", with: example))
    }
    for (name, text) in try Probe.sources() { files["Sources/Probe/\(name)"] = text }
    // The tutorial's task as it is, its test, and what acts by what was learned.
    let pieces = try Self.pieces(of: "docs/tutorials/own-environment.md")
    try #require(pieces.count == 3)
    files["Sources/Walk/main.swift"] = pieces[0]
    let lines = pieces[0].components(separatedBy: "\n").filter { !$0.hasPrefix("RelaxRL.main") }
    files["Tests/WalkTests/Walk.swift"] = lines.joined(separator: "\n")
    files["Tests/WalkTests/WalkTests.swift"] = pieces[1]
    let drawing = try Self.pieces(of: "docs/environments.md")
    try #require(drawing.count == 1)
    files["Tests/WalkTests/Picture.swift"] =
      "import RelaxRL\n\nextension Walk {\n\(drawing[0])}\n"
    files["Sources/Play/main.swift"] = pieces[2]
    files["Sources/BlackBox/main.swift"] =
      try Self.pieces(of: "docs/tutorials/own-black-box.md").joined()
    let callback = try #require(try Self.pieces(of: "docs/experiments.md").first)
    files["Sources/Patience/main.swift"] = callback
    for (name, text) in files { try write(text, to: name) }
    // The same versions of other packages, which are in the package manager's cache already.
    if let resolved = try? Self.text("Package.resolved") {
      try write(resolved, to: "Package.resolved")
    }
    let build = try swift("build", ["--build-tests"])
    try #require(build.status == 0, "\(build.output.suffix(3000))\(build.errors.suffix(3000))")
  }

  /// An example's manifest, away from here and with more targets.
  private static func manifest(from example: String) throws -> String {
    let target = try #require(
      example.components(separatedBy: "targets: [\n").last?.components(separatedBy: "\n  ])").first)
    var targets = ["BlackBox", "OwnAgent", "Patience", "Play", "Probe", "Walk"].map {
      target.replacingOccurrences(of: "\"OwnTask\"", with: "\"\($0)\"")
    }
    targets.append(
      """
      .testTarget(
        name: "WalkTests",
        dependencies: [
          .product(name: "RelaxRL", package: "RelaxRL"),
          .product(name: "EnvironmentContract", package: "RelaxRL"),
        ])
      """)
    let moved = example.replacingOccurrences(of: "\"../..\"", with: "\"\(root)\"")
      .replacingOccurrences(of: target, with: ([target] + targets).joined(separator: ",\n"))
    #expect(moved.contains(root) && moved.contains("WalkTests"))
    return moved
  }

  /// Writes a file if it is not there, so that nothing is compiled twice.
  private func write(_ text: String, to name: String) throws {
    let path = "\(package)/\(name)"
    if let present = try? String(contentsOfFile: path, encoding: .utf8), present == text { return }
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// Kept between runs of the tests: only the first builds everything.
  private func swift(_ command: String, _ arguments: [String]) throws -> EndedProgram {
    try RunningProgram(
      "/usr/bin/env",
      ["swift", command, "-c", configuration, "--package-path", package, "--scratch-path", scratch]
        + arguments, in: package
    ).wait(seconds: 840)
  }
}
