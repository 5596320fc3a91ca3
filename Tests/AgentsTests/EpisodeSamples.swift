import Environments
import GSL

/// Steps of whole episodes, one behind the other, with the noise that produced each action.
struct EpisodeSamples {
  private(set) var states: [Int] = []
  private(set) var actions: [Int] = []
  private(set) var rewards: [Double] = []
  /// t within the episode.
  private(set) var steps: [Int] = []
  /// The first row of each episode, and the end of the last.
  private(set) var starts = [0]
  /// `[R, A]` exponential variates.
  private(set) var noise: [Double] = []
  private(set) var conditionalNoise: [Double] = []
  /// Which values were allowed, as the actions of several choices are masked; else empty.
  private(set) var masks: [Double] = []
  /// Drawn anew, independent of the actions.
  private(set) var freshNoise: [Double] = []
  /// `[R, M·A]`, of other actions, filled by whoever needs it.
  var freeNoise: [Double] = []

  var episodeCount: Int { starts.count - 1 }
  var rowCount: Int { states.count }

  mutating func removeAll() { self = EpisodeSamples() }

  /// Plays an episode and adds it.
  mutating func play(
    _ process: MarkovDecisionProcess, logProbabilities: [Double], horizon: Int,
    from stream: inout RandomStream
  ) {
    var state = draw(process.initial[...], from: &stream)
    let a = process.actionCount
    for step in 0..<horizon {
      var action = 0
      var largest = -Double.infinity
      for candidate in 0..<a {
        let variate = stream.exponential()
        noise.append(variate)
        let z = logProbabilities[state * a + candidate] - variate.logarithm
        if z > largest { (largest, action) = (z, candidate) }
      }
      for _ in 0..<a { conditionalNoise.append(stream.exponential()) }
      for _ in 0..<a { freshNoise.append(stream.exponential()) }
      guard let next = add(action, in: state, at: step, process, from: &stream) else { break }
      state = next
    }
    starts.append(states.count)
  }

  /// Plays an episode of several choices in every step and adds it.
  mutating func play(
    _ process: MarkovDecisionProcess, _ chooser: ChoiceDraw, horizon: Int,
    from stream: inout RandomStream
  ) {
    var state = draw(process.initial[...], from: &stream)
    for step in 0..<horizon {
      let variates = chooser.variates(from: &stream)
      let action = chooser.action(in: state, variates)
      noise += variates
      conditionalNoise += chooser.variates(from: &stream)
      freshNoise += chooser.variates(from: &stream)
      masks += chooser.mask(in: state)
      guard let next = add(action, in: state, at: step, process, from: &stream) else { break }
      state = next
    }
    starts.append(states.count)
  }

  /// Adds the step that an action takes.
  ///
  /// - Returns: the next state, or nil where the episode has ended.
  private mutating func add(
    _ action: Int, in state: Int, at step: Int, _ process: MarkovDecisionProcess,
    from stream: inout RandomStream
  ) -> Int? {
    let row = (state * process.actionCount + action) * process.stateCount
    let next = draw(process.transitions[row..<row + process.stateCount], from: &stream)
    states.append(state)
    actions.append(action)
    rewards.append(process.reward(of: next, after: action, in: state))
    steps.append(step)
    return process.isTerminal[next] ? nil : next
  }

  /// Adds an episode of given steps, each with noise that the policy reads as its action.
  mutating func append(
    path: [(state: Int, action: Int, reward: Double)], actionCount: Int
  ) {
    for (step, move) in path.enumerated() {
      states.append(move.state)
      actions.append(move.action)
      rewards.append(move.reward)
      steps.append(step)
      // z is log π − log E: 46 more than that of an action with E = 1.
      noise += (0..<actionCount).map { $0 == move.action ? 1e-20 : 1 }
      conditionalNoise += (0..<actionCount).map { _ in 1 }
      freshNoise += (0..<actionCount).map { _ in 1 }
    }
    starts.append(states.count)
  }

  /// Adds an episode of another collection.
  mutating func append(episode: Int, of other: EpisodeSamples, actionCount a: Int) {
    let rows = other.starts[episode]..<other.starts[episode + 1]
    let cells = rows.lowerBound * a..<rows.upperBound * a
    states += other.states[rows]
    actions += other.actions[rows]
    rewards += other.rewards[rows]
    steps += other.steps[rows]
    noise += other.noise[cells]
    conditionalNoise += other.conditionalNoise[cells]
    freshNoise += other.freshNoise[cells]
    starts.append(states.count)
  }

  /// Each row's discounted return until the end of its episode.
  func returns(discount: Double) -> [Double] {
    var returns = rewards
    for episode in 0..<episodeCount {
      for row in (starts[episode]..<starts[episode + 1]).dropLast().reversed() {
        returns[row] += discount * returns[row + 1]
      }
    }
    return returns
  }

  /// G_t − Σ_{k > t} γ^{k − t} A_k, by its definition.
  func returns(discount: Double, without advantages: [Double]) -> [Double] {
    var result = returns(discount: discount)
    for episode in 0..<episodeCount {
      let end = starts[episode + 1]
      for row in starts[episode]..<end {
        var factor = 1.0
        for later in row + 1..<max(row + 1, end) {
          factor *= discount
          result[row] -= factor * advantages[later]
        }
      }
    }
    return result
  }

  private func draw(_ masses: ArraySlice<Double>, from stream: inout RandomStream) -> Int {
    var rest = stream.uniform()
    for (index, mass) in masses.enumerated() {
      rest -= mass
      if rest < 0 { return index }
    }
    return masses.count - 1
  }
}
