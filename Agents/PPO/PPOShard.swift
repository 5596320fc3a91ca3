import GSL
import Networks
import ReinforcementLearning

/// The lanes of PPO that one thread works on at a time.
///
/// An epoch is M + 1 passes. In the first the shard shuffles its rows, and says of each minibatch what
/// advantages it gives to it; that has no gradient. Each of the others is the gradient of one minibatch, to
/// which a shard gives the rows that the plan says. So neither rows nor order depend on threads.
///
/// Gradients are those of losses: the policy's, then V's.
public final class PPOShard: CollectingShard {
  /// What lets the lanes act.
  public let collector: any Collector
  /// What chooses their actions.
  public let actor: PolicyActor
  /// Of the advantages that the shard gives to each minibatch of the epoch.
  private(set) var moments: [ElementMoments] = []
  /// What the last minibatch's share says.
  private(set) var statistics = PPOStatistics()

  private let rollout: PPORollout
  private let learner: PPOLearner
  private let plan: MinibatchPlan
  private let index: Int
  private let epoch: PPOEpoch
  private let sums: [ParameterSet<Float>]
  private var stream: RandomStream
  /// The rows of the rollout in the order of the epoch.
  private(set) var order: [Int32]

  init(
    _ lanes: Lanes, _ configuration: PPOConfiguration, _ networks: PPONetworks,
    _ model: PolicyModel, _ plan: MinibatchPlan, _ epoch: PPOEpoch, isFirst: Bool, seed: UInt64
  ) throws {
    let index = lanes.firstLane / configuration.envsPerShard
    let rollout = try PPORollout(lanes, networks, model, configuration)
    let sums = networks.all.map { $0.gradient(ofFirstShard: isFirst) }
    learner = try PPOLearner(
      networks, model, configuration, rows: plan.largestShare(ofShard: index),
      rollout: rollout.experience, epoch: epoch, gradients: sums)
    actor = PolicyActor(rollout.program, in: rollout.experience, of: lanes, seed: seed)
    collector = StepCollector(
      lanes, actor, into: rollout.experience, lanesInAll: configuration.envs)
    stream = RandomStream(seed: seed, purpose: "minibatches", lane: UInt64(lanes.firstLane))
    order = (0..<Int32(rollout.experience.capacity)).map { $0 }
    self.rollout = rollout
    self.plan = plan
    self.index = index
    self.epoch = epoch
    self.sums = sums
  }

  /// Shuffles, or writes the share of a minibatch's gradient.
  public func writeGradient(_ pass: Int) {
    let (number, part) = pass.quotientAndRemainder(dividingBy: plan.count + 1)
    guard part > 0 else { return beginEpoch(number) }
    let share = plan.share(ofShard: index, in: part - 1)
    let minibatch = epoch.minibatches[part - 1]
    guard !share.isEmpty, minibatch.weight > 0 else {
      statistics = PPOStatistics()
      for sum in sums { sum.fill(0) }
      return
    }
    learner.run(order[share], minibatch)
    statistics = learner.statistics
  }

  private func beginEpoch(_ number: Int) {
    if number == 0 {
      rollout.writeAdvantages()
      // What comes out of a shuffle depends on what goes in: the same for a run that is resumed.
      for row in order.indices { order[row] = Int32(row) }
    }
    stream.shuffle(&order)
    let (steps, advantages) = (
      rollout.experience.steps, rollout.experience[.advantage].elements(0..<order.count)
    )
    moments = (0..<plan.count).map { minibatch in
      var moments = ElementMoments(size: 1)
      for place in order[plan.share(ofShard: index, in: minibatch)] where !steps[Int(place)].isLost
      {
        moments.add(Double(advantages[Int(place)]))
      }
      return moments
    }
  }

  /// The gradients of policy and V, and of a torso that they share; none where an epoch begins.
  public func gradients(of pass: Int) -> [ParameterSet<Float>] {
    pass % (plan.count + 1) == 0 ? [] : sums
  }

  /// Adds lanes, noise, the order's stream and what was collected for an update that is not over.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try collector.save(to: &checkpoint, name: name)
    try actor.save(to: &checkpoint, name: "\(name).actor")
    checkpoint.metadata["\(name).minibatches"] = try encodeState(stream)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let minibatches = "\(name).minibatches"
    let stored: RandomStream = try decodeState(
      checkpoint.metadata[minibatches], named: minibatches)
    try refuse([[stored].fault(replacing: [stream])], in: minibatches)
    try actor.restore(from: checkpoint, name: "\(name).actor")
    try collector.restore(from: checkpoint, name: name)
    stream = stored
  }
}
