import GSL
import Networks

/// What some lanes have met: rows of steps, as named columns.
///
/// A row is one step of one lane. Every table has the reward that followed, the outcome, the lane and
/// the neighbors of each row in its episode; what else it has an agent names. Rows lie in the order of
/// time: a row's successor comes after it.
///
/// Columns own their memory, and programs are bound to it (`ProgramBinding`), so that what was acted on
/// is differentiated on where it lies. A table has a fixed number of rows, or grows.
///
/// Shapes: R rows, N lanes, D observation, A choices, C components of an action.
public final class Experience {
  /// Whose step a row is, and its neighbors.
  public struct Step: Hashable, Sendable {
    /// The lane within its shard.
    public let lane: Int32
    /// What the step did to its episode.
    public let outcome: Outcome
    /// The row of the step before in the same episode; −1 where there is none.
    public fileprivate(set) var predecessor: Int32 = -1
    /// The row of the next step of the same episode; −1 where there is none, or none yet.
    public fileprivate(set) var successor: Int32 = -1
    /// Whether the row's episode was lost with its simulator: such a row counts for nothing.
    public fileprivate(set) var isLost = false
  }

  /// R, the rows that are filled.
  public var count: Int { steps.count }
  // Unchecked: like its columns, a table is used by one thread at a time.
  /// Rows there is memory for.
  @exclusivity(unchecked) public private(set) var capacity: Int
  /// N, the lanes whose steps these are.
  public let laneCount: Int
  /// `[R]`, what followed the action, as training sees it.
  public let rewards: ExperienceColumn<Float>
  /// `[R]`, whose steps the rows are, and how they hang together.
  @exclusivity(unchecked) public private(set) var steps: [Step] = []
  /// Whether there are rows of lost episodes.
  @exclusivity(unchecked) public private(set) var hasLostRows = false
  /// The rows that ended an episode, but for lost ones.
  @exclusivity(unchecked) public private(set) var endingRows: [Int] = []
  /// The observations that ended episodes, one for each of `endingRows`, as the column `observation`
  /// shows them; nil where that is no column.
  public private(set) var endingObservations: AnyExperienceColumn?

  @exclusivity(unchecked) private var named: [AnyExperienceColumn] = []
  private var computed: Set<ColumnName> = []
  /// The latest row of each lane's episode under way; −1 before its first.
  @exclusivity(unchecked) private var latest: [Int32]
  private let isFixed: Bool

  /// A table of a fixed number of rows: its columns never move.
  ///
  /// - Parameters:
  ///   - rows: R at most, at least 1.
  ///   - lanes: N, at least 1.
  public convenience init(rows: Int, lanes: Int) {
    insist(rows >= 1, "Experience has at least 1 row, not \(rows).")
    self.init(capacity: rows, lanes: lanes, isFixed: true)
  }

  /// A table that grows with its rows.
  ///
  /// - Parameter lanes: N, at least 1.
  public convenience init(lanes: Int) {
    self.init(capacity: 0, lanes: lanes, isFixed: false)
  }

  private init(capacity: Int, lanes: Int, isFixed: Bool) {
    insist(lanes >= 1, "Experience is that of at least 1 lane, not \(lanes).")
    self.capacity = capacity
    self.isFixed = isFixed
    laneCount = lanes
    latest = Array(repeating: -1, count: lanes)
    rewards = ExperienceColumn("reward", width: 1, capacity: capacity)
    steps.reserveCapacity(capacity)
  }

  /// The columns besides rewards, in the order in which they were added.
  public var columns: [AnyExperienceColumn] { named }

  /// Those that collecting fills, and a checkpoint holds.
  var collected: [AnyExperienceColumn] {
    [rewards] + named.filter { !computed.contains($0.name) }
  }

  /// Adds a column.
  ///
  /// - Parameters:
  ///   - name: of no other column.
  ///   - width: elements of a row, at least 1.
  ///   - type: of the elements.
  ///   - isComputed: whether it is computed from collected ones, and so not saved.
  /// - Returns: the column, full of zeros.
  @discardableResult
  public func add<Element: SafetensorsScalar & Numeric>(
    _ name: ColumnName, width: Int = 1, of type: Element.Type, isComputed: Bool = false
  ) -> ExperienceColumn<Element> {
    let column = ExperienceColumn<Element>(
      name, width: width, capacity: capacity)
    insert(column, isComputed: isComputed)
    return column
  }

  /// Adds a column of the width and the type of another one.
  ///
  /// - Parameters:
  ///   - name: of no other column.
  ///   - other: of any table.
  public func add(_ name: ColumnName, like other: AnyExperienceColumn) {
    insert(other.empty(name, capacity: capacity), isComputed: false)
  }

  private func insert(_ column: AnyExperienceColumn, isComputed: Bool) {
    let name = column.name
    insist(
      name != rewards.name && named.allSatisfy { $0.name != name },
      "There is a column \"\(name)\" already.")
    named.append(column)
    if isComputed { computed.insert(name) }
    if name == .observation {
      endingObservations = column.empty("ending_observation", capacity: 0)
    }
  }

  /// Adds a column of numbers.
  ///
  /// - Parameters:
  ///   - name: of no other column.
  ///   - width: elements of a row, at least 1.
  ///   - isComputed: whether it is computed from collected ones, and so not saved.
  /// - Returns: the column, full of zeros.
  @discardableResult
  public func add(
    _ name: ColumnName, width: Int = 1, isComputed: Bool = false
  ) -> ExperienceColumn<Float> {
    add(name, width: width, of: Float.self, isComputed: isComputed)
  }

  /// Takes a column out that nobody reads, so that it is not filled.
  public func remove(_ name: ColumnName) {
    named.removeAll { $0.name == name }
    if name == .observation { endingObservations = nil }
  }

  /// A column of any type, or nil where there is none of that name.
  public func find(_ name: ColumnName) -> AnyExperienceColumn? {
    named.first { $0.name == name }
  }

  /// A column, or nil where there is none of that name and type.
  public func column<Element>(
    _ name: ColumnName, of type: Element.Type
  ) -> ExperienceColumn<Element>? {
    find(name) as? ExperienceColumn<Element>
  }

  /// A column of numbers, or nil where there is none of that name.
  public func column(_ name: ColumnName) -> ExperienceColumn<Float>? {
    column(name, of: Float.self)
  }

  /// A column of numbers that is known to be there.
  public subscript(name: ColumnName) -> ExperienceColumn<Float> {
    guard let column = column(name) else {
      fatalError("There is no column of numbers \"\(name)\", but \(named.map(\.name)).")
    }
    return column
  }

  /// Whether so many rows can be filled in all.
  func hasRoom(for rows: Int) -> Bool { !isFixed || rows <= capacity }

  /// Makes sure that there is memory for more rows.
  ///
  /// - Parameter rows: how many are about to be written behind the filled ones.
  /// - Returns: which they are.
  public func prepare(_ rows: Int) -> Range<Int> {
    if count + rows > capacity {
      insist(!isFixed, "There are \(capacity) rows, too few for \(count + rows).")
      capacity = max(count + rows, 2 * capacity, 64)
      rewards.grow(to: capacity)
      for column in named { column.grow(to: capacity) }
    }
    return count..<count + rows
  }

  /// Counts a row, whose columns have been written, as the next step of a lane.
  ///
  /// - Parameters:
  ///   - lane: which lane's.
  ///   - outcome: what the step did to its episode. A lost one takes all its rows along.
  public func record(lane: Int, _ outcome: Outcome) {
    insist(steps.count < capacity, "Row \(count) has no memory; prepare it first.")
    steps.append(Step(lane: Int32(lane), outcome: outcome))
    link(from: count - 1)
  }

  /// Counts one row of each of some lanes, in their order.
  ///
  /// - Returns: whether an episode has ended.
  func record(_ lanes: some Collection<Int>, _ outcomes: [Outcome]) -> Bool {
    let first = count
    insist(first + lanes.count <= capacity, "Rows from \(first) on have no memory.")
    for lane in lanes { steps.append(Step(lane: Int32(lane), outcome: outcomes[lane])) }
    return link(from: first)
  }

  /// Joins the rows from one on to those before them.
  ///
  /// - Returns: whether an episode ends in them.
  @discardableResult
  private func link(from first: Int) -> Bool {
    var (isAnyEnd, isAnyLost) = (false, false)
    steps.withUnsafeMutableBufferPointer { steps in
      latest.withUnsafeMutableBufferPointer { latest in
        for row in first..<steps.count {
          let lane = Int(steps[row].lane)
          let previous = latest[lane]
          steps[row].predecessor = previous
          if previous >= 0 { steps[Int(previous)].successor = Int32(row) }
          guard steps[row].outcome.isEnd else {
            latest[lane] = Int32(row)
            continue
          }
          latest[lane] = -1
          isAnyEnd = true
          guard steps[row].outcome == .lost else { continue }
          isAnyLost = true
          var lost = row
          while lost >= 0 {
            steps[lost].isLost = true
            lost = Int(steps[lost].predecessor)
          }
        }
      }
    }
    if isAnyLost { hasLostRows = true }
    return isAnyEnd
  }

  /// Notes that a row ended its episode.
  ///
  /// - Parameter row: after those noted before.
  /// - Returns: the row of `endingObservations` to be written.
  func recordEnding(_ row: Int) -> Int {
    let ending = endingRows.count
    endingRows.append(row)
    if let column = endingObservations, column.capacity <= ending {
      column.grow(to: max(8, 2 * ending))
    }
    return ending
  }

  /// Writes rows of a table that has the same columns behind the filled ones, without counting them.
  ///
  /// - Parameters:
  ///   - rows: which, in their order.
  ///   - other: the table.
  func write(_ rows: [Int], of other: Experience) {
    let place = prepare(rows.count).lowerBound
    rewards.gatherRows(rows, of: other.rewards, to: place)
    for column in named {
      if let source = other.named.first(where: { $0.name == column.name }) {
        column.gatherRows(rows, of: source, to: place)
      }
    }
  }

  /// Forgets all rows and keeps their memory.
  public func removeAll() {
    hasLostRows = false
    steps.removeAll(keepingCapacity: true)
    endingRows.removeAll(keepingCapacity: true)
    for lane in latest.indices { latest[lane] = -1 }
  }
}
