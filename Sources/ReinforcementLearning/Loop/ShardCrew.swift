import Networks

// Unchecked: the threads of the pool and the caller never run at the same time but inside
// `pool.run()`, during which each worker touches the shards it owns and their slots alone; the
// pool's barrier orders everything else.
/// The shards, divided among workers, and what they are to do next.
///
/// Not generic, so that an update asks the runtime for no types.
final class ShardCrew: @unchecked Sendable {
  private enum Task {
    case collect(clock: Int)
    case differentiate(pass: Int)
  }

  let shards: [any AgentShard]
  private let workers: Int
  private let reduction: any Reduction
  private var task = Task.collect(clock: 0)
  private let slots: [Slot]

  /// What a shard's work brought: memory of its own, as workers write at the same time.
  private final class Slot {
    /// Nil until the shard has come to the end of its rollout.
    var steps: Int?
    var error: (any Error)?
  }

  init(_ shards: [any AgentShard], workers: Int, reduction: any Reduction) {
    self.shards = shards
    self.workers = workers
    self.reduction = reduction
    slots = shards.map { _ in Slot() }
  }

  /// Lets every shard collect its rollout.
  ///
  /// - Parameters:
  ///   - clock: at which waiting lanes start.
  ///   - steps: of each shard what it did before a pause; those that were done do not act again.
  ///   - pool: the threads.
  /// - Returns: what came of it, for all shards of all ranks.
  /// - Throws: the first shard's error, `RolloutPause` only if there is no other.
  func collect(clock: Int, after steps: [Int?]?, with pool: WorkerPool) throws -> [ShardRollout] {
    for (index, slot) in slots.enumerated() { slot.steps = steps?[index] }
    let errors = perform(.collect(clock: clock), with: pool)
    let own = shards.indices.map { index in
      [
        ShardRollout(
          steps: slots[index].steps ?? 0, clock: shards[index].episodes.clock,
          largestReward: shards[index].episodes.largestReward)
      ]
    }
    return try reduction.gather(own, after: errors).flatMap { $0 }
  }

  /// Lets every shard write its share of a gradient, and adds them up.
  func differentiate(pass: Int, with pool: WorkerPool) throws {
    let errors = perform(.differentiate(pass: pass), with: pool)
    try reduction.sum(shards.map { $0.gradients(of: pass) }, after: errors)
  }

  /// - Returns: the shards' errors, empty where there are none.
  private func perform(_ task: Task, with pool: WorkerPool) -> [(any Error)?] {
    self.task = task
    // An agent that was restored after an error starts afresh.
    for slot in slots { slot.error = nil }
    pool.run()
    let isFine = slots.allSatisfy { $0.error == nil }
    return isFine ? [] : slots.map(\.error)
  }

  /// The share of one worker.
  func work(_ worker: Int) {
    for index in worker * shards.count / workers..<(worker + 1) * shards.count / workers {
      do {
        switch task {
        case .collect(let clock):
          if slots[index].steps == nil {
            slots[index].steps = try shards[index].collect(clock: clock)
          }
        case .differentiate(let pass): try shards[index].writeGradient(pass)
        }
      } catch {
        slots[index].error = error
      }
    }
  }

  /// The latest clock among the shards.
  var clock: Int { shards.reduce(0) { max($0, $1.episodes.clock) } }

  /// What each shard did in the update under way, nil for those that have not come to their end.
  var stepsTaken: [Int?] { slots.map(\.steps) }
}

/// What all ranks need to know of a shard's rollout.
struct ShardRollout: BitwiseCopyable {
  /// Environment steps taken.
  var steps: Int
  /// Of its episodes, at the end.
  var clock: Int
  /// Largest magnitude so far.
  var largestReward: Double
}
