import Foundation

/// Seconds of training at each reported step, through all sessions of a run.
///
/// Apart from the other tables, which hold no clock time, so that equal runs have equal files.
final class TimingFile {
  private let path: String
  private var rows: [(step: Int, seconds: Double)] = []
  private let offset: Double

  /// Goes on with a run's file, without what lies behind a step.
  init(path: String, upTo step: Int) throws {
    self.path = path
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",")
      guard fields.count == 2, let done = Int(fields[0]), let seconds = Double(fields[1]),
        done <= step
      else { continue }
      rows.append((done, seconds))
    }
    offset = rows.last?.seconds ?? 0
  }

  /// Adds a row.
  ///
  /// - Parameters:
  ///   - step: the step.
  ///   - seconds: since this session began.
  func append(step: Int, seconds: Double) { rows.append((step, offset + seconds)) }

  /// Writes the file.
  func flush() throws {
    let lines = rows.map { String(format: "%d,%.3f\n", $0.step, $0.seconds) }
    try ("step,seconds\n" + lines.joined())
      .write(toFile: path, atomically: true, encoding: .utf8)
  }
}
