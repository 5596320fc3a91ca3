/// Writes the requests that are sent all the time, in either encoding.
struct RequestEncoder {
  let layout: MessageLayout
  let isBinary: Bool

  /// Asks for new episodes.
  ///
  /// - Parameters:
  ///   - writer: gets the request.
  ///   - id: of the request.
  ///   - environments: `[k]`, indices within the process.
  ///   - seeds: `[k]`, below 2⁵³, so that every JSON reader gets them exactly.
  func writeReset(
    _ writer: inout ByteWriter, id: UInt32, environments: [Int32], seeds: [UInt64]
  ) {
    let start = writer.count
    if isBinary {
      FrameHeader.begin(
        &writer, kind: RequestKind.reset.rawValue, flags: FrameHeader.extraFlag, id: id,
        count: environments.count)
      seeds.withUnsafeBytes { writer.write(raw: $0) }
      environments.withUnsafeBytes { writer.write(raw: $0) }
      FrameHeader.end(&writer, startingAt: start)
      return
    }
    writer.write("{\"type\":\"reset\",\"id\":")
    writer.write(digits: Int(id))
    write(environments, to: &writer)
    write(seeds, to: &writer)
    writer.write("}\n")
  }

  /// Asks for a step.
  ///
  /// - Parameters:
  ///   - writer: gets the request.
  ///   - id: of the request.
  ///   - environments: `[k]`, indices within the process.
  ///   - seeds: `[k]`, of the episodes that follow those that end in this step; nil where environments
  ///     are to wait.
  ///   - actions: `[k, C]`, `Int32` or `Float` as the layout says.
  func writeStep(
    _ writer: inout ByteWriter, id: UInt32, environments: [Int32], seeds: [UInt64]?,
    actions: UnsafeRawBufferPointer
  ) {
    let start = writer.count
    if isBinary {
      FrameHeader.begin(
        &writer, kind: RequestKind.step.rawValue, flags: seeds == nil ? 0 : FrameHeader.extraFlag,
        id: id, count: environments.count)
      // The widest numbers come first, so that all of them lie at multiples of their size.
      seeds?.withUnsafeBytes { writer.write(raw: $0) }
      environments.withUnsafeBytes { writer.write(raw: $0) }
      writer.write(raw: actions)
      FrameHeader.end(&writer, startingAt: start)
      return
    }
    writer.write("{\"type\":\"step\",\"id\":")
    writer.write(digits: Int(id))
    write(environments, to: &writer)
    writer.write(",\"actions\":[")
    if layout.hasWholeActions {
      write(rows: actions.bindMemory(to: Int32.self), to: &writer) { $0.write(digits: Int($1)) }
    } else {
      write(rows: actions.bindMemory(to: Float.self), to: &writer) { $0.write(number: $1) }
    }
    writer.write("]")
    if let seeds { write(seeds, to: &writer) }
    writer.write("}\n")
  }

  private func write(_ environments: [Int32], to writer: inout ByteWriter) {
    writer.write(",\"env_ids\":[")
    for index in environments.indices {
      if index > 0 { writer.write(byte: 0x2C) }
      writer.write(digits: Int(environments[index]))
    }
    writer.write("]")
  }

  private func write(_ seeds: [UInt64], to writer: inout ByteWriter) {
    writer.write(",\"seeds\":[")
    for index in seeds.indices {
      if index > 0 { writer.write(byte: 0x2C) }
      writer.write(digits: Int(seeds[index]))
    }
    writer.write("]")
  }

  /// A discrete action is a number, any other a list.
  @inline(__always)
  private func write<Number>(
    rows: UnsafeBufferPointer<Number>, to writer: inout ByteWriter,
    number: (inout ByteWriter, Number) -> Void
  ) {
    let width = layout.actionElements
    for index in rows.indices {
      if index > 0 { writer.write(byte: 0x2C) }
      if !layout.isDiscreteAction && index % width == 0 { writer.write(byte: 0x5B) }
      number(&writer, rows[index])
      if !layout.isDiscreteAction && index % width == width - 1 { writer.write(byte: 0x5D) }
    }
  }
}
