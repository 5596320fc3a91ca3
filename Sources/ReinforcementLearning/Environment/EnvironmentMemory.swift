/// The memory that a vector environment writes into, for callers without a layout of their own.
///
/// Shapes: N lanes, D numbers of an observation, A choices of a discrete action.
public struct EnvironmentMemory: Codable, Sendable {
  /// `[N, D]`, the observations to act on next.
  public var observations: [Float]
  /// `[N, D]`, the observations that ended episodes; other rows are old.
  public private(set) var finalObservations: [Float]
  /// `[N, A]`, 1 for allowed actions; empty where every action is always allowed.
  public private(set) var masks: [Float]
  /// `[N]`, the rewards of the last step.
  public private(set) var rewards: [Double]
  /// `[N]`, how the last step ended.
  public private(set) var outcomes: [Outcome]

  /// Memory of the right size for an environment.
  public init(for environment: any VectorEnvironment) {
    observations = Array(repeating: 0, count: environment.count * environment.observationSize)
    finalObservations = observations
    let maskSize = environment.hasActionMask ? environment.actionSpace.maskSize ?? 0 : 0
    masks = Array(repeating: 1, count: environment.count * maskSize)
    rewards = Array(repeating: 0, count: environment.count)
    outcomes = Array(repeating: .ongoing, count: environment.count)
  }

  /// Begins a new episode in every lane.
  public mutating func reset(_ environment: any VectorEnvironment) throws(EnvironmentError) {
    var span = observations.mutableSpan
    try environment.reset(observations: &span)
    try writeMasks(environment)
  }

  /// Begins a new episode in every lane that waits.
  public mutating func startWaitingLanes(
    _ environment: any VectorEnvironment
  ) throws(EnvironmentError) {
    var span = observations.mutableSpan
    try environment.startWaitingLanes(observations: &span)
    try writeMasks(environment)
  }

  /// Takes a step with whole-number actions, `[N, C]`.
  public mutating func step(
    _ environment: any VectorEnvironment, actions: [Int32], atEnd: EpisodeEnd
  ) throws(EnvironmentError) {
    try environment.beginStep(actions: actions.span, atEnd: atEnd)
    try finishStep(environment)
  }

  /// Takes a step with real actions, `[N, C]`.
  public mutating func step(
    _ environment: any VectorEnvironment, actions: [Float], atEnd: EpisodeEnd
  ) throws(EnvironmentError) {
    try environment.beginStep(actions: actions.span, atEnd: atEnd)
    try finishStep(environment)
  }

  /// Takes a step with actions of either kind.
  public mutating func step(
    _ environment: any VectorEnvironment, actions: ActionRows, atEnd: EpisodeEnd
  ) throws(EnvironmentError) {
    switch actions {
    case .whole(let actions): try step(environment, actions: actions, atEnd: atEnd)
    case .real(let actions): try step(environment, actions: actions, atEnd: atEnd)
    }
  }

  private mutating func finishStep(
    _ environment: any VectorEnvironment
  ) throws(EnvironmentError) {
    try Self.finishStep(environment, &observations, &finalObservations, &rewards, &outcomes)
    try writeMasks(environment)
  }

  private mutating func writeMasks(_ environment: any VectorEnvironment) throws(EnvironmentError) {
    guard !masks.isEmpty else { return }
    var span = masks.mutableSpan
    try environment.writeActionMasks(&span)
  }

  /// Each array is an access of its own, so that four spans can exist at once.
  private static func finishStep(
    _ environment: any VectorEnvironment, _ observations: inout [Float],
    _ finalObservations: inout [Float], _ rewards: inout [Double], _ outcomes: inout [Outcome]
  ) throws(EnvironmentError) {
    var observationSpan = observations.mutableSpan
    var finalSpan = finalObservations.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try environment.finishStep(
      observations: &observationSpan, finalObservations: &finalSpan, rewards: &rewardSpan,
      outcomes: &outcomeSpan)
  }
}
