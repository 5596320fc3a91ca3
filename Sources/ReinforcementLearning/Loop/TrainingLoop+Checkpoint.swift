import Formats
import Networks

extension TrainingLoop {
  /// Adds all that is needed to go on exactly from here.
  ///
  /// Ranks save together; the whole is the first one's.
  ///
  /// - Throws: `NonFiniteNumber` rather than saving one; what the agent cannot save.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    if reduction.ranks.count > 1 { try requireSameParameters() }
    var pause = pause
    if let steps = pause?.steps { pause?.steps = try reduction.gather(steps) }
    let first = try reduction.gather([crew.shards.count]).prefix(reduction.ranks.index).reduce(0, +)
    var saved = SafetensorsFile()
    var problem: (any Error)?
    do {
      try save(to: &saved, pause, firstShard: first)
    } catch {
      problem = error
    }
    saved = try reduction.gather(saved, after: problem)
    checkpoint.tensors += saved.tensors
    checkpoint.metadata.merge(saved.metadata) { $1 }
  }

  private func save(
    to checkpoint: inout SafetensorsFile, _ pause: UpdatePause?, firstShard: Int
  ) throws {
    if let fault = finitenessFault { throw fault }
    if reduction.ranks.isFirst {
      checkpoint.metadata["loop"] = try encodeState(
        State(progress: progress, log: log, pause: pause))
      try agent.save(to: &checkpoint)
    }
    for (index, shard) in crew.shards.enumerated() {
      try shard.save(to: &checkpoint, name: "shard.\(firstShard + index)")
    }
    try checkpoint.requireFinite()
  }

  /// Why an episode's sum of rewards is not finite, nil where all are.
  var finitenessFault: (any Error)? {
    do {
      for shard in crew.shards { try shard.episodes.requireFinite() }
      return nil
    } catch {
      return error
    }
  }

  /// Makes sure that the ranks have not come apart.
  func requireSameParameters() throws {
    var digest = SHA256()
    for parameters in agent.parameters { parameters.withBytes { digest.update($0) } }
    let digests = try reduction.gather([Array(digest.hexDigest().utf8)])
    let others = digests.indices.filter { digests[$0] != digests[0] }
    guard others.isEmpty else { throw DivergedRanks(ranks: others, updates: progress.updates) }
  }

  private func fault(of pause: UpdatePause) -> String? {
    guard let passes = pause.passes else { return nil }
    guard agent.savesBetweenPasses, !pause.steps.contains(nil) else {
      return "its update cannot have been paused between two passes."
    }
    return StateFault.count(passes, "the number of passes", from: 1)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    var state: State = try decodeState(checkpoint.metadata["loop"], named: "loop")
    let counts = try reduction.gather([crew.shards.count])
    let first = counts.prefix(reduction.ranks.index).reduce(0, +)
    if let pause = state.pause {
      try refuse(
        [
          StateFault.equal(pause.steps.count, counts.reduce(0, +), "the number of shards"),
          StateFault.count(pause.clock, "the clock"),
          pause.steps.lazy.compactMap { StateFault.count($0 ?? 0, "the number of steps") }.first,
          fault(of: pause),
        ], in: "loop")
    }
    try refuse([state.log.fault], in: "loop")
    try refuse([state.progress.fault(in: state.log)], in: "loop")
    try checkpoint.requireFinite()
    try agent.restore(from: checkpoint)
    for (index, shard) in crew.shards.enumerated() {
      try shard.restore(from: checkpoint, name: "shard.\(first + index)")
    }
    if let steps = state.pause?.steps {
      state.pause?.steps = Array(steps[first..<first + crew.shards.count])
    }
    clock = nil
    progress = state.progress
    log = state.log
    pause = state.pause
  }
}

private struct State: Codable {
  var progress: TrainingProgress
  var log: EpisodeLog
  /// Missing between updates.
  var pause: UpdatePause?
}

/// How far an update has come that was paused.
struct UpdatePause: Codable {
  /// The time at which waiting lanes started, as it was before any shard acted.
  var clock: Int
  /// Of each shard, in memory of those that are here: the steps it took, or nil if it has not come to the
  /// end of its rollout.
  var steps: [Int?]
  /// Gradient passes that are over; missing while the shards act.
  var passes: Int?

  /// What comes next.
  var pass: Pass { passes.map { .gradient($0) } ?? .collect }
}
