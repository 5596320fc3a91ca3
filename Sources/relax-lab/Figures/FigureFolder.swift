import ArgumentParser
import Foundation

/// Draws figures into the folder that holds their CSV files.
struct FigureFolder {
  /// The folder that the option `--out` names, made if it is missing.
  ///
  /// - Throws: `ValidationError` for a path that cannot be a folder, before the work.
  static func make(_ path: String) throws -> URL {
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ValidationError(
        "--out \(path) cannot be made a folder: \(error.localizedDescription)")
    }
    return folder
  }

  let folder: URL

  /// What became of the figures.
  enum Result {
    case drawn
    /// gnuplot is not installed.
    case noProgram
    /// gnuplot failed, with the last thing that it said.
    case failed(String)
  }

  /// Writes `figures.gp`, which draws all figures, and runs it if gnuplot is there.
  ///
  /// - Throws: when the folder cannot be written to.
  func draw(_ figures: [Figure]) throws -> Result {
    try figures.map(\.script).joined(separator: "\n").write(
      to: folder.appendingPathComponent("figures.gp"), atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot", "figures.gp"]
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    do { try process.run() } catch { return .noProgram }
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    switch process.terminationStatus {
    case 0: return .drawn
    // What env says of a program that it does not find.
    case 127: return .noProgram
    default:
      let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
      return .failed(lines.last.map(String.init) ?? "It ended with \(process.terminationStatus).")
    }
  }
}

extension FigureFolder.Result {
  /// What the user is told behind the name of the folder.
  var note: String {
    switch self {
    case .drawn: ""
    case .noProgram: " Install gnuplot and run 'gnuplot figures.gp' there for figures."
    case .failed(let message): " gnuplot could not draw the figures: \(message)"
    }
  }
}
