import Networks

/// What a checkpoint keeps besides the environments and the observations.
private struct State: Codable {
  var episodes: EpisodeTracker
  var returns: DiscountedReturnTracker?
  /// Of an update that is not over; missing between updates, when the normalizer has them.
  var observationMoments: ElementMoments?
}

extension Lanes {
  /// Adds the environments, their observations and episodes to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    let state = State(
      episodes: episodes, returns: returns,
      observationMoments: observationMoments.flatMap { $0.count > 0 ? $0 : nil })
    checkpoint.metadata[name] = try encodeState(state)
    checkpoint.append("\(name).observations", observations.present.tensor(rows: count))
    checkpoint.append("\(name).environments", SafetensorsTensor(try environment.snapshot()))
  }

  /// Takes over what `save` wrote.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: of the lanes in it.
  ///   - mayWait: whether a lane may wait for its next episode.
  /// - Throws: what is missing or does not fit.
  public func restore(
    from checkpoint: SafetensorsFile, name: String, mayWait: Bool
  ) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    guard let rows = checkpoint["\(name).observations"],
      let snapshot = checkpoint["\(name).environments"]
    else { throw CheckpointContentError.missing("\(name).environments") }
    try environment.restore(try snapshot.values(as: UInt8.self))
    try refuse(
      [
        state.episodes.fault(replacing: episodes, isWaiting: environment.isWaiting),
        faultOfPart(state.returns, replacing: returns, "statistics of returns") {
          $0.fault(replacing: $1)
        },
        state.observationMoments.flatMap {
          observationMoments == nil
            ? "it has statistics of observations, which the settings do not ask for."
            : $0.fault(size: observationSize)
        },
      ], in: name)
    // Nobody would begin the next episode of a lane that waits where rollouts are parts of episodes.
    guard mayWait || !(0..<count).contains(where: environment.isWaiting) else {
      throw CheckpointContentError.unreadable(
        "\(name).environments", reason: "a lane waits for its next episode.")
    }
    try observations.present.restore(rows: count, from: rows, named: name)
    episodes = state.episodes
    returns = state.returns
    observationMoments?.removeAll()
    if let moments = state.observationMoments { observationMoments = moments }
  }
}

/// Says why a part that was read back cannot take the place of another; nil if it can.
package func faultOfPart<Part>(
  _ part: Part?, replacing fresh: Part?, _ name: String, _ compare: (Part, Part) -> String?
) -> String? {
  switch (part, fresh) {
  case (let part?, let fresh?): compare(part, fresh)
  case (nil, nil): nil
  case (nil, _): "the \(name) are missing."
  case (_, nil): "it has \(name), which the settings do not ask for."
  }
}
