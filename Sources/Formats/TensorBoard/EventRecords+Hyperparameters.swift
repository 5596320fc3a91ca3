/// Settings as TensorBoard's hyper-parameter page shows them.
extension EventRecords {
  /// The value of a setting.
  package enum Hyperparameter: Hashable, Sendable {
    /// A number.
    case number(Double)
    /// Whether something holds.
    case flag(Bool)
    /// Anything else.
    case text(String)
  }

  /// Adds the settings that a run began with.
  ///
  /// The message is `HParamsPluginData` of `tensorboard/plugins/hparams/plugin_data.proto`; the page finds the
  /// curves beside it by itself.
  ///
  /// - Parameters:
  ///   - values: by name.
  ///   - group: the same for runs that differ in nothing that matters, of which the page shows means.
  ///   - wallTime: seconds since 1970.
  package mutating func append(
    hyperparameters values: [(name: String, value: Hyperparameter)], group: String,
    wallTime: Double
  ) {
    var session = ProtocolBuffer()
    for (name, value) in values {
      var entry = ProtocolBuffer()
      entry.append(1, text: name)
      entry.append(2, message: Self.message(value))
      session.append(1, message: entry)
    }
    session.append(4, text: group)
    session.append(5, double: wallTime)
    var content = ProtocolBuffer()
    content.append(3, message: session)
    var plugin = ProtocolBuffer()
    plugin.append(1, text: "hparams")
    plugin.append(2, bytes: content.bytes)
    var metadata = ProtocolBuffer()
    metadata.append(1, message: plugin)

    // A tensor must be there, and has nothing in it: single precision, no elements.
    var shape = ProtocolBuffer()
    shape.append(2, message: ProtocolBuffer())
    var tensor = ProtocolBuffer()
    tensor.append(1, integer: 1)
    tensor.append(2, message: shape)
    var point = ProtocolBuffer()
    point.append(1, text: "_hparams_/session_start_info")
    point.append(8, message: tensor)
    point.append(9, message: metadata)
    var summary = ProtocolBuffer()
    summary.append(1, message: point)
    var event = ProtocolBuffer()
    event.append(EventField.wallTime, double: wallTime)
    event.append(EventField.summary, message: summary)
    append(event: event)
  }

  /// A `google.protobuf.Value`.
  private static func message(_ value: Hyperparameter) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    switch value {
    case .number(let number): message.append(2, double: number)
    case .text(let text): message.append(3, text: text)
    case .flag(let flag): message.append(4, integer: flag ? 1 : 0)
    }
    return message
  }
}
