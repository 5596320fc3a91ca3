import GSL
import Networks
import ReinforcementLearning

extension Lanes {
  /// Steps of random play that give normalization its first statistics.
  static var warmUpSteps: Int { 64 }

  /// Plays at random for a while, so that the first real observation can be normalized too.
  ///
  /// The lanes are to be restarted once the statistics have been taken.
  ///
  /// - Parameter seed: the run's.
  /// - Throws: what an environment finds wrong.
  func playAtRandom(seed: UInt64) throws {
    var streams = (0..<count).map {
      RandomStream(seed: seed, purpose: "warm-up", lane: UInt64(firstLane + $0))
    }
    let moment = Experience(rows: count, lanes: count)
    let drawn = moment.add(.action, width: actions.size)
    for _ in 0..<Self.warmUpSteps {
      switch actions {
      case .choice, .choices, .bits: try drawChoices(using: &streams, into: drawn)
      case .box(let box):
        for index in 0..<count * box.size {
          drawn[index] = Float(streams[index / box.size].uniform(in: -1...1))
        }
      }
      try step(drawn, rows: 0..<count, atEnd: .startNext, rewards: moment.rewards)
    }
  }

  /// Draws an allowed action for each lane.
  private func drawChoices(
    using streams: inout [RandomStream], into drawn: ExperienceColumn<Float>
  ) throws {
    let counts = actions.choiceCounts
    let width = counts.reduce(0, +)
    var masks = [Float](repeating: 1, count: count * width)
    if environment.hasActionMask {
      var span = masks.mutableSpan
      try environment.writeActionMasks(&span)
    }
    for lane in 0..<count {
      var start = lane * width
      for (element, choices) in counts.enumerated() {
        let allowed = (0..<choices).filter { masks[start + $0] != 0 }
        guard !allowed.isEmpty else {
          throw EnvironmentError.emptyMask(
            environment: environment.name, lane: firstLane + lane,
            element: counts.count > 1 ? element : nil)
        }
        drawn[lane * counts.count + element] = Float(
          allowed[streams[lane].index(below: allowed.count)])
        start += choices
      }
    }
  }
}
