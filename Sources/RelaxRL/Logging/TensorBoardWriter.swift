import Glibc

/// Writes numbers over time as an event file that TensorBoard displays.
///
/// Each session of a run has its own file. The records are TensorFlow's: a length and its masked
/// CRC-32C, then a message of type `Event` and its masked CRC-32C
/// (`tensorflow/core/lib/io/record_writer.h`, `tensorflow/core/util/event.proto`).
public final class TensorBoardWriter {
  /// The event file.
  public let path: String
  private let descriptor: Int32
  private let fileSystem = FileSystem.uninterrupted
  private var pending = ProtocolBuffer()

  private static let bufferSize = 1 << 16

  /// Fields of the message `Event`.
  private enum EventField {
    static let wallTime: UInt64 = 1
    static let step: UInt64 = 2
    static let fileVersion: UInt64 = 3
    static let summary: UInt64 = 5
    static let sessionLog: UInt64 = 7
  }

  /// Begins an event file.
  ///
  /// - Parameters:
  ///   - folder: is made when it is missing.
  ///   - resumedAtStep: the step from which an earlier session goes on. TensorBoard then forgets
  ///     what that session wrote after this step, as the run's tables do.
  /// - Throws: ``FileError`` when the file cannot be made.
  public init(folder: String, resumedAtStep: Int? = nil) throws(FileError) {
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

    var version = ProtocolBuffer()
    version.append(EventField.wallTime, double: now)
    version.append(EventField.fileVersion, text: "brain.Event:2")
    append(event: version)
    if let resumedAtStep {
      var sessionLog = ProtocolBuffer()
      sessionLog.append(1, integer: 1)
      var restart = ProtocolBuffer()
      restart.append(EventField.wallTime, double: now)
      // TensorBoard drops the points from the named step on, and the one of this step is good.
      restart.append(EventField.step, integer: Int64(resumedAtStep) + 1)
      restart.append(EventField.sessionLog, message: sessionLog)
      append(event: restart)
    }
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
  public func write(
    _ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double? = nil
  ) throws(FileError) {
    var summary = ProtocolBuffer()
    for (tag, value) in scalars {
      var point = ProtocolBuffer()
      point.append(1, text: tag)
      point.append(2, float: Float(value))
      summary.append(1, message: point)
    }
    var event = ProtocolBuffer()
    event.append(EventField.wallTime, double: wallTime ?? Self.wallTime())
    event.append(EventField.step, integer: Int64(step))
    event.append(EventField.summary, message: summary)
    append(event: event)
    if pending.bytes.count >= Self.bufferSize { try flush() }
  }

  /// Hands every point to the system.
  public func flush() throws(FileError) {
    guard !pending.bytes.isEmpty else { return }
    try fileSystem.write(pending.bytes, to: descriptor, path)
    pending = ProtocolBuffer()
  }

  private func append(event: ProtocolBuffer) {
    var length = ProtocolBuffer()
    length.appendLittleEndian(UInt64(event.bytes.count))
    pending.append(contentsOf: length.bytes)
    pending.appendLittleEndian(CRC32C.masked(length.bytes))
    pending.append(contentsOf: event.bytes)
    pending.appendLittleEndian(CRC32C.masked(event.bytes))
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
