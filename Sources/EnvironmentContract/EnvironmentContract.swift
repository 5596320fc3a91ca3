import GSL
import ReinforcementLearning

/// Tests whether an environment value keeps its contract, alone and in a batch.
///
/// For an environment of one's own, in a test: `#expect(checkEnvironment(MyTask()).isKept)`, or print
/// the report.
///
/// - Parameters:
///   - prototype: the task with its parameters.
///   - spec: name, limit and threshold, where they are not the type's own.
///   - steps: how many random steps each check takes.
/// - Returns: every rule with how it was kept or broken.
public func checkEnvironment<E: Environment>(
  _ prototype: E = E(), spec: EnvironmentSpec = E.spec, steps: Int = 500
) -> ContractReport {
  var report = checkVectorEnvironment(spec.name, steps: steps) { seed, count, firstLane in
    try EnvironmentBatch(prototype, spec: spec, count: count, seed: seed, firstLane: firstLane)
  }
  guard report.checks.first?.isKept == true else { return report }
  report.check("a copy is independent of the original") {
    try requireIndependentCopies(prototype, spec: spec, steps: steps)
  }
  report.check("a reset forgets the episode before") {
    try requireForgetting(prototype, spec: spec, steps: steps)
  }
  return report
}

/// One environment value with its observation.
private struct Walker<E: Environment> {
  var environment: E
  var observation: [E.Observation]

  init(_ environment: E) {
    self.environment = environment
    observation = Array(repeating: 0, count: environment.observationSpace.observationSize)
  }

  mutating func reset(episode: UInt64) {
    // A local array: `self` would be accessed twice.
    var row = observation
    defer { observation = row }
    var span = row.mutableSpan
    environment.reset(
      using: RandomStream(seed: 5, purpose: "environment", lane: 0, episode: episode),
      observation: &span)
  }

  mutating func step(_ action: E.Action) -> Transition {
    var row = observation
    defer { observation = row }
    var span = row.mutableSpan
    return environment.step(action, observation: &span)
  }
}

/// Plays an episode, remembering what it looked like.
private func play<E: Environment>(
  _ walker: inout Walker<E>, _ actions: [E.Action]
) -> [[Double]] {
  var history: [[Double]] = []
  for action in actions {
    let transition = walker.step(action)
    history.append(walker.observation.map(\.number) + [transition.reward])
    if transition.isTerminated { break }
  }
  return history
}

private func drawActions<E: Environment>(_ prototype: E, count: Int) throws -> [E.Action] {
  // Without masks: states in which some action is forbidden are the batch's business.
  guard let fixed = prototype.actionSpace.someElement else { return [] }
  var draws = RandomStream(seed: 3, purpose: "contract-actions")
  return (0..<count).map { _ in
    let numbers: [Double] =
      switch prototype.actionSpace {
      case .box(let box):
        prototype.hasActionMask
          ? fixed
          : zip(box.lower, box.upper).map {
            let drawn = Double(Float(draws.uniform(in: max($0, -1e3)...min($1, 1e3))))
            return box.elementType.isWholeNumber ? drawn.rounded() : drawn
          }
      case .discrete, .multiDiscrete, .multiBinary:
        prototype.hasActionMask
          ? fixed
          : prototype.actionSpace.choices.map { Double($0.start + draws.index(below: $0.count)) }
      }
    return E.Action(numbers: numbers)
  }
}

extension EnvironmentAction {
  /// Makes the action from numbers of either kind.
  fileprivate init(numbers: [Double]) {
    let whole = numbers.map { Int32(exactly: $0.rounded()) ?? 0 }
    let real = numbers.map { Float($0) }
    if let components = whole as? [Component] {
      self.init(components: components.span)
    } else if let components = real as? [Component] {
      self.init(components: components.span)
    } else {
      fatalError("An action is made of Int32 or Float, not of \(Component.self).")
    }
  }
}

private func requireIndependentCopies<E: Environment>(
  _ prototype: E, spec: EnvironmentSpec, steps: Int
) throws {
  let actions = try drawActions(prototype, count: min(steps, spec.stepLimit ?? steps))
  var original = Walker(prototype)
  original.reset(episode: 0)
  var untouched = Walker(prototype)
  untouched.reset(episode: 0)
  // A copy that plays an episode of its own first must leave no trace.
  var copy = original
  copy.reset(episode: 1)
  _ = play(&copy, actions)
  if play(&original, actions) != play(&untouched, actions) {
    throw Violation("stepping a copy changed what the original does")
  }
}

private func requireForgetting<E: Environment>(
  _ prototype: E, spec: EnvironmentSpec, steps: Int
) throws {
  let actions = try drawActions(prototype, count: min(steps, spec.stepLimit ?? steps))
  var fresh = Walker(prototype)
  fresh.reset(episode: 0)
  var used = Walker(prototype)
  used.reset(episode: 1)
  _ = play(&used, actions)
  used.reset(episode: 0)
  if fresh.observation != used.observation {
    throw Violation("the first observation depends on the episode before")
  }
  if play(&fresh, actions) != play(&used, actions) {
    throw Violation("the episode depends on the one before")
  }
}
