import ReinforcementLearning

/// Tasks whose start is fixed may differ in the course of an episode instead, and some are not random at all.
func requireVariety(
  steps: Int, make: (UInt64, Int, Int) throws -> any VectorEnvironment
) throws {
  let rigs = [Rig(try make(1, 1, 0)), Rig(try make(2, 1, 0)), Rig(try make(1, 1, 1))]
  var histories: [[Rig.Result]] = [[], [], []]
  for (index, rig) in rigs.enumerated() {
    try rig.reset()
    histories[index].append(rig.result)
    for _ in 0..<steps {
      try rig.step()
      histories[index].append(rig.result)
    }
  }
  if histories[0] == histories[1] {
    guard try repeatsItself(Rig(try make(1, 1, 0)), steps: steps) else {
      throw Violation(
        "seeds 1 and 2 give the same for \(steps) steps, although one episode differs from the next"
      )
    }
    throw Note(
      "seeds 1 and 2 give the same for \(steps) steps, as they must where nothing is random; if something "
        + "is, the seed is ignored")
  }
  if histories[0] == histories[2] {
    throw Violation("lanes 0 and 1 are the same for \(steps) steps")
  }
}

/// Whether the second episode is the first one again, if the same is done in it.
private func repeatsItself(_ rig: Rig, steps: Int) throws -> Bool {
  var episodes: [[Rig.Result]] = []
  var actions: [[Double]] = []
  try rig.reset()
  for _ in 0..<2 {
    var episode: [Rig.Result] = []
    // The first observation without what the episode before it left.
    var first = rig.result
    (first.rewards, first.outcomes) = ([0], [.ongoing])
    first.finalObservations = first.finalObservations.map { _ in 0 }
    episode.append(first)
    for step in 0..<steps {
      let action =
        episodes.isEmpty
        ? try rig.drawActions() : step < actions.count ? actions[step] : try rig.drawActions()
      if episodes.isEmpty { actions.append(action) }
      // Another state may forbid what the first one allowed.
      guard isTaken({ try rig.step(action, atEnd: .wait) }) else { return false }
      episode.append(rig.result)
      if rig.outcomes[0].isEnd { break }
    }
    episodes.append(episode)
    guard rig.environment.isWaiting(0) else { return true }
    try rig.startWaitingLanes()
  }
  return episodes[0] == episodes[1]
}
