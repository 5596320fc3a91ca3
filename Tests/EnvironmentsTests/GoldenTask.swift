import Environments
import ReinforcementLearning

/// An environment whose state can be set to a golden one.
protocol GoldenTask: Environment {
  static var goldenName: String { get }
  var goldenState: [Double] { get set }
  static func goldenAction(_ number: Double) -> Action
}

extension GoldenTask where Action == Int {
  static func goldenAction(_ number: Double) -> Int { Int(number) }
}

extension GoldenTask where Action == Float {
  static func goldenAction(_ number: Double) -> Float { Float(number) }
}

extension CartPole: GoldenTask {
  static var goldenName: String { "cartpole" }
  var goldenState: [Double] {
    get { [position, velocity, angle, angularVelocity] }
    set {
      (position, velocity, angle, angularVelocity) = (
        newValue[0], newValue[1], newValue[2], newValue[3]
      )
    }
  }
}

extension MountainCar: GoldenTask {
  static var goldenName: String { "mountaincar" }
  var goldenState: [Double] {
    get { [position, velocity] }
    set { (position, velocity) = (newValue[0], newValue[1]) }
  }
}

extension MountainCarContinuous: GoldenTask {
  static var goldenName: String { "mountaincar-continuous" }
  var goldenState: [Double] {
    get { [position, velocity] }
    set { (position, velocity) = (newValue[0], newValue[1]) }
  }
}

extension Pendulum: GoldenTask {
  static var goldenName: String { "pendulum" }
  var goldenState: [Double] {
    get { [angle, angularVelocity] }
    set { (angle, angularVelocity) = (newValue[0], newValue[1]) }
  }
}

extension Acrobot: GoldenTask {
  static var goldenName: String { "acrobot" }
  var goldenState: [Double] {
    get { (0..<4).map { state[$0] } }
    set { for index in 0..<4 { state[index] = newValue[index] } }
  }
}

/// How far our dynamics are from the golden ones.
struct GoldenDeviation {
  var state = 0.0
  var observation = 0.0
  var reward = 0.0
  var totalReward = 0.0
  var wrongEnds = 0
  var comparisons = 0
}

extension GoldenTask {
  /// One step from every golden state whose successor is recorded too.
  static func oneStepDeviation(from file: GoldenFile, disturbance: Double = 0) -> GoldenDeviation {
    var deviation = GoldenDeviation()
    for episode in file.episodes {
      var state: [Double]? = episode.initial
      for step in episode.steps {
        defer { state = step.record?.state }
        guard let start = state, let record = step.record else { continue }
        var environment = Self()
        environment.goldenState = start.map { $0 + disturbance }
        environment.play(step.action, expecting: record, deviation: &deviation)
      }
    }
    return deviation
  }

  /// Whole episodes from their initial states, or their first steps.
  static func episodeDeviation(
    from file: GoldenFile, steps limit: (GoldenFile.Episode) -> Int = { _ in .max }
  ) -> GoldenDeviation {
    var deviation = GoldenDeviation()
    for episode in file.episodes {
      var environment = Self()
      environment.goldenState = episode.initial
      let steps = limit(episode)
      var total = 0.0
      for step in episode.steps.prefix(steps) {
        total += environment.play(step.action, expecting: step.record, deviation: &deviation)
      }
      if steps >= episode.length {
        let difference = abs(total - episode.totalReward)
        deviation.totalReward = max(deviation.totalReward, difference)
        if episode.length != episode.steps.count { deviation.wrongEnds += 1 }
      }
    }
    return deviation
  }

  @discardableResult
  private mutating func play(
    _ action: Double, expecting record: GoldenFile.Record?, deviation: inout GoldenDeviation
  ) -> Double {
    var row = Array(repeating: Observation.zero, count: observationSpace.observationSize)
    var span = row.mutableSpan
    let transition = step(Self.goldenAction(action), observation: &span)
    guard let record else {
      if transition.isTerminated { deviation.wrongEnds += 1 }
      return transition.reward
    }
    deviation.comparisons += 1
    if transition.isTerminated != record.isTerminated { deviation.wrongEnds += 1 }
    deviation.reward = max(deviation.reward, abs(transition.reward - record.reward))
    for (ours, golden) in zip(goldenState, record.state) {
      deviation.state = max(deviation.state, abs(ours - golden))
    }
    for (ours, golden) in zip(row, record.observation) {
      deviation.observation = max(deviation.observation, abs(ours.number - golden))
    }
    return transition.reward
  }
}
