import Networks
import ReinforcementLearning

extension ReplayMemory {
  /// Adds what is stored, and no more, to a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: what the names of its tensors begin with.
  public func save(to checkpoint: inout SafetensorsFile, name: String) {
    checkpoint.append(name, SafetensorsTensor(rows, shape: [count, width]))
    let first = observations.first
    checkpoint.append(
      "\(name).links",
      SafetensorsTensor(
        links.flatMap { [Int64($0.observation - first), Int64($0.next - first)] },
        shape: [count, 2]))
    checkpoint.append(
      "\(name).outcomes", SafetensorsTensor(links.map(\.outcome.rawValue), shape: [count]))
    checkpoint.append(
      "\(name).present",
      SafetensorsTensor(present.map { Int64($0.map { $0 - first } ?? -1) }, shape: [present.count]))
    checkpoint.append("\(name).oldest", SafetensorsTensor([Int64(oldest)], shape: []))
    observations.save(to: &checkpoint, name: name)
  }

  /// Takes over what `save` wrote.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: under which it was saved.
  /// - Throws: `CheckpointContentError` for what is missing or does not fit.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    guard let stored = checkpoint[name] else { throw CheckpointContentError.missing(name) }
    let oldest: [Int64] = try checkpoint.numbers("\(name).oldest", count: 1)
    guard stored.shape.count == 2, stored.shape[1] == width, stored.shape[0] <= capacity,
      oldest[0] == 0 || (stored.shape[0] == capacity && (0..<Int64(capacity)).contains(oldest[0]))
    else {
      throw CheckpointContentError.unreadable(
        name,
        reason: "its shape is \(stored.shape) and its oldest row \(oldest[0]), but the buffer has "
          + "at most \(capacity) rows of \(width).")
    }
    let count = stored.shape[0]
    let fresh = ReplayMemory(
      capacity: capacity, lanes: present.count, observationSize: observations.size,
      actionSize: actionSize, maskSize: observations.maskSize, isBytes: observations.isBytes,
      planes: observations.planeCount)
    fresh.rows = try checkpoint.numbers(name, count: count * width)
    guard fresh.rows.span.areAllFinite else {
      throw CheckpointContentError.unreadable(name, reason: "a number is not finite.")
    }
    fresh.oldest = Int(oldest[0])
    try fresh.observations.restore(from: checkpoint, name: name)
    try fresh.restoreLinks(count, from: checkpoint, name: name)
    (rows, links, present) = (fresh.rows, fresh.links, fresh.present)
    observations = fresh.observations
    self.oldest = fresh.oldest
    promised = 0
  }

  /// Ties transitions and lanes to the observations.
  private func restoreLinks(
    _ count: Int, from checkpoint: SafetensorsFile, name: String
  ) throws {
    let numbers: [Int64] = try checkpoint.numbers("\(name).links", count: 2 * count)
    let outcomes: [UInt8] = try checkpoint.numbers("\(name).outcomes", count: count)
    let lanes: [Int64] = try checkpoint.numbers("\(name).present", count: present.count)
    let stored = Int64(observations.count)
    func refuse(_ reason: String) throws {
      throw CheckpointContentError.unreadable("\(name).links", reason: reason)
    }
    guard numbers.allSatisfy({ (0..<stored).contains($0) }),
      lanes.allSatisfy({ (-1..<stored).contains($0) })
    else { return try refuse("it names observations that there are none of.") }
    var leaving = Set<Int64>()
    var arriving = Set<Int64>()
    for place in 0..<count {
      guard let outcome = Outcome(rawValue: outcomes[place]), outcome != .lost else {
        return try refuse("the step \(place) ended in a way that is not remembered.")
      }
      let (from, to) = (numbers[2 * place], numbers[2 * place + 1])
      guard from != to, leaving.insert(from).inserted, arriving.insert(to).inserted else {
        return try refuse("two steps have one observation.")
      }
      links.append(Link(observation: Int(from), next: Int(to), outcome: outcome))
      observations.hold(Int(from))
      observations.hold(Int(to))
      observations.setTransition(from: Int(from), to: place)
    }
    for (lane, number) in lanes.enumerated() where number >= 0 {
      guard leaving.insert(number).inserted else {
        return try refuse("a lane is where it has been.")
      }
      observations.hold(Int(number))
      present[lane] = Int(number)
    }
    // What comes first is what is forgotten first.
    guard stored == 0 || !observations.isForgotten(0) else {
      return try refuse("nobody has its first observation.")
    }
  }
}
