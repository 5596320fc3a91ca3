import ReinforcementLearning

/// What a step or reset gave, as a server writes it.
///
/// Shapes: k rows, D numbers of an observation, A choices of an action.
struct ReplyRows {
  /// `[k, D]`.
  var observations: [Float] = []
  /// `[k, D]`; rows of episodes that go on are not used.
  var finalObservations: [Float] = []
  /// `[k]`.
  var rewards: [Double] = []
  /// `[k]`.
  var outcomes: [Outcome] = []
  /// `[k, A]`; empty where there are no masks.
  var masks: [Float] = []
}

/// Writes replies to `reset` and `step`, in either encoding.
struct ReplyEncoder {
  let layout: MessageLayout
  let isBinary: Bool

  func write(_ writer: inout ByteWriter, _ rows: ReplyRows, kind: RequestKind, id: UInt32) {
    let start = writer.count
    let count = rows.observations.count / layout.observationSize
    guard isBinary else { return writeText(&writer, rows, count, kind: kind, id: id) }
    FrameHeader.begin(&writer, kind: kind.rawValue, id: id, count: count)
    if kind == .step { rows.rewards.withUnsafeBytes { writer.write(raw: $0) } }
    for row in 0..<count { write(rows.observations, row, to: &writer) }
    if kind == .step {
      for row in 0..<count where rows.outcomes[row].isEnd {
        write(rows.finalObservations, row, to: &writer)
      }
    }
    for mask in rows.masks { writer.write(byte: mask == 0 ? 0 : 1) }
    if kind == .step {
      for outcome in rows.outcomes { writer.write(byte: outcome == .terminated ? 1 : 0) }
      for outcome in rows.outcomes { writer.write(byte: outcome == .truncated ? 1 : 0) }
    }
    FrameHeader.end(&writer, startingAt: start)
  }

  /// One observation as it travels in binary.
  private func write(_ rows: [Float], _ row: Int, to writer: inout ByteWriter) {
    let range = row * layout.observationSize..<(row + 1) * layout.observationSize
    switch layout.element {
    case .single:
      rows.withUnsafeBytes {
        let bytes = $0[4 * range.lowerBound..<4 * range.upperBound]
        writer.write(raw: UnsafeRawBufferPointer(rebasing: bytes))
      }
    case .byte:
      for index in range { writer.write(byte: UInt8(rows[index])) }
    case .whole:
      forEachWhole(rows, range) { writer.write(raw: Int32($0)) }
    }
  }

  /// The whole numbers of an observation, which agents see one-hot.
  private func forEachWhole(_ rows: [Float], _ range: Range<Int>, _ body: (Int) -> Void) {
    guard !layout.choices.isEmpty else {
      for index in range { body(Int(rows[index])) }
      return
    }
    var offset = range.lowerBound
    for choice in layout.choices {
      let chosen = (0..<choice.count).first { rows[offset + $0] != 0 } ?? 0
      body(choice.start + chosen)
      offset += choice.count
    }
  }

  private func writeText(
    _ writer: inout ByteWriter, _ rows: ReplyRows, _ count: Int, kind: RequestKind, id: UInt32
  ) {
    writer.write("{\"type\":\"")
    writer.write(text: kind.name)
    writer.write("\",\"id\":")
    writer.write(digits: Int(id))
    writer.write(",\"obs\":")
    writeList(&writer, count) { writeText(rows.observations, $1, to: &$0) }
    if kind == .step {
      writer.write(",\"reward\":")
      writeList(&writer, count) { $0.write(number: rows.rewards[$1]) }
      for (name, outcome) in [
        (",\"terminated\":", Outcome.terminated), (",\"truncated\":", .truncated),
      ] as [(StaticString, Outcome)] {
        writer.write(name)
        writeList(&writer, count) {
          $0.write(rows.outcomes[$1] == outcome ? "true" : "false")
        }
      }
      writer.write(",\"final_obs\":")
      writeList(&writer, count) {
        if rows.outcomes[$1].isEnd {
          writeText(rows.finalObservations, $1, to: &$0)
        } else {
          $0.write("null")
        }
      }
    }
    if layout.maskSize > 0 {
      writer.write(",\"mask\":")
      writeList(&writer, count) { writer, row in
        writeList(&writer, layout.maskSize) {
          $0.write(byte: rows.masks[row * layout.maskSize + $1] == 0 ? 0x30 : 0x31)
        }
      }
    }
    writer.write("}\n")
  }

  private func writeText(_ rows: [Float], _ row: Int, to writer: inout ByteWriter) {
    let range = row * layout.observationSize..<(row + 1) * layout.observationSize
    if layout.choices.isEmpty {
      writeList(&writer, range.count) { $0.write(number: rows[range.lowerBound + $1]) }
      return
    }
    var numbers: [Int] = []
    forEachWhole(rows, range) { numbers.append($0) }
    writeList(&writer, numbers.count) { $0.write(digits: numbers[$1]) }
  }

  private func writeList(
    _ writer: inout ByteWriter, _ count: Int, _ element: (inout ByteWriter, Int) -> Void
  ) {
    writer.write(byte: 0x5B)
    for index in 0..<count {
      if index > 0 { writer.write(byte: 0x2C) }
      element(&writer, index)
    }
    writer.write(byte: 0x5D)
  }
}
