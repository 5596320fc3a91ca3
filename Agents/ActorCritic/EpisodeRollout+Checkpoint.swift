import Networks
import ReinforcementLearning

/// Saving a rollout that has been stopped on its way, or that waits for those of other shards.
extension EpisodeRollout {
  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    guard let progress else { return }
    checkpoint.metadata[name] = try encodeState(progress)
    var steps: [Int32] = []
    for row in rows {
      steps += [Int32(row.lane), Int32(clamping: row.step)]
      steps += [row.isLast ? 1 : 0, row.isDropped ? 1 : 0]
    }
    checkpoint.append("\(name).steps", SafetensorsTensor(steps, shape: [rows.count, 4]))
    checkpoint.append("\(name).rewards", SafetensorsTensor(rows.map(\.reward)))
    checkpoint.append("\(name).observations", SafetensorsTensor(observations))
    checkpoint.append("\(name).masks", SafetensorsTensor(masks))
    checkpoint.append("\(name).noise", SafetensorsTensor(noise))
    checkpoint.append("\(name).conditional_noise", SafetensorsTensor(conditionalNoise))
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    endUpdate()
    guard let text = checkpoint.metadata[name] else { return }
    let progress: Progress = try decodeState(text, named: name)
    let steps: [Int32] = try checkpoint.numbers("\(name).steps")
    let rewards: [Float] = try checkpoint.numbers("\(name).rewards", count: steps.count / 4)
    let (n, count) = (lanes.count, rewards.count)
    guard steps.count == 4 * count, progress.isSound(lanes: n, rows: count),
      steps.indices.allSatisfy({ steps[$0] >= 0 && (!$0.isMultiple(of: 4) || steps[$0] < n) }),
      (0..<count).allSatisfy({ steps[4 * $0 + 1] < max(1, progress.totalSteps) }),
      // Nobody would end the episode of a lane that waits.
      progress.active.isEmpty
        || (0..<n).allSatisfy({ progress.active.contains($0) != lanes.environment.isWaiting($0) })
    else {
      throw CheckpointContentError.unreadable(
        name, reason: "its steps are not those of a rollout of \(n) lanes.")
    }
    let choices = count * lanes.actionCount
    observations = try checkpoint.numbers(
      "\(name).observations", count: count * lanes.observationSize)
    masks = try checkpoint.numbers("\(name).masks", count: actor.mask == nil ? 0 : choices)
    noise = try checkpoint.numbers("\(name).noise", count: actor.noise == nil ? 0 : choices)
    conditionalNoise = try checkpoint.numbers("\(name).conditional_noise", count: choices)
    rows = (0..<count).map {
      Row(
        lane: Int(steps[4 * $0]), step: Int(steps[4 * $0 + 1]), reward: rewards[$0],
        isLast: steps[4 * $0 + 2] != 0, isDropped: steps[4 * $0 + 3] != 0)
    }
    self.progress = progress
    isComplete = false
    writeReturns()
  }
}

extension EpisodeRollout.Progress {
  /// Whether it can be that of a rollout of so many lanes and rows.
  fileprivate func isSound(lanes: Int, rows: Int) -> Bool {
    let counters = [rounds, step, totalSteps] + begun.flatMap { [$0.step, $0.row] }
    return counters.allSatisfy { $0 >= 0 && $0 < Int(Int32.max) }
      // Every step gives a row at least.
      && totalSteps <= rows && step <= totalSteps
      && (begun.count == lanes || (begun.isEmpty && active.isEmpty))
      && begun.allSatisfy { $0.row <= rows && $0.step <= step }
      && active.allSatisfy { (0..<lanes).contains($0) } && Set(active).count == active.count
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
  func numbers<Scalar: SafetensorsScalar>(_ name: String, count: Int? = nil) throws -> [Scalar] {
    guard let tensor = self[name] else { throw CheckpointContentError.missing(name) }
    let values = try tensor.values(as: Scalar.self)
    if let count, values.count != count {
      throw CheckpointContentError.unreadable(
        name, reason: "it has \(values.count) numbers instead of \(count).")
    }
    return values
  }
}
