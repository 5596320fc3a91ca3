import GSL
import Networks
import ReinforcementLearning

/// Observations in the order in which they were met, each once, in the environment's own type.
///
/// One is kept for as long as somebody holds it: the lane that is there, the transition from it, the
/// transition to it. They lie in pages, so that growing moves none of them; images whose planes are shared lie beside
/// them.
///
/// Shapes: D observation, A choices.
struct StoredObservations {
  enum Rows {
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

  final class Page {
    static let rows = 512
    let observations: Rows?
    /// Instead of them, where planes are shared.
    var images: [SharedPlanes.Image] = []
    let masks: ExperienceColumn<UInt8>?
    var holders = [UInt8](repeating: 0, count: rows)
    /// The place of the transition from each; −1 where there is none.
    var transitions = [Int32](repeating: -1, count: rows)

    init(size: Int, isBytes: Bool, isShared: Bool, maskSize: Int) {
      if isShared {
        observations = nil
        images = Array(repeating: [], count: Self.rows)
      } else if isBytes {
        observations = .bytes(ExperienceColumn("observations", width: size, capacity: Self.rows))
      } else {
        observations = .numbers(
          ExperienceColumn("observations", width: size, capacity: Self.rows))
      }
      masks =
        maskSize == 0
        ? nil : ExperienceColumn("masks", width: maskSize, capacity: Self.rows)
    }
  }

  let size: Int
  let isBytes: Bool
  let maskSize: Int
  /// How planes are shared; nil where each observation lies there as a whole.
  let planes: SharedPlanes?
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

  /// - Parameters:
  ///   - size: D.
  ///   - isBytes: whether observations are bytes.
  ///   - maskSize: A, or 0 where all actions are allowed.
  ///   - planes: of images of bytes, in their last axis; 1 for what is no image.
  init(size: Int, isBytes: Bool, maskSize: Int, planes: Int) {
    self.size = size
    self.isBytes = isBytes
    self.maskSize = maskSize
    self.planes = isBytes ? SharedPlanes(imageSize: size, planes: planes) : nil
  }

  /// Those that are kept.
  var count: Int { end - first }

  /// The planes that are shared; 1 where none are.
  var planeCount: Int { planes?.count ?? 1 }

  /// Bytes of one of them, with what is noted beside it; of an image with shared planes, those of a stack of frames, in
  /// which one is new.
  static func bytes(size: Int, isBytes: Bool, maskSize: Int, planes: Int) -> Int {
    guard isBytes, let shared = SharedPlanes(imageSize: size, planes: planes) else {
      return size * (isBytes ? 1 : 4) + maskSize + 5
    }
    // Arrays have heads of 32 bytes.
    return shared.size + 32 + 32 + 8 * planes + maskSize + 13
  }

  func find(_ number: Int) -> (page: Page, row: Int) {
    insist(number >= first && number < end, "There is no observation \(number).")
    return (pages[(number - base) / Page.rows], (number - base) % Page.rows)
  }

  /// Adds one, which has one holder.
  ///
  /// - Parameters:
  ///   - place: where it is.
  ///   - previous: the number of the one before it in its episode.
  /// - Returns: its number.
  mutating func append(_ place: ReplayMemory.Observation, after previous: Int? = nil) -> Int {
    let (page, row) = makeRow()
    page.observations?.column.copyRows(place.row..<place.row + 1, of: place.column, to: row)
    if let planes {
      insist(place.column.element == .uint8, "Images with shared planes are bytes.")
      page.images[row] = planes.image(
        UnsafeRawBufferPointer(place.column.bytes(ofRow: place.row)),
        after: previous.map { image($0) } ?? [])
    }
    if let masks = page.masks {
      for action in 0..<maskSize {
        masks[row * maskSize + action] =
          place.masks.map { $0[place.row * maskSize + action] > 0 ? 1 : 0 } ?? 1
      }
    }
    return end - 1
  }

  mutating func makeRow() -> (page: Page, row: Int) {
    if end - base == pages.count * Page.rows {
      let page = Page(
        size: size, isBytes: isBytes, isShared: planes != nil, maskSize: maskSize)
      pages.append(page)
      if let start = page.observations?.start { starts.append(start) }
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
      if planes != nil { page.images[row] = [] }
      first += 1
      guard first - base == Page.rows else { continue }
      // The emptied page is the next one to be filled.
      pages.append(pages.removeFirst())
      if !starts.isEmpty { starts.append(starts.removeFirst()) }
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
    if let planes {
      if asBytes {
        planes.write(image(number), to: target.assumingMemoryBound(to: UInt8.self)) { $0 }
      } else {
        planes.write(image(number), to: target.assumingMemoryBound(to: Float.self)) { Float($0) }
      }
      return
    }
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

  /// The planes of one, where planes are shared.
  func image(_ number: Int) -> SharedPlanes.Image {
    let (page, row) = find(number)
    return page.images[row]
  }

  /// Writes which actions were allowed there.
  func copyMask(_ number: Int, to target: ExperienceColumn<Float>, row: Int) {
    let (page, source) = find(number)
    if let masks = page.masks { target.write(source..<source + 1, of: masks, to: row) }
  }

  /// Whether nobody holds an observation.
  func isForgotten(_ number: Int) -> Bool {
    let (page, row) = find(number)
    return page.holders[row] == 0
  }
}
