import Networks
import ReinforcementLearning

/// An agent that learns from a replay memory: `ddpg`, `td3`, `sac` and `dqn`.
///
/// An update of the training loop is some steps of each lane and all gradients that they ask for, each
/// applied before the next is taken.
public protocol OffPolicyAgent: Agent where Shard == OffPolicyShard {}

extension OffPolicyAgent {
  /// The shard with all lanes.
  var shard: OffPolicyShard { shards[0] }

  /// As many gradients as the steps taken ask for.
  public func pass(after pass: Pass) -> Pass {
    guard shard.updatesDue > 0 else { return .collect }
    return if case .gradient(let number) = pass { .gradient(number + 1) } else { .gradient(0) }
  }

  /// True: every gradient is applied before the next is taken.
  public var savesBetweenPasses: Bool { true }

  /// Nothing is left to be done: every gradient was applied.
  public func finishUpdate(at position: RunPosition) {}

  /// Floating-point operations of the matrix products of one gradient update, on average.
  package var matrixFlopsPerUpdate: Double { shard.learner.matrixFlops }

  /// Adds networks, targets and what the last update brought.
  func save(
    _ networks: [TrainedNetwork], _ targets: TargetNetworks, _ last: UpdateMetrics,
    to checkpoint: inout SafetensorsFile
  ) throws {
    for network in networks { network.save(to: &checkpoint) }
    targets.save(to: &checkpoint)
    checkpoint.metadata["agent"] = try encodeState(last)
  }

  /// Takes over what `save` wrote.
  ///
  /// - Returns: what the last update had brought.
  /// - Throws: what is missing or does not fit.
  func restore(
    _ networks: [TrainedNetwork], _ targets: TargetNetworks, replacing fresh: UpdateMetrics,
    from checkpoint: SafetensorsFile
  ) throws -> UpdateMetrics {
    for network in networks { try network.restore(from: checkpoint) }
    try targets.restore(from: checkpoint)
    let last: UpdateMetrics = try decodeState(checkpoint.metadata["agent"], named: "agent")
    try refuse([last.fault(replacing: fresh)], in: "agent")
    return last
  }
}

/// What the last update brought, number by number; a log may show it long after.
struct UpdateMetrics: Codable {
  private var values: [Double?]

  init(count: Int) { values = Array(repeating: nil, count: count) }

  subscript(index: Int) -> Double? {
    get { values[index] }
    set { values[index] = newValue }
  }

  /// Each beside its name.
  func named(_ names: [String]) -> [(name: String, value: Double?)] {
    zip(names, values).map { ($0, $1) }
  }

  /// Says why these, read back, cannot take the place of others; nil if they can.
  func fault(replacing fresh: UpdateMetrics) -> String? {
    StateFault.equal(values.count, fresh.values.count, "the number of metrics")
      ?? StateFault.finite(values.compactMap { $0 }, "a metric")
  }
}

/// A loss that is not finite; the parameters are those before the update.
struct NonFiniteLoss: NumericalError {
  let criticLoss: Double
  let meanValue: Double

  var description: String {
    "The critic's loss is \(criticLoss) and the mean of Q is \(meanValue). The parameters were not "
      + "updated; lower the learning rates, or scale the task's rewards."
  }

  /// Makes sure that both are finite.
  static func require(criticLoss: Double, meanValue: Double) throws(NonFiniteLoss) {
    guard criticLoss.isFinite, meanValue.isFinite else {
      throw NonFiniteLoss(criticLoss: criticLoss, meanValue: meanValue)
    }
  }
}
