/// Records of an event file that TensorBoard displays, as bytes.
///
/// They are TensorFlow's: a length and its masked CRC-32C, then a message of type `Event` and its
/// masked CRC-32C (`tensorflow/core/lib/io/record_writer.h`, `tensorflow/core/util/event.proto`).
package struct EventRecords {
  /// What was added so far.
  package var bytes: [UInt8] { buffer.bytes }
  private var buffer = ProtocolBuffer()

  /// Fields of the message `Event`.
  enum EventField {
    static let wallTime: UInt64 = 1
    static let step: UInt64 = 2
    static let fileVersion: UInt64 = 3
    static let summary: UInt64 = 5
    static let sessionLog: UInt64 = 7
  }

  /// No records.
  package init() {}

  /// Adds the record with which a file begins.
  ///
  /// - Parameter wallTime: seconds since 1970, here and below.
  package mutating func appendVersion(wallTime: Double) {
    var version = ProtocolBuffer()
    version.append(EventField.wallTime, double: wallTime)
    version.append(EventField.fileVersion, text: "brain.Event:2")
    append(event: version)
  }

  /// Adds a record that takes back what earlier files say of the time after a step.
  package mutating func appendRestart(afterStep step: Int, wallTime: Double) {
    var sessionLog = ProtocolBuffer()
    sessionLog.append(1, integer: 1)
    var restart = ProtocolBuffer()
    restart.append(EventField.wallTime, double: wallTime)
    // TensorBoard drops the points from the named step on, and the one of this step is good.
    restart.append(EventField.step, integer: Int64(step) + 1)
    restart.append(EventField.sessionLog, message: sessionLog)
    append(event: restart)
  }

  /// Adds one point to each of some curves.
  ///
  /// - Parameters:
  ///   - scalars: the name of a curve, such as `train/mean_return`, and its value.
  ///   - step: the abscissa.
  ///   - wallTime: when it was.
  package mutating func append(
    _ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double
  ) {
    var summary = ProtocolBuffer()
    for (tag, value) in scalars {
      var point = ProtocolBuffer()
      point.append(1, text: tag)
      point.append(2, float: Float(value))
      summary.append(1, message: point)
    }
    var event = ProtocolBuffer()
    event.append(EventField.wallTime, double: wallTime)
    event.append(EventField.step, integer: Int64(step))
    event.append(EventField.summary, message: summary)
    append(event: event)
  }

  mutating func append(event: ProtocolBuffer) {
    var length = ProtocolBuffer()
    length.appendLittleEndian(UInt64(event.bytes.count))
    buffer.append(contentsOf: length.bytes)
    buffer.appendLittleEndian(CRC32C.masked(length.bytes))
    buffer.append(contentsOf: event.bytes)
    buffer.appendLittleEndian(CRC32C.masked(event.bytes))
  }
}
