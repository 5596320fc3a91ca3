import Networks
import ReinforcementLearning

/// Saving a rollout that has been stopped on its way, or that waits for those of other shards.
extension StepRollout {
  /// What a checkpoint keeps besides tensors.
  private struct State: Codable {
    var steps: Int
    var outcomes: [Outcome]
    var truncated: [Int]
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    guard let stepsTaken else { return }
    let rows = stepsTaken * lanes.count
    checkpoint.metadata[name] = try encodeState(
      State(steps: stepsTaken, outcomes: Array(outcomes[..<rows]), truncated: truncated))
    checkpoint.append("\(name).rewards", SafetensorsTensor(Array(rewards[..<rows])))
    checkpoint.append("\(name).final_observations", SafetensorsTensor(truncatedObservations))
    for (part, memory, width) in inputs {
      let numbers = Array(UnsafeBufferPointer(start: memory, count: rows * width))
      checkpoint.append("\(name).\(part)", SafetensorsTensor(numbers))
    }
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    begin()
    guard let text = checkpoint.metadata[name] else { return }
    let state: State = try decodeState(text, named: name)
    let n = lanes.count
    guard (0...steps).contains(state.steps), state.outcomes.count == state.steps * n,
      state.truncated.allSatisfy(state.outcomes.indices.contains)
    else {
      throw CheckpointContentError.unreadable(
        name, reason: "its steps are not those of a rollout of \(steps) steps of \(n) lanes.")
    }
    let rows = state.steps * n
    let restored: [Float] = try checkpoint.numbers("\(name).rewards", count: rows)
    let final: [Float] = try checkpoint.numbers(
      "\(name).final_observations", count: state.truncated.count * lanes.observationSize)
    for (part, memory, width) in inputs {
      let numbers: [Float] = try checkpoint.numbers("\(name).\(part)", count: rows * width)
      for (index, number) in numbers.enumerated() { memory[index] = number }
    }
    for row in 0..<rows {
      rewards[row] = restored[row]
      outcomes[row] = state.outcomes[row]
      if outcomes[row] == .lost { dropEpisode(endingAt: row) }
    }
    truncated = state.truncated
    truncatedObservations = final
    stepsTaken = state.steps
    // What acting computed belongs to the rows too, and the same inputs give it again.
    for step in 0..<state.steps {
      compiled.program.run(stage: compiled.stages.act, rows: step * n..<(step + 1) * n)
    }
  }

  /// What was written into the program's inputs, by name, with the numbers of a row.
  private var inputs: [(name: String, memory: UnsafeMutablePointer<Float>, width: Int)] {
    let a = lanes.actionCount
    let optional: [(name: String, memory: UnsafeMutablePointer<Float>?)] = [
      ("masks", compiled.mask), ("noise", compiled.noise),
      ("conditional_noise", compiled.conditionalNoise),
    ]
    return [("observations", compiled.observations, lanes.observationSize)]
      + optional.compactMap { part in part.memory.map { (part.name, $0, a) } }
  }
}
