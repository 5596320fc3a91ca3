import Networks

/// Saving experience that is not used up yet.
extension Experience {
  /// Adds the filled rows to a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: what the names of its tensors begin with.
  public func save(to checkpoint: inout SafetensorsFile, name: String) {
    checkpoint.append("\(name).lanes", SafetensorsTensor(steps.map(\.lane)))
    checkpoint.append("\(name).outcomes", SafetensorsTensor(steps.map(\.outcome.rawValue)))
    for column in collected {
      checkpoint.append("\(name).\(column.name)", column.tensor(rows: count))
    }
    if let endingObservations {
      checkpoint.append(
        "\(name).\(endingObservations.name)", endingObservations.tensor(rows: endingRows.count))
    }
  }

  /// Takes over what `save` wrote; where that cannot be, there are no rows.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: what the names of its tensors begin with.
  /// - Throws: what is missing or none of this table's.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    removeAll()
    do {
      try restoreRows(from: checkpoint, name: name)
    } catch {
      removeAll()
      throw error
    }
  }

  private func restoreRows(from checkpoint: SafetensorsFile, name: String) throws {
    let lanes: [Int32] = try checkpoint.numbers("\(name).lanes")
    let numbers: [UInt8] = try checkpoint.numbers("\(name).outcomes", count: lanes.count)
    let outcomes = numbers.compactMap { Outcome(rawValue: $0) }
    guard outcomes.count == lanes.count, lanes.allSatisfy({ (0..<laneCount).contains(Int($0)) })
    else {
      throw CheckpointContentError.unreadable(
        name, reason: "its steps are not those of \(laneCount) lanes.")
    }
    guard hasRoom(for: lanes.count) else {
      throw CheckpointContentError.unreadable(
        name, reason: "it has \(lanes.count) rows instead of at most \(capacity).")
    }
    _ = prepare(lanes.count)
    func tensor(_ column: AnyExperienceColumn) throws -> SafetensorsTensor {
      guard let tensor = checkpoint["\(name).\(column.name)"] else {
        throw CheckpointContentError.missing("\(name).\(column.name)")
      }
      return tensor
    }
    for column in collected {
      try column.restore(rows: lanes.count, from: try tensor(column), named: name)
    }
    for (lane, outcome) in zip(lanes, outcomes) {
      record(lane: Int(lane), outcome)
      if outcome.isEnd && outcome != .lost { _ = recordEnding(count - 1) }
    }
    if let endingObservations {
      try endingObservations.restore(
        rows: endingRows.count, from: try tensor(endingObservations), named: name)
    }
  }
}

extension SafetensorsFile {
  /// The numbers of a tensor.
  ///
  /// - Parameters:
  ///   - name: of the tensor.
  ///   - count: how many there must be, where that is known.
  /// - Returns: all of them, in row-major order.
  /// - Throws: `CheckpointContentError`, naming the tensor.
  package func numbers<Scalar: SafetensorsScalar>(
    _ name: String, count: Int? = nil
  ) throws -> [Scalar] {
    guard let tensor = self[name] else { throw CheckpointContentError.missing(name) }
    let values = try tensor.values(as: Scalar.self)
    if let count, values.count != count {
      throw CheckpointContentError.unreadable(
        name, reason: "it has \(values.count) numbers instead of \(count).")
    }
    return values
  }
}
