import GSL
import Networks
import ReinforcementLearning

/// Observations in the order in which they were met, each once, in the environment's own type.
///
/// One is kept for as long as somebody holds it: the lane that is there, the transition from it, the
/// transition to it. They lie in pages, so that growing moves none of them.
///
/// Shapes: D observation, A choices.
struct StoredObservations {
  private enum Rows {
    case numbers(ExperienceColumn<Float>)
    case bytes(ExperienceColumn<UInt8>)

    var start: UnsafeMutableRawPointer {
      switch self {
      case .numbers(let column): UnsafeMutableRawPointer(column.pointer)
      case .bytes(let column): UnsafeMutableRawPointer(column.pointer)
      }
    }

    var column: AnyExperienceColumn {
      switch self {
      case .numbers(let column): column
      case .bytes(let column): column
      }
    }
  }

  private final class Page {
    static let rows = 512
    let observations: Rows
    let masks: ExperienceColumn<UInt8>?
    var holders = [UInt8](repeating: 0, count: rows)
    /// The place of the transition from each; −1 where there is none.
    var transitions = [Int32](repeating: -1, count: rows)

    init(size: Int, isBytes: Bool, maskSize: Int) {
      observations =
        isBytes
        ? .bytes(ExperienceColumn("observations", width: size, capacity: Self.rows))
        : .numbers(ExperienceColumn("observations", width: size, capacity: Self.rows))
      masks =
        maskSize == 0
        ? nil : ExperienceColumn("masks", width: maskSize, capacity: Self.rows)
    }
  }

  let size: Int
  let isBytes: Bool
  let maskSize: Int
  /// The number of the first observation that is kept; none has the number of another.
  private(set) var first = 0
  /// The number that the next one gets.
  private(set) var end = 0
  private var pages: [Page] = []
  // Valid while the page beside it is there: columns of pages never grow. Read in place, since counting
  // references to page and column takes longer than copying a few numbers.
  /// Where the observations of each page begin.
  private var starts: [UnsafeMutableRawPointer] = []
  /// The number of the first page's first row.
  private var base = 0

  init(size: Int, isBytes: Bool, maskSize: Int) {
    self.size = size
    self.isBytes = isBytes
    self.maskSize = maskSize
  }

  /// Those that are kept.
  var count: Int { end - first }

  /// Bytes of one of them, with what is noted beside it.
  static func bytes(size: Int, isBytes: Bool, maskSize: Int) -> Int {
    size * (isBytes ? 1 : 4) + maskSize + 5
  }

  private func find(_ number: Int) -> (page: Page, row: Int) {
    insist(number >= first && number < end, "There is no observation \(number).")
    return (pages[(number - base) / Page.rows], (number - base) % Page.rows)
  }

  /// Adds one, which has one holder.
  ///
  /// - Returns: its number.
  mutating func append(_ place: ReplayMemory.Observation) -> Int {
    let (page, row) = makeRow()
    page.observations.column.copyRows(place.row..<place.row + 1, of: place.column, to: row)
    if let masks = page.masks {
      for action in 0..<maskSize {
        masks[row * maskSize + action] =
          place.masks.map { $0[place.row * maskSize + action] > 0 ? 1 : 0 } ?? 1
      }
    }
    return end - 1
  }

  private mutating func makeRow() -> (page: Page, row: Int) {
    if end - base == pages.count * Page.rows {
      let page = Page(size: size, isBytes: isBytes, maskSize: maskSize)
      pages.append(page)
      starts.append(page.observations.start)
    }
    end += 1
    let (page, row) = find(end - 1)
    page.holders[row] = 1
    page.transitions[row] = -1
    return (page, row)
  }

  /// Notes one more holder.
  func hold(_ number: Int) {
    let (page, row) = find(number)
    page.holders[row] += 1
  }

  /// Notes one holder less, and forgets what nobody holds.
  mutating func release(_ number: Int) {
    let (page, row) = find(number)
    insist(page.holders[row] > 0, "Nobody holds the observation \(number).")
    page.holders[row] -= 1
    while first < end {
      let (page, row) = find(first)
      guard page.holders[row] == 0 else { break }
      first += 1
      guard first - base == Page.rows else { continue }
      // The emptied page is the next one to be filled.
      pages.append(pages.removeFirst())
      starts.append(starts.removeFirst())
      base = first
    }
  }

  /// The place of the transition from an observation, nil where there is none.
  func transition(from number: Int) -> Int? {
    let (page, row) = find(number)
    return page.transitions[row] < 0 ? nil : Int(page.transitions[row])
  }

  /// Notes the place of the transition from an observation.
  func setTransition(from number: Int, to place: Int) {
    let (page, row) = find(number)
    page.transitions[row] = Int32(place)
  }

  /// Writes one, as D bytes where it is kept as such and they are asked for, else as D numbers.
  func copy(_ number: Int, to target: UnsafeMutableRawPointer, asBytes: Bool) {
    insist(number >= first && number < end, "There is no observation \(number).")
    let place = number - base
    let (start, row) = (starts[place / Page.rows], place % Page.rows)
    let width = size * (isBytes ? 1 : MemoryLayout<Float>.size)
    guard isBytes, !asBytes else {
      return target.copyMemory(from: start + row * width, byteCount: width)
    }
    let numbers = target.assumingMemoryBound(to: Float.self)
    let source = start.assumingMemoryBound(to: UInt8.self) + row * size
    for index in 0..<size { numbers[index] = Float(source[index]) }
  }

  /// Writes which actions were allowed there.
  func copyMask(_ number: Int, to target: ExperienceColumn<Float>, row: Int) {
    let (page, source) = find(number)
    if let masks = page.masks { target.write(source..<source + 1, of: masks, to: row) }
  }

  /// Adds what is kept to a checkpoint.
  func save(to checkpoint: inout SafetensorsFile, name: String) {
    func values<Element: SafetensorsScalar>(
      width: Int, _ column: (Page) -> ExperienceColumn<Element>?
    ) -> SafetensorsTensor {
      var values: [Element] = []
      values.reserveCapacity(count * width)
      var number = first
      while number < end {
        let (page, row) = find(number)
        let rows = min(end - number, Page.rows - row)
        if let column = column(page) { values += column.elements(row..<row + rows) }
        number += rows
      }
      return SafetensorsTensor(values, shape: [count, width])
    }
    let name = "\(name).observations"
    checkpoint.append(
      name,
      isBytes
        ? values(width: size) { page -> ExperienceColumn<UInt8>? in
          if case .bytes(let column) = page.observations { column } else { nil }
        }
        : values(width: size) { page -> ExperienceColumn<Float>? in
          if case .numbers(let column) = page.observations { column } else { nil }
        })
    if maskSize > 0 { checkpoint.append("\(name).masks", values(width: maskSize) { $0.masks }) }
  }

  /// Takes over what `save` wrote, numbered from 0 and held by nobody yet.
  mutating func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let name = "\(name).observations"
    var fresh = StoredObservations(size: size, isBytes: isBytes, maskSize: maskSize)
    guard let stored = checkpoint[name] else { throw CheckpointContentError.missing(name) }
    guard stored.shape.count == 2, stored.shape[1] == size else {
      throw CheckpointContentError.unreadable(
        name, reason: "its shape is \(stored.shape), but an observation has \(size) numbers.")
    }
    let count = stored.shape[0]
    let (numbers, bytes): ([Float], [UInt8]) =
      isBytes
      ? ([], try checkpoint.numbers(name, count: count * size))
      : (try checkpoint.numbers(name, count: count * size), [])
    guard numbers.span.areAllFinite else {
      throw CheckpointContentError.unreadable(name, reason: "a number is not finite.")
    }
    let masks: [UInt8] =
      maskSize > 0 ? try checkpoint.numbers("\(name).masks", count: count * maskSize) : []
    guard masks.allSatisfy({ $0 <= 1 }) else {
      throw CheckpointContentError.unreadable("\(name).masks", reason: "a mask is not 0 or 1.")
    }
    for index in 0..<count {
      let (page, row) = fresh.makeRow()
      page.holders[row] = 0
      switch page.observations {
      case .numbers(let column):
        _ = column.values(ofRow: row).update(
          fromContentsOf: numbers[index * size..<(index + 1) * size])
      case .bytes(let column):
        _ = column.values(ofRow: row).update(
          fromContentsOf: bytes[index * size..<(index + 1) * size])
      }
      if let column = page.masks {
        _ = column.values(ofRow: row).update(
          fromContentsOf: masks[index * maskSize..<(index + 1) * maskSize])
      }
    }
    self = fresh
  }

  /// Whether nobody holds an observation.
  func isForgotten(_ number: Int) -> Bool {
    let (page, row) = find(number)
    return page.holders[row] == 0
  }
}
