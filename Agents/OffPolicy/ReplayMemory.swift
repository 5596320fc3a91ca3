import Differentiation
import GSL
import Networks
import ReinforcementLearning

/// The latest transitions, from which batches are drawn at random.
///
/// A transition is s, a, r, s' and how the step ended. s' is the s of the lane's next transition: each
/// observation is stored once, as bytes where the environment gives bytes. An episode that its step limit
/// cut off goes on, s' being its final observation; only a terminated one does not. Of images of bytes, planes that s and
/// s' have in common are stored once too: of a stack of frames, the newest alone. Memory grows with what is stored.
///
/// Shapes: N lanes, D observation, C components of an action, A choices, B rows of a batch.
public final class ReplayMemory {
  /// An observation and what was allowed there, somewhere else.
  public struct Observation {
    let column: AnyExperienceColumn
    let row: Int
    let masks: ExperienceColumn<Float>?

    /// A row of a column.
    ///
    /// - Parameters:
    ///   - column: `[R, D]` of the environment's type.
    ///   - row: of the column, and of the masks.
    ///   - masks: `[R, A]`, 1 for allowed actions; nil where all are.
    public init(
      _ column: AnyExperienceColumn, row: Int, masks: ExperienceColumn<Float>? = nil
    ) {
      self.column = column
      self.row = row
      self.masks = masks
    }
  }

  /// Where the parts of a batch go.
  public struct Batch {
    /// `[B, D]`, numbers, or bytes where the batch is of them.
    public let states: AnyExperienceColumn
    /// `[B, C]`.
    public let actions: ExperienceColumn<Float>
    /// `[B]`; over n steps Σ γ^k r_k.
    public let rewards: ExperienceColumn<Float>
    /// `[B]`, 1 where the episode goes on and 0 where it has terminated; over n steps γ^(n−1) in the
    /// place of 1.
    public let continues: ExperienceColumn<Float>
    /// `[B, D]`, alike.
    public let nextStates: AnyExperienceColumn
    /// `[B, A]`, 1 for actions that were allowed in the next observation; nil where all are.
    public let nextMasks: ExperienceColumn<Float>?

    /// Room for a batch.
    ///
    /// - Parameters:
    ///   - rows: B.
    ///   - observationSize: D.
    ///   - actionSize: C.
    ///   - maskSize: A, or 0 where all actions are allowed.
    ///   - isBytes: whether observations are bytes, as the memory's must be then.
    public init(
      rows: Int, observationSize: Int, actionSize: Int, maskSize: Int = 0, isBytes: Bool = false
    ) {
      let table = Experience(rows: rows, lanes: 1)
      func observations(_ name: ColumnName) -> AnyExperienceColumn {
        isBytes
          ? table.add(name, width: observationSize, of: UInt8.self)
          : table.add(name, width: observationSize)
      }
      states = observations(.observation)
      actions = table.add(.action, width: actionSize)
      rewards = table.rewards
      continues = table.add("continues")
      nextStates = observations("next_observation")
      nextMasks = maskSize == 0 ? nil : table.add("next_mask", width: maskSize)
    }

    /// The observations of a batch of numbers, `[B, D]`.
    public var observations: ExperienceColumn<Float> { numbers(states) }

    /// The observations that follow them, alike.
    public var nextObservations: ExperienceColumn<Float> { numbers(nextStates) }

    private func numbers(_ column: AnyExperienceColumn) -> ExperienceColumn<Float> {
      guard let numbers = column as? ExperienceColumn<Float> else {
        fatalError("The observations of this batch are bytes.")
      }
      return numbers
    }
  }

  /// Where a transition leads.
  struct Link {
    /// The number of s.
    var observation: Int
    /// The number of s'.
    var next: Int
    var outcome: Outcome
  }

  /// Transitions that are kept.
  public let capacity: Int
  let actionSize: Int
  /// `[T, 1 + C]`, reward and action of each transition.
  var rows: [Float] = []
  var links: [Link] = []
  var observations: StoredObservations
  /// `[N]`, the number of each lane's present observation; nil where it is not stored yet.
  var present: [Int?]
  /// The transition that the next one replaces once the memory is full.
  var oldest = 0
  /// Transitions that there was memory for when it was last asked.
  var promised = 0

  /// Memory without transitions.
  ///
  /// - Parameters:
  ///   - capacity: transitions at most, at least 1.
  ///   - lanes: N.
  ///   - observationSize: D.
  ///   - actionSize: C.
  ///   - maskSize: A, or 0 where all actions are allowed.
  ///   - isBytes: whether observations are bytes.
  ///   - planes: of images, in their last axis; 1 for what is no image.
  public init(
    capacity: Int, lanes: Int = 1, observationSize: Int, actionSize: Int, maskSize: Int = 0,
    isBytes: Bool = false, planes: Int = 1
  ) {
    insist(capacity >= 1, "A replay buffer holds at least 1 transition, not \(capacity).")
    self.capacity = capacity
    self.actionSize = actionSize
    observations = StoredObservations(
      size: observationSize, isBytes: isBytes, maskSize: maskSize, planes: planes)
    present = Array(repeating: nil, count: lanes)
  }

  /// Numbers of one transition besides its observations.
  var width: Int { 1 + actionSize }

  /// Transitions there are.
  public var count: Int { links.count }

  /// Observations there are.
  public var observationCount: Int { observations.count }

  /// Remembers a lane's step, in place of the oldest one when there are as many as may be.
  ///
  /// - Parameters:
  ///   - lane: whose.
  ///   - observation: s; read only where it was not s' of the lane's step before.
  ///   - action: a, `[C]`.
  ///   - reward: r.
  ///   - outcome: how the step ended. After a lost one nothing is known that could be remembered, and
  ///     neither are the masks of what a step limit has cut off.
  ///   - next: s', the final observation where the episode ended.
  /// - Throws: `MemoryError` when there is no memory for more of them.
  public func append(
    lane: Int, from observation: Observation, action: some Collection<Float>,
    reward: Float, outcome: Outcome, to next: Observation
  ) throws(MemoryError) {
    let known = present[lane]
    present[lane] = nil
    guard outcome != .lost, outcome != .truncated || observations.maskSize == 0 else {
      if let known { observations.release(known) }
      return
    }
    insist(
      action.count == actionSize, "An action has \(actionSize) numbers, not \(action.count).")
    if count < capacity, count >= promised { try promise() }
    let first = known ?? observations.append(observation)
    let second = observations.append(next, after: first)
    if !outcome.isEnd {
      present[lane] = second
      observations.hold(second)
    }
    let link = Link(observation: first, next: second, outcome: outcome)
    if count < capacity {
      observations.setTransition(from: first, to: count)
      links.append(link)
      rows.append(reward)
      rows += action
      return
    }
    observations.release(links[oldest].observation)
    observations.release(links[oldest].next)
    observations.setTransition(from: first, to: oldest)
    links[oldest] = link
    rows[oldest * width] = reward
    for (index, value) in action.enumerated() { rows[oldest * width + 1 + index] = value }
    oldest = oldest + 1 == capacity ? 0 : oldest + 1
  }

  /// Makes sure that there is memory for half as many transitions again.
  ///
  /// Asked before the system is: it might promise the memory and end the process when it is used.
  private func promise() throws(MemoryError) {
    let next = min(capacity, max(256, count + count / 2))
    let each = Self.bytes(
      observationSize: observations.size, actionSize: actionSize, maskSize: observations.maskSize,
      isBytes: observations.isBytes, planes: observations.planeCount)
    // What is there exists already; a checkpoint holds all of it as a tensor and as a file.
    let (bytes, overflows) = (next + 2 * (next - count)).multipliedReportingOverflow(by: each)
    try AvailableMemory.require(
      overflows ? nil : bytes,
      for: "A replay buffer of \(next) transitions, \(each) bytes each, and its checkpoint",
      remedy: "Lower buffer_size, which is \(capacity).")
    rows.reserveCapacity(next * width)
    links.reserveCapacity(next)
    promised = next
  }

  /// Bytes of a transition in a long episode, in which each observation belongs to two of them.
  static func bytes(
    observationSize: Int, actionSize: Int, maskSize: Int, isBytes: Bool, planes: Int
  ) -> Int {
    StoredObservations.bytes(
      size: observationSize, isBytes: isBytes, maskSize: maskSize, planes: planes)
      + 4 * (1 + actionSize) + MemoryLayout<Link>.stride
  }

  /// Draws transitions, each with equal probability, with replacement.
  ///
  /// - Parameters:
  ///   - batchSize: at most as many as the batch has room for.
  ///   - steps: n; the rewards of so many steps are added up, or of fewer where the episode ends before,
  ///     or where no more are known.
  ///   - discount: γ, by which later ones count less.
  ///   - stream: to draw from.
  ///   - batch: where they go.
  public func sample(
    _ batchSize: Int, steps: Int = 1, discount: Double = 1, from stream: inout RandomStream,
    into batch: Batch
  ) {
    insist(count > 0, "Nothing can be drawn from an empty replay buffer.")
    let asBytes = batch.states.element == .uint8
    insist(
      batchSize <= batch.rewards.capacity && batch.states.width == observations.size
        && batch.actions.width == actionSize && (!asBytes || observations.isBytes),
      "The batch has no room for \(batchSize) such transitions.")
    // The batch owns it, and there is room for all rows.
    guard let states = batch.states.bytes(ofRow: 0).baseAddress,
      let nextStates = batch.nextStates.bytes(ofRow: 0).baseAddress
    else { return }
    let (rewards, continues) = (batch.rewards.pointer, batch.continues.pointer)
    let (actions, stride) = (
      batch.actions.pointer, observations.size * batch.states.element.size
    )
    for row in 0..<batchSize {
      var place = stream.index(below: count)
      observations.copy(links[place].observation, to: states + row * stride, asBytes: asBytes)
      for index in 0..<actionSize {
        actions[row * actionSize + index] = rows[place * width + 1 + index]
      }
      var reward = rows[place * width]
      var weight: Float = 1
      for _ in 1..<max(1, steps) {
        guard links[place].outcome == .ongoing,
          let next = observations.transition(from: links[place].next)
        else { break }
        place = next
        weight *= Float(discount)
        reward += weight * rows[place * width]
      }
      let link = links[place]
      rewards[row] = reward
      continues[row] = link.outcome == .terminated ? 0 : weight
      observations.copy(link.next, to: nextStates + row * stride, asBytes: asBytes)
      if let masks = batch.nextMasks { observations.copyMask(link.next, to: masks, row: row) }
    }
  }
}
