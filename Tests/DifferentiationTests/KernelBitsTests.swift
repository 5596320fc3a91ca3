import Foundation
import Testing

/// Every kernel, compiled for other widths and processors by scripts/kernel-bits.sh.
@Suite(.serialized) struct `The bits of the kernels` {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Runs the script; what it lacks cancels the test.
  private func compare(_ what: String) throws -> (status: Int32, output: String) {
    let script = Process()
    script.executableURL = URL(fileURLWithPath: "/bin/sh")
    script.arguments = [Self.root.appendingPathComponent("scripts/kernel-bits.sh").path, what]
    let pipe = Pipe()
    script.standardOutput = pipe
    script.standardError = pipe
    try script.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    script.waitUntilExit()
    return (script.terminationStatus, output)
  }

  @Test(arguments: ["widths", "arm64"])
  func `are the same at every width and on arm64`(what: String) throws {
    let (status, output) = try compare(what)
    if status == 77 {
      print("The bits of the kernels (\(what)): \(output)")
      try Test.cancel("\(output)")
    }
    #expect(status == 0, "\(output)")
    #expect(output.contains("equal in "))
  }
}
