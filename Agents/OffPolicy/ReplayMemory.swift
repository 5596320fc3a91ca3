import Differentiation
import GSL
import Networks
import ReinforcementLearning

/// The latest transitions, from which batches are drawn at random.
///
/// A transition is one row, s, a, r, whether the episode goes on (1 or 0), s': a draw touches one
/// place in memory. An episode that its step limit cut off goes on, s' being its final observation;
/// only a terminated one does not. Memory grows with what is stored, up to the capacity.
///
/// Shapes: D observation, C components of an action, B rows of a batch.
public struct ReplayMemory {
  /// Where the parts of a batch go.
  public struct Batch {
    /// `[B, D]`.
    public let observations: ExperienceColumn<Float>
    /// `[B, C]`.
    public let actions: ExperienceColumn<Float>
    /// `[B]`.
    public let rewards: ExperienceColumn<Float>
    /// `[B]`, 1 where the episode goes on.
    public let continues: ExperienceColumn<Float>
    /// `[B, D]`.
    public let nextObservations: ExperienceColumn<Float>

    /// Room for a batch.
    ///
    /// - Parameters:
    ///   - rows: B.
    ///   - observationSize: D.
    ///   - actionSize: C.
    public init(rows: Int, observationSize: Int, actionSize: Int) {
      let table = Experience(rows: rows, lanes: 1)
      observations = table.add(.observation, width: observationSize)
      actions = table.add(.action, width: actionSize)
      rewards = table.rewards
      continues = table.add("continues")
      nextObservations = table.add("next_observation", width: observationSize)
    }
  }

  /// Transitions that are kept.
  public let capacity: Int
  private let observationSize: Int
  private let actionSize: Int
  private var rows: [Float] = []
  /// The row that the next transition replaces once the buffer is full.
  private var oldest = 0

  /// Memory without transitions.
  ///
  /// - Parameters:
  ///   - capacity: transitions at most, at least 1.
  ///   - observationSize: D.
  ///   - actionSize: C.
  public init(capacity: Int, observationSize: Int, actionSize: Int) {
    insist(capacity >= 1, "A replay buffer holds at least 1 transition, not \(capacity).")
    self.capacity = capacity
    self.observationSize = observationSize
    self.actionSize = actionSize
  }

  /// Numbers of one transition.
  private var width: Int { 2 * observationSize + actionSize + 2 }

  /// Transitions there are.
  public var count: Int { rows.count / width }

  /// Remembers a transition, in place of the oldest one when there are as many as may be.
  ///
  /// - Parameters:
  ///   - observation: s, `[D]`.
  ///   - action: a, `[C]`.
  ///   - reward: r.
  ///   - isTerminated: whether nothing follows; false for an episode that was cut off.
  ///   - next: s', `[D]`, the final observation where the episode ended.
  /// - Throws: `MemoryError` when there is no memory for more of them.
  public mutating func append(
    observation: some Collection<Float>, action: some Collection<Float>, reward: Float,
    isTerminated: Bool, next: some Collection<Float>
  ) throws(MemoryError) {
    insist(
      observation.count == observationSize && action.count == actionSize
        && next.count == observationSize,
      "A transition has \(observationSize) numbers of each observation and \(actionSize) of the "
        + "action, not \(observation.count), \(next.count) and \(action.count).")
    if count < capacity {
      if rows.count + width > rows.capacity { try grow() }
      rows += observation
      rows += action
      rows.append(reward)
      rows.append(isTerminated ? 0 : 1)
      rows += next
      return
    }
    var place = oldest * width
    func put(_ value: Float) {
      rows[place] = value
      place += 1
    }
    for value in observation { put(value) }
    for value in action { put(value) }
    put(reward)
    put(isTerminated ? 0 : 1)
    for value in next { put(value) }
    oldest = oldest + 1 == capacity ? 0 : oldest + 1
  }

  /// Makes room for half as many transitions again, if that can be had.
  ///
  /// Asked before the system is: it might promise the memory and end the process when it is used.
  private mutating func grow() throws(MemoryError) {
    let next = min(capacity, max(256, count + count / 2))
    // Old and new exist at once, and a checkpoint holds all of it as a tensor and as a file.
    let (bytes, overflows) = (3 * next * width).multipliedReportingOverflow(by: 4)
    try AvailableMemory.require(
      overflows ? nil : bytes,
      for: "A replay buffer of \(next) transitions, \(4 * width) bytes each, and its checkpoint",
      remedy: "Lower buffer_size, which is \(capacity).")
    rows.reserveCapacity(next * width)
  }

  /// Bytes of a buffer that is full; nil for more than can be counted.
  static func bytes(capacity: Int, observationSize: Int, actionSize: Int) -> Int? {
    let (numbers, overflows) = capacity.multipliedReportingOverflow(
      by: 2 * observationSize + actionSize + 2)
    return overflows || numbers > Int.max / 4 ? nil : 4 * numbers
  }

  /// Draws transitions, each with equal probability, with replacement.
  ///
  /// - Parameters:
  ///   - batchSize: at most as many as the batch has room for.
  ///   - stream: to draw from.
  ///   - batch: where they go.
  public func sample(_ batchSize: Int, from stream: inout RandomStream, into batch: Batch) {
    insist(count > 0, "Nothing can be drawn from an empty replay buffer.")
    for row in 0..<batchSize {
      var place = stream.index(below: count) * width
      func copy(to column: ExperienceColumn<Float>) {
        column.withMutableRows(row..<row + 1) { target in
          for index in 0..<column.width { target[index] = rows[place + index] }
        }
        place += column.width
      }
      copy(to: batch.observations)
      copy(to: batch.actions)
      copy(to: batch.rewards)
      copy(to: batch.continues)
      copy(to: batch.nextObservations)
    }
  }

  /// Adds what is stored, and no more, to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile, name: String) {
    checkpoint.append(name, SafetensorsTensor(rows, shape: [count, width]))
    checkpoint.append("\(name).oldest", SafetensorsTensor([Int64(oldest)], shape: []))
  }

  /// Takes over what `save` wrote.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: under which it was saved.
  /// - Throws: `CheckpointContentError` for what is missing or does not fit.
  public mutating func restore(from checkpoint: SafetensorsFile, name: String) throws {
    guard let stored = checkpoint[name], let place = checkpoint["\(name).oldest"] else {
      throw CheckpointContentError.missing(name)
    }
    let restored = try stored.values(as: Float.self)
    let oldest = try place.values(as: Int64.self).first.map { Int($0) } ?? -1
    guard stored.shape.count == 2, stored.shape[1] == width, stored.shape[0] <= capacity,
      oldest == 0 || (stored.shape[0] == capacity && (0..<capacity).contains(oldest))
    else {
      throw CheckpointContentError.unreadable(
        name,
        reason: "its shape is \(stored.shape) and its oldest row \(oldest), but the buffer has at "
          + "most \(capacity) rows of \(width).")
    }
    guard restored.span.areAllFinite else {
      throw CheckpointContentError.unreadable(name, reason: "a number is not finite.")
    }
    for row in 0..<stored.shape[0] {
      let continues = restored[row * width + observationSize + actionSize + 1]
      guard continues == 0 || continues == 1 else {
        throw CheckpointContentError.unreadable(
          name, reason: "whether an episode goes on is \(continues) instead of 0 or 1.")
      }
    }
    rows = restored
    self.oldest = oldest
  }
}
