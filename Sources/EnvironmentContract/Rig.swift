import GSL
import ReinforcementLearning

/// A vector environment with memory for its results, driven with actions drawn at random.
final class Rig {
  let environment: any VectorEnvironment
  private(set) var observations: [Float]
  private(set) var finalObservations: [Float]
  private(set) var rewards: [Double]
  private(set) var outcomes: [Outcome]
  private var masks: [Float] = []
  private var actions: RandomStream

  init(_ environment: any VectorEnvironment, actionSeed: UInt64 = 1) {
    self.environment = environment
    let count = environment.count
    observations = Array(repeating: 0, count: count * environment.observationSize)
    finalObservations = observations
    rewards = Array(repeating: 0, count: count)
    outcomes = Array(repeating: .ongoing, count: count)
    actions = RandomStream(seed: actionSeed, purpose: "contract-actions")
  }

  /// Everything that a step gave.
  struct Result: Equatable {
    var observations: [Float]
    var rewards: [Double]
    var outcomes: [Outcome]
    /// Of the lanes whose episode ended; zeros for the others.
    var finalObservations: [Float]

    /// Equality of every bit but the sign of zero; not-a-numbers are equal to nothing.
    func difference(from other: Result) -> String? {
      for index in observations.indices where observations[index] != other.observations[index] {
        return "element \(index) of the observations is \(observations[index]) once and "
          + "\(other.observations[index]) once"
      }
      for lane in rewards.indices where rewards[lane] != other.rewards[lane] {
        return "the reward of lane \(lane) is \(rewards[lane]) once and \(other.rewards[lane]) once"
      }
      for lane in outcomes.indices where outcomes[lane] != other.outcomes[lane] {
        return "lane \(lane) is \(outcomes[lane]) once and \(other.outcomes[lane]) once"
      }
      for index in finalObservations.indices
      where finalObservations[index] != other.finalObservations[index] {
        return "element \(index) of the final observations is \(finalObservations[index]) once and "
          + "\(other.finalObservations[index]) once"
      }
      return nil
    }
  }

  var result: Result {
    let width = environment.observationSize
    let finals = outcomes.indices.flatMap { lane in
      outcomes[lane].isEnd
        ? Array(finalObservations[lane * width..<(lane + 1) * width])
        : Array(repeating: 0, count: width)
    }
    return Result(
      observations: observations, rewards: rewards, outcomes: outcomes, finalObservations: finals)
  }

  /// The observation that ended the lane's last episode.
  func finalObservation(_ lane: Int) -> [Float] {
    let width = environment.observationSize
    return Array(finalObservations[lane * width..<(lane + 1) * width])
  }

  func reset() throws(EnvironmentError) {
    // A local array: a span of a class's property may not be live where an error is thrown.
    var rows = observations
    defer { observations = rows }
    var span = rows.mutableSpan
    try environment.reset(observations: &span)
  }

  func startWaitingLanes() throws(EnvironmentError) {
    // A local array: a span of a class's property may not be live where an error is thrown.
    var rows = observations
    defer { observations = rows }
    var span = rows.mutableSpan
    try environment.startWaitingLanes(observations: &span)
  }

  /// Random actions that the space and the masks allow.
  func drawActions() throws(EnvironmentError) -> [Double] {
    if environment.hasActionMask, let width = environment.actionSpace.maskSize {
      var rows = Array(repeating: Float(1), count: environment.count * width)
      var span = rows.mutableSpan
      try environment.writeActionMasks(&span)
      masks = rows
    }
    return (0..<environment.count).flatMap { drawAction(lane: $0) }
  }

  private func drawAction(lane: Int) -> [Double] {
    switch environment.actionSpace {
    case .box(let box):
      zip(box.lower, box.upper).map { lower, upper in
        let (low, high) = (max(lower, -1e3), min(upper, 1e3))
        // Rounding to single precision must not leave the bounds.
        let drawn = Double(Float(actions.uniform(in: min(low, high)...high)))
        return min(max(box.elementType.isWholeNumber ? drawn.rounded() : drawn, lower), upper)
      }
    case .discrete, .multiDiscrete, .multiBinary:
      choose(environment.actionSpace.choices, lane: lane)
    }
  }

  private func choose(_ choices: [Space.Choice], lane: Int) -> [Double] {
    var offset = 0
    return choices.map { choice in
      defer { offset += choice.count }
      return Double(choice.start + self.choice(among: choice.count, lane: lane, offset: offset))
    }
  }

  private func choice(among count: Int, lane: Int, offset: Int) -> Int {
    guard !masks.isEmpty else { return actions.index(below: count) }
    let start = lane * (masks.count / environment.count) + offset
    let allowed = (0..<count).filter { masks[start + $0] != 0 }
    return allowed.isEmpty ? 0 : allowed[actions.index(below: allowed.count)]
  }

  /// Takes a step with these actions, which need not be allowed.
  func step(_ actions: [Double], atEnd: EpisodeEnd = .startNext) throws(EnvironmentError) {
    if environment.actionSpace.isWholeNumbers {
      let numbers = actions.map { Int32($0) }
      try environment.beginStep(actions: numbers.span, atEnd: atEnd)
    } else {
      let numbers = actions.map { Float($0) }
      try environment.beginStep(actions: numbers.span, atEnd: atEnd)
    }
    var (observations, finalObservations) = (observations, finalObservations)
    var (rewards, outcomes) = (rewards, outcomes)
    defer {
      (self.observations, self.finalObservations) = (observations, finalObservations)
      (self.rewards, self.outcomes) = (rewards, outcomes)
    }
    var observationSpan = observations.mutableSpan
    var finalSpan = finalObservations.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try environment.finishStep(
      observations: &observationSpan, finalObservations: &finalSpan, rewards: &rewardSpan,
      outcomes: &outcomeSpan)
  }

  /// Takes a step with random actions.
  func step(atEnd: EpisodeEnd = .startNext) throws(EnvironmentError) {
    try step(try drawActions(), atEnd: atEnd)
  }

  /// Says which row lies outside the observation space, or nil.
  func outsider(in rows: [Float], lanes: (Int) -> Bool = { _ in true }) -> String? {
    let width = environment.observationSize
    for lane in 0..<environment.count where lanes(lane) {
      let row = Array(rows[lane * width..<(lane + 1) * width])
      if let element = row.firstIndex(where: { !$0.isFinite }) {
        return "element \(element) of the observation of lane \(lane) is \(row[element])"
      }
      if !environment.observationSpace.containsRow(row) {
        return
          "the observation \(row.prefix(100)) of lane \(lane) is not in \(environment.observationSpace)"
      }
    }
    return nil
  }
}

extension Space {
  /// Whether a row of observations, whole numbers one-hot, encodes an element.
  func containsRow(_ row: [Float]) -> Bool {
    switch self {
    case .box, .multiBinary:
      return contains(row.map { Double($0) })
    case .discrete:
      return Self.isOneHot(row[...])
    case .multiDiscrete(let space):
      var start = 0
      return space.counts.allSatisfy { count in
        defer { start += count }
        return Self.isOneHot(row[start..<start + count])
      }
    }
  }

  private static func isOneHot(_ row: ArraySlice<Float>) -> Bool {
    row.allSatisfy { $0 == 0 || $0 == 1 } && row.reduce(0, +) == 1
  }
}
