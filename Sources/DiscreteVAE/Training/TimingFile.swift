import Foundation
import Runs

/// Seconds of training up to each step that has a row in another table, through all sessions of a
/// run; evaluations and files do not count.
///
/// Apart from the other tables, which hold no clock time, so that equal runs have equal files.
final class TimingFile {
  /// Seconds of training so far.
  private(set) var seconds: Double
  private let path: String
  private var rows: [(step: Int, seconds: Double)] = []

  /// Goes on with a run's file, without what lies behind a step.
  init(path: String, upTo step: Int) {
    self.path = path
    let text =
      (try? FileSystem.uninterrupted.read(path)).map {
        String(decoding: $0, as: UTF8.self)
      } ?? ""
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",")
      guard fields.count == 2, let done = Int(fields[0]), let seconds = Double(fields[1]),
        done <= step
      else { continue }
      rows.append((done, seconds))
    }
    seconds = rows.last?.seconds ?? 0
  }

  /// Counts a block of steps.
  func add(_ duration: Duration) { seconds += duration / .seconds(1) }

  /// Makes sure that a step has a row.
  func mark(step: Int) {
    if rows.last?.step != step { rows.append((step, seconds)) }
  }

  /// Writes the file.
  func flush() throws {
    let lines = rows.map { String(format: "%d,%.6f\n", $0.step, $0.seconds) }
    try ("step,seconds\n" + lines.joined())
      .write(toFile: path, atomically: true, encoding: .utf8)
  }
}
