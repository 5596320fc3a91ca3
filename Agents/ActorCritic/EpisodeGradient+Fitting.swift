import GSL
import Networks
import ReinforcementLearning

extension EpisodeGradient {
  /// Lets V and c learn from episodes that were collected, again and again, in minibatches of a chunk of rows.
  ///
  /// Returns that depend on V or c are computed anew in each pass over the rows. What was learned must not be
  /// used for the gradient of the same episodes, which it would bias.
  ///
  /// - Parameters:
  ///   - networks: V and c, as far as there are any.
  ///   - episodes: which, counted in the order in which they begin.
  ///   - updates: minibatches in all.
  ///   - rate: the learning rate at first; it falls to 0.
  ///   - stream: shuffles the rows.
  /// - Throws: `GradientError` for what is not finite.
  func fitCritics(
    _ networks: [TrainedNetwork], onEpisodes episodes: Range<Int>, updates: Int, rate: Double,
    from stream: inout RandomStream
  ) throws(GradientError) {
    var rows = rows(ofEpisodes: episodes).map { Int32($0) }
    guard !rows.isEmpty else { return }
    var done = 0
    while done < updates {
      prepareRows()
      if done == 0 { startAtMean(of: rows, networks) }
      for index in stride(from: rows.count - 1, to: 0, by: -1) {
        rows.swapAt(index, stream.index(below: index + 1))
      }
      for start in stride(from: 0, to: rows.count, by: learner.rows) where done < updates {
        load(rows[start..<min(start + learner.rows, rows.count)])
        if let stage = learner.stages.gradient { learner.program.run(stage: stage) }
        let share = 1 - Double(done) / Double(updates)
        for network in networks {
          let layout = network.parameters.layout
          guard let gradient = chunks.joined().first(where: { $0.layout == layout }) else {
            continue
          }
          try network.optimizer.update(
            network.parameters, gradient: gradient, learningRate: rate * share)
        }
        done += 1
      }
    }
  }

  /// The rows of some episodes.
  private func rows(ofEpisodes episodes: Range<Int>) -> [Int] {
    var numbers: [Int] = []
    var count = 0
    for step in experience.steps {
      if step.predecessor < 0 { count += 1 }
      numbers.append(step.predecessor < 0 ? count - 1 : numbers[Int(step.predecessor)])
    }
    return numbers.indices.filter {
      episodes.contains(numbers[$0]) && !experience.steps[$0].isLost
    }
  }

  /// Sets the bias of V's output to the mean return: an optimizer takes long to get there.
  private func startAtMean(of rows: [Int32], _ networks: [TrainedNetwork]) {
    for network in networks where network.name == "value" {
      guard let bias = network.network.parameters.last?.name else { continue }
      let sum = rows.reduce(0) { $0 + Double(returns[Int($1)]) }
      network.parameters[bias] = [Float(sum / Double(rows.count))]
    }
  }

  /// Copies rows into the learner's inputs, each with the same weight.
  private func load(_ rows: ArraySlice<Int32>) {
    for name in Self.inputs where name != "weight" {
      guard let source = experience.find(name), let target = learner.experience.find(name)
      else { continue }
      target.fill(withRows: rows, of: source)
    }
    learner.weight?.fill(0..<rows.count, with: 1 / Float(rows.count))
    learner.weight?.fill(rows.count..<learner.rows, with: 0)
    learner.program.run(stage: learner.stages.act)
    writeSignals(ofRows: rows.map { Int($0) })
  }
}
