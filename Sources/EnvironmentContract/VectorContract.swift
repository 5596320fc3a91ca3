import GSL
import ReinforcementLearning

/// Tests whether a vector environment keeps the contract that agents rely on.
///
/// - Parameters:
///   - name: for the report.
///   - steps: how many random steps each check takes.
///   - make: makes the environment anew, of at least one lane, from the run's seed, the number of
///     lanes and the global index of the first.
/// - Returns: every rule with how it was kept or broken. Nothing is thrown: a failure to make the
///   environment is a broken rule too.
public func checkVectorEnvironment(
  _ name: String, steps: Int = 500,
  make: (_ seed: UInt64, _ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
) -> ContractReport {
  insist(steps > 0, "A contract test needs at least 1 step but was asked for \(steps).")
  var report = ContractReport(environment: name)
  report.check("its spaces and its step limit make sense") {
    let environment = try make(1, 2, 0)
    try environment.observationSpace.validate(of: name)
    try environment.actionSpace.validate(of: name)
    if environment.count != 2 {
      throw Violation("2 lanes were asked for, it has \(environment.count)")
    }
    if let limit = environment.stepLimit, limit < 1 {
      throw Violation("the step limit is \(limit) and must be at least 1")
    }
  }
  guard report.isKept else { return report }
  report.check("two with one seed do the same") {
    try compare(Rig(try make(7, 3, 0)), Rig(try make(7, 3, 0)), steps: steps)
  }
  report.check("different seeds and lanes differ") {
    try requireVariety(steps: steps, make: make)
  }
  report.check("lanes do not depend on their grouping") {
    try requireIndependentGrouping(steps: steps, make: make)
  }
  report.check("observations are finite and inside the space, final ones too") {
    let rig = Rig(try make(3, 2, 0))
    try rig.reset()
    if let outsider = rig.outsider(in: rig.observations) {
      throw Violation(outsider + " after reset")
    }
    for step in 0..<steps {
      try rig.step()
      if let outsider = rig.outsider(in: rig.observations) {
        throw Violation("\(outsider) after \(step + 1) steps")
      }
      if let outsider = rig.outsider(
        in: rig.finalObservations, lanes: { rig.outcomes[$0].isEnd })
      {
        throw Violation("\(outsider), a final one, after \(step + 1) steps")
      }
    }
  }
  report.check("an action outside the space is refused and changes nothing") {
    try requireRefusal(try make(4, 2, 0))
  }
  report.check("a step before the first reset is refused") {
    let rig = Rig(try make(5, 1, 0))
    let action = Array(repeating: 0.0, count: rig.environment.actionSize)
    if !isRefused({ try rig.step(rig.environment.actionSpace.someElement ?? action) }) {
      throw Violation("it was taken")
    }
  }
  report.check("an ended episode waits where asked to, and stepping it is refused") {
    try requireWaiting(try make(6, 2, 0))
  }
  report.check("the final observation is that of the episode that ended") {
    try requireFinalObservations(steps: steps) { try make(10, 2, 0) }
  }
  report.check("episodes end at the step limit") {
    try requireLimit(try make(8, 1, 0))
  }
  report.check("saved and restored, it goes on identically") {
    try requireSnapshots(steps: steps) { try make(9, 2, 0) }
  }
  return report
}

private func compare(_ first: Rig, _ second: Rig, steps: Int) throws {
  try first.reset()
  try second.reset()
  if let difference = first.result.difference(from: second.result) {
    throw Violation("\(difference), after reset")
  }
  for step in 0..<steps {
    try first.step()
    try second.step()
    if let difference = first.result.difference(from: second.result) {
      throw Violation("\(difference), after \(step + 1) steps")
    }
  }
}

/// What ends an episode is the same observation whether the lane waits or goes on with the next one.
private func requireFinalObservations(
  steps: Int, make: () throws -> any VectorEnvironment
) throws {
  let (waiting, goingOn) = (Rig(try make()), Rig(try make()))
  try waiting.reset()
  try goingOn.reset()
  let most = min(goingOn.environment.stepLimit.map { $0 + 1 } ?? 10 * steps, 20_000)
  for step in 0..<most {
    let actions = try goingOn.drawActions()
    try goingOn.step(actions)
    try waiting.step(actions, atEnd: .wait)
    for lane in 0..<goingOn.environment.count where goingOn.outcomes[lane].isEnd {
      let (expected, found) = (waiting.finalObservation(lane), goingOn.finalObservation(lane))
      if expected != found {
        throw Violation(
          "lane \(lane) ended after \(step + 1) steps with \(brief(expected)) when it was to wait, and with "
            + "\(brief(found)) when the next episode was to begin: is that the next one's first observation?"
        )
      }
      return
    }
  }
  throw Note("no episode ended within \(most) steps")
}

/// A row as messages show it.
private func brief(_ row: [Float]) -> String {
  row.count > 8 ? "[\(row.prefix(8).map { "\($0)" }.joined(separator: ", ")), …]" : "\(row)"
}

private func requireIndependentGrouping(
  steps: Int, make: (UInt64, Int, Int) throws -> any VectorEnvironment
) throws {
  let together = Rig(try make(11, 2, 0))
  let alone = [Rig(try make(11, 1, 0)), Rig(try make(11, 1, 1))]
  try together.reset()
  for rig in alone { try rig.reset() }
  for step in 0...steps {
    let joined = Rig.Result(
      observations: alone.flatMap(\.observations), rewards: alone.flatMap(\.rewards),
      outcomes: alone.flatMap(\.outcomes),
      finalObservations: alone.flatMap(\.result.finalObservations))
    if let difference = together.result.difference(from: joined) {
      throw Violation("two lanes together and apart: \(difference), after \(step) steps")
    }
    let actions = try together.drawActions()
    try together.step(actions)
    for (lane, rig) in alone.enumerated() {
      try rig.step(
        Array(actions[(lane * rig.environment.actionSize)...].prefix(rig.environment.actionSize)))
    }
  }
}

private func requireRefusal(_ environment: any VectorEnvironment) throws {
  if environment.actionSpace.outsiders.isEmpty { throw Note("no action lies outside") }
  let rig = Rig(environment)
  try rig.reset()
  for (element, value) in environment.actionSpace.outsiders {
    var actions = try rig.drawActions()
    actions[actions.count - environment.actionSize + element] = value
    do {
      try rig.step(actions)
      throw Violation("the action \(value) was taken, in \(environment.actionSpace)")
    } catch let error as EnvironmentError {
      let text = "\(error)"
      if !text.contains(EnvironmentError.format(value)) {
        throw Violation("the action \(value) was refused, but the error does not name it: \(text)")
      }
    }
  }
  try rig.step()
}

private func requireWaiting(_ environment: any VectorEnvironment) throws {
  let rig = Rig(environment)
  try rig.reset()
  var steps = 0
  while !(0..<environment.count).allSatisfy({ environment.isWaiting($0) }) {
    let wasWaiting = (0..<environment.count).map { environment.isWaiting($0) }
    try rig.step(atEnd: .wait)
    steps += 1
    for lane in wasWaiting.indices where wasWaiting[lane] {
      if rig.rewards[lane] != 0 || rig.outcomes[lane] != .ongoing {
        throw Violation("waiting lane \(lane) gave \(rig.rewards[lane]), \(rig.outcomes[lane])")
      }
    }
    for lane in wasWaiting.indices where !wasWaiting[lane] {
      if rig.outcomes[lane].isEnd != environment.isWaiting(lane) {
        throw Violation("lane \(lane) is \(rig.outcomes[lane]) but waiting says otherwise")
      }
    }
    if steps > 100_000 { throw Note("no episode ended within \(steps) steps") }
  }
  guard let action = environment.actionSpace.someElement else { return }
  let actions = (0..<environment.count).flatMap { _ in action }
  if !isRefused({ try rig.step(actions) }) { throw Violation("ended episodes were stepped") }
  try rig.startWaitingLanes()
  try rig.step()
}

private func requireLimit(_ environment: any VectorEnvironment) throws {
  guard let limit = environment.stepLimit else { throw Note("there is none") }
  let rig = Rig(environment)
  try rig.reset()
  var length = 0
  for _ in 0..<min(3 * limit, 20_000) {
    try rig.step()
    length += 1
    if rig.outcomes[0] == .truncated && length != limit {
      throw Violation("an episode was truncated after \(length) steps instead of \(limit)")
    }
    if rig.outcomes[0].isEnd { length = 0 }
    if length >= limit { throw Violation("an episode goes on after \(limit) steps") }
  }
}

private func requireSnapshots(
  steps: Int, make: () throws -> any VectorEnvironment
) throws {
  let first = Rig(try make())
  guard first.environment.hasSnapshots else { throw Note("it cannot save its state") }
  try first.reset()
  // Past the first few episodes, and somewhere within one.
  for _ in 0..<min(steps, 137) { try first.step() }
  let saved = try first.environment.snapshot()
  if try first.environment.snapshot() != saved {
    throw Violation("two snapshots have different bytes")
  }
  let second = Rig(try make())
  try second.environment.restore(saved)
  if try second.environment.snapshot() != saved {
    throw Violation("the restored one's snapshot has different bytes")
  }
  for step in 0..<steps {
    let actions = try first.drawActions()
    try first.step(actions)
    try second.step(actions)
    if let difference = first.result.difference(from: second.result) {
      throw Violation("\(difference), \(step + 1) steps after the restoration")
    }
  }
}
