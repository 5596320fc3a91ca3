import ArgumentParser
import CAllocations
import Environments
import Foundation
import GSL
import ReinforcementLearning

/// `rl-bench environments`: how many steps per second one core takes, with random actions.
struct EnvironmentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "environments", abstract: "Steps per second of the built-in environments.")

  @Option(help: "How many times each case is measured.")
  var repeats = 5

  @Option(help: "Seconds per measurement.")
  var seconds = 0.3

  @Option(help: "Numbers of environments, separated by commas.")
  var envs = "1,64,1024"

  func validate() throws {
    guard repeats >= 1 else {
      throw ValidationError("--repeats must be at least 1 but is \(repeats).")
    }
    guard seconds > 0, seconds.isFinite else {
      throw ValidationError("--seconds must be above 0 but is \(seconds).")
    }
    _ = try counts()
  }

  private func counts() throws -> [Int] {
    try envs.split(separator: ",").map { text in
      guard let count = Int(text), count >= 1 else {
        throw ValidationError(
          "--envs must be whole numbers of at least 1, such as 1,64,1024, but has '\(text)'.")
      }
      return count
    }
  }

  func run() throws {
    for count in try counts() {
      let cases: [(String, any VectorEnvironment)] = [
        ("cartpole", try EnvironmentBatch<CartPole>(count: count, seed: 1)),
        ("cartpole-libm", try EnvironmentBatch<LibmCartPole>(count: count, seed: 1)),
        ("mountaincar", try EnvironmentBatch<MountainCar>(count: count, seed: 1)),
        ("pendulum", try EnvironmentBatch<Pendulum>(count: count, seed: 1)),
        ("minatar-asterix", try EnvironmentBatch<MinAtarAsterix>(count: count, seed: 1)),
        ("minatar-breakout", try EnvironmentBatch<MinAtarBreakout>(count: count, seed: 1)),
        ("minatar-freeway", try EnvironmentBatch<MinAtarFreeway>(count: count, seed: 1)),
        ("minatar-seaquest", try EnvironmentBatch<MinAtarSeaquest>(count: count, seed: 1)),
        (
          "minatar-space-invaders",
          try EnvironmentBatch<MinAtarSpaceInvaders>(count: count, seed: 1)
        ),
      ]
      for (name, environment) in cases {
        // As agents ask for them: pixels as bytes.
        if environment.givesBytes {
          try EnvironmentMeasurement<UInt8>(environment).report(
            name: name, repeats: repeats, seconds: seconds)
        } else {
          try EnvironmentMeasurement<Float>(environment).report(
            name: name, repeats: repeats, seconds: seconds)
        }
      }
    }
  }
}

/// CartPole with libm's sine and cosine instead of the polynomials.
private struct LibmCartPole: Environment {
  static var spec: EnvironmentSpec { CartPole.spec }
  private var task = CartPole()

  init() {}

  var observationSpace: Space { task.observationSpace }
  var actionSpace: Space { task.actionSpace }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    task.reset(using: stream, observation: &observation)
  }

  mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    task.step(
      action, sineAndCosine: (sin(task.angle), cos(task.angle)), observation: &observation)
  }
}

/// One vector environment, seen as an agent sees it, with memory for its steps.
private struct EnvironmentMeasurement<Element: RowElement> {
  /// Number of different rows of actions, drawn beforehand and then repeated.
  private static var actionRows: Int { 64 }

  private let environment: any VectorEnvironment
  private var observations: [Element]
  private var finalObservations: [Element]
  private var rewards: [Double]
  private var outcomes: [Outcome]
  private var wholeActions: [[Int32]] = []
  private var realActions: [[Float]] = []

  init(_ environment: any VectorEnvironment) throws {
    self.environment = environment
    let count = environment.count
    observations = Array(repeating: 0, count: count * environment.observationSize)
    finalObservations = observations
    rewards = Array(repeating: 0, count: count)
    outcomes = Array(repeating: .ongoing, count: count)
    var stream = RandomStream(seed: 1, purpose: "benchmark-actions")
    for _ in 0..<Self.actionRows {
      switch environment.actionSpace {
      case .discrete, .multiDiscrete, .multiBinary:
        let choices = environment.actionSpace.choices
        wholeActions.append(
          (0..<count).flatMap { _ in
            choices.map { Int32($0.start + stream.index(below: $0.count)) }
          })
      case .box(let box):
        let bounds = box.lower[0]...box.upper[0]
        realActions.append((0..<count).map { _ in Float(stream.uniform(in: bounds)) })
      }
    }
    var span = observations.mutableSpan
    try Element.begin(environment, all: true, &span)
  }

  /// Takes a number of steps of every environment.
  private mutating func run(_ steps: Int) throws {
    let (environment, wholeActions, realActions) = (environment, wholeActions, realActions)
    // Local arrays: spans of two stored properties of one value would be overlapping accesses.
    var observationMemory = observations
    var finalMemory = finalObservations
    var rewardMemory = rewards
    var outcomeMemory = outcomes
    (observations, finalObservations, rewards, outcomes) = ([], [], [], [])
    for step in 0..<steps {
      var observations = observationMemory.mutableSpan
      var finalObservations = finalMemory.mutableSpan
      var rewards = rewardMemory.mutableSpan
      var outcomes = outcomeMemory.mutableSpan
      if wholeActions.isEmpty {
        let actions = realActions[step % Self.actionRows]
        try environment.beginStep(actions: actions.span, atEnd: .startNext)
      } else {
        let actions = wholeActions[step % Self.actionRows]
        try environment.beginStep(actions: actions.span, atEnd: .startNext)
      }
      try Element.finishStep(
        environment, &observations, &finalObservations, &rewards, &outcomes)
    }
    (observations, finalObservations) = (observationMemory, finalMemory)
    (rewards, outcomes) = (rewardMemory, outcomeMemory)
  }

  func report(name: String, repeats: Int, seconds: Double) throws {
    var measurement = self
    let clock = ContinuousClock()
    // Long enough to reach the steady state, in which resets are spread evenly.
    var steps = max(1, 2000 / environment.count)
    var elapsed = 0.0
    repeat {
      let duration = try clock.measure { try measurement.run(steps) }
      elapsed =
        Double(duration.components.attoseconds) * 1e-18 + Double(duration.components.seconds)
      if elapsed < seconds / 4 { steps *= 2 }
    } while elapsed < seconds / 4
    steps = max(1, Int(Double(steps) * seconds / elapsed))

    var rates: [Double] = []
    for _ in 0..<repeats {
      let duration = try clock.measure { try measurement.run(steps) }
      elapsed =
        Double(duration.components.attoseconds) * 1e-18 + Double(duration.components.seconds)
      rates.append(Double(steps * environment.count) / elapsed)
    }
    rates.sort()
    let allocationsBefore = allocation_count()
    try measurement.run(1000)
    let allocations = Double(allocation_count() - allocationsBefore) / 1000
    print(
      """
      {"benchmark": "environments", "name": "\(name)", "envs": \(environment.count), \
      "steps_per_second": \(Int(rates[rates.count / 2])), "min": \(Int(rates[0])), \
      "max": \(Int(rates[rates.count - 1])), "repeats": \(repeats), \
      "allocations_per_step": \(allocations)}
      """)
  }
}
