import Environments
import ReinforcementLearning

/// A good vector environment that is broken in one way on its way out.
final class BrokenVector: VectorEnvironment {
  enum Defect: CaseIterable, Sendable {
    case clampsActions, vagueRefusal, ignoresLane, stepsTheEnded, ignoresLimit, resumesElsewhere

    var brokenRule: String {
      switch self {
      case .clampsActions, .vagueRefusal:
        "an action outside the space is refused and changes nothing"
      case .ignoresLane: "lanes do not depend on their grouping"
      case .stepsTheEnded: "an ended episode waits where asked to, and stepping it is refused"
      case .ignoresLimit: "episodes end at the step limit"
      case .resumesElsewhere: "saved and restored, it goes on identically"
      }
    }
  }

  private let inner: EnvironmentBatch<CartPole>
  private let lanesFromZero: EnvironmentBatch<CartPole>?
  private let defect: Defect

  init(_ inner: EnvironmentBatch<CartPole>, _ defect: Defect) {
    self.inner = inner
    self.defect = defect
    lanesFromZero =
      defect == .ignoresLane ? try? EnvironmentBatch(count: inner.count, seed: 11) : nil
  }

  private var active: EnvironmentBatch<CartPole> { lanesFromZero ?? inner }

  var name: String { inner.name }
  var count: Int { inner.count }
  var firstLane: Int { inner.firstLane }
  var observationSpace: Space { inner.observationSpace }
  var actionSpace: Space { inner.actionSpace }
  var stepLimit: Int? { defect == .ignoresLimit ? 5 : inner.stepLimit }
  var rewardThreshold: Double? { inner.rewardThreshold }
  var hasActionMask: Bool { false }

  func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try active.reset(observations: &observations)
  }

  func isWaiting(_ lane: Int) -> Bool { active.isWaiting(lane) }

  func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try active.startWaitingLanes(observations: &observations)
  }

  func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    var allowed = (0..<actions.count).map { actions[$0] }
    switch defect {
    case .clampsActions:
      allowed = allowed.map { min(max($0, 0), 1) }
    case .vagueRefusal where allowed.contains(where: { $0 < 0 || $0 > 1 }):
      throw .outOfTurn(environment: name, reason: "something is wrong.")
    case .stepsTheEnded where (0..<count).allSatisfy({ active.isWaiting($0) }):
      var memory = [Float](repeating: 0, count: count * observationSize)
      var span = memory.mutableSpan
      try active.startWaitingLanes(observations: &span)
    default:
      break
    }
    try active.beginStep(actions: allowed.span, atEnd: atEnd)
  }

  func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try active.beginStep(actions: actions, atEnd: atEnd)
  }

  func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try active.finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
  }

  func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    try active.writeActionMasks(&masks)
  }

  func snapshot() throws(EnvironmentError) -> [UInt8] { try active.snapshot() }

  func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {
    try active.restore(snapshot)
    guard defect == .resumesElsewhere else { return }
    var memory = [Float](repeating: 0, count: count * observationSize)
    var span = memory.mutableSpan
    try active.reset(observations: &span)
  }
}
