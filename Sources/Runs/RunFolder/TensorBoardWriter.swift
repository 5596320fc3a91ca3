import Formats
import Glibc

/// Writes numbers over time as an event file that TensorBoard displays.
///
/// Each session of a run has its own file.
package final class TensorBoardWriter {
  /// The event file.
  package let path: String
  private let descriptor: Int32
  private let fileSystem = FileSystem.uninterrupted
  private var pending = EventRecords()

  private static let bufferSize = 1 << 16

  /// Begins an event file.
  ///
  /// - Parameters:
  ///   - folder: is made when it is missing.
  ///   - resumedAtStep: the step from which an earlier session goes on. TensorBoard then forgets
  ///     what that session wrote after this step, as the run's tables do.
  /// - Throws: ``FileError`` when the file cannot be made.
  package init(folder: String, resumedAtStep: Int? = nil) throws(FileError) {
    try fileSystem.createFolders(folder)
    let now = Self.wallTime()
    let start = "\(folder)/events.out.tfevents.\(Int(now)).\(Self.hostName).\(getpid())"
    var number = 0
    var candidate: String
    var opened: Int32
    repeat {
      candidate = "\(start).\(number)"
      opened = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
      number += 1
    } while opened < 0 && errno == EEXIST
    guard opened >= 0 else { throw FileError("create", candidate) }
    path = candidate
    descriptor = opened

    pending.appendVersion(wallTime: now)
    if let resumedAtStep { pending.appendRestart(afterStep: resumedAtStep, wallTime: now) }
    try flush()
  }

  deinit {
    // Nobody is left to hear of an error, and the charts only lose their last points.
    try? flush()
    close(descriptor)
  }

  /// Adds one point to each of some curves.
  ///
  /// - Parameters:
  ///   - scalars: the name of a curve, such as `train/mean_return`, and its value.
  ///   - step: the abscissa.
  ///   - wallTime: seconds since 1970; nil for now.
  /// - Throws: ``FileError`` when rows that waited cannot be written.
  package func write(
    _ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double? = nil
  ) throws(FileError) {
    pending.append(scalars, step: step, wallTime: wallTime ?? Self.wallTime())
    if pending.bytes.count >= Self.bufferSize { try flush() }
  }

  /// Adds the settings of a run for the page of hyper-parameters.
  ///
  /// - Parameter settings: all of them; runs that differ in the seed alone are one group there.
  /// - Throws: ``FileError`` when they cannot be written.
  package func write(_ settings: SettingsTable) throws(FileError) {
    let values = settings.keys.compactMap { key in
      settings[key].map { (name: key, value: EventRecords.Hyperparameter($0)) }
    }
    let group = SHA256.hexDigest(of: Array(settings.yaml { $0 != "seed" }.utf8))
    pending.append(
      hyperparameters: values, group: String(group.prefix(16)), wallTime: Self.wallTime())
    try flush()
  }

  /// Hands every point to the system.
  package func flush() throws(FileError) {
    guard !pending.bytes.isEmpty else { return }
    try fileSystem.write(pending.bytes, to: descriptor, path)
    pending = EventRecords()
  }

  private static func wallTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
    let name = String(
      decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return name.isEmpty ? "unknown" : name
  }
}

extension EventRecords.Hyperparameter {
  /// A setting; lists are texts.
  fileprivate init(_ value: SettingValue) {
    self =
      switch value {
      case .integer(let integer): .number(Double(integer))
      case .number(let number): .number(number)
      case .flag(let flag): .flag(flag)
      default: .text(value.word)
      }
  }
}
