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

/// Tasks whose start is fixed may differ in the course of an episode instead.
private func requireVariety(
  steps: Int, make: (UInt64, Int, Int) throws -> any VectorEnvironment
) throws {
  let rigs = [Rig(try make(1, 1, 0)), Rig(try make(2, 1, 0)), Rig(try make(1, 1, 1))]
  var histories: [[Rig.Result]] = [[], [], []]
  for (index, rig) in rigs.enumerated() {
    try rig.reset()
    histories[index].append(rig.result)
    for _ in 0..<steps {
      try rig.step()
      histories[index].append(rig.result)
    }
  }
  if histories[0] == histories[1] {
    throw Violation("seeds 1 and 2 give the same for \(steps) steps")
  }
  if histories[0] == histories[2] {
    throw Violation("lanes 0 and 1 are the same for \(steps) steps")
  }
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
      outcomes: alone.flatMap(\.outcomes))
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
    if steps > 100_000 { return }
  }
  guard let action = environment.actionSpace.someElement else { return }
  let actions = (0..<environment.count).flatMap { _ in action }
  if !isRefused({ try rig.step(actions) }) { throw Violation("ended episodes were stepped") }
  try rig.startWaitingLanes()
  try rig.step()
}

private func requireLimit(_ environment: any VectorEnvironment) throws {
  guard let limit = environment.stepLimit else { return }
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
  guard first.environment.hasSnapshots else { return }
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

private func isRefused(_ body: () throws -> Void) -> Bool {
  do {
    try body()
    return false
  } catch {
    return true
  }
}

extension Space {
  /// One element of the space.
  var someElement: [Double]? {
    switch self {
    case .box(let box): zip(box.lower, box.upper).map { min(max(0, $0), $1) }
    case .discrete(let space): [Double(space.start)]
    case .multiDiscrete(let space): space.counts.map { _ in 0 }
    }
  }

  /// Values that lie outside, each with the element of an action where it does.
  var outsiders: [(element: Int, value: Double)] {
    switch self {
    case .box(let box):
      var outsiders: [(Int, Double)] = [(0, .nan), (0, .infinity), (0, -.infinity)]
      for element in box.lower.indices {
        if box.upper[element] < 1e30 { outsiders.append((element, box.upper[element] + 1)) }
        if box.lower[element] > -1e30 { outsiders.append((element, box.lower[element] - 1)) }
      }
      return outsiders
    case .discrete(let space):
      return [(0, Double(space.start - 1)), (0, Double(space.start + space.count))]
    case .multiDiscrete(let space):
      return space.counts.indices.flatMap { [($0, -1.0), ($0, Double(space.counts[$0]))] }
    }
  }
}
