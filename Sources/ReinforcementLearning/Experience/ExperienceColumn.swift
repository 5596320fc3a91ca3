import GSL
import Networks

/// What a column of experience is called.
///
/// Collectors fill those they know; agents have others of their own.
public struct ColumnName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name, also in checkpoints.
  public let description: String

  /// Takes a name.
  public init(stringLiteral name: String) { description = name }

  /// `[D]`, what was acted on: as the policy sees it, or as the environment gave it.
  public static let observation: ColumnName = "observation"
  /// `[A]`, 1 for actions that were allowed and 0 for others.
  public static let mask: ColumnName = "mask"
  /// Variates behind the action.
  public static let noise: ColumnName = "noise"
  /// Variates for z̃ given the action; see `Estimators`.
  public static let conditionalNoise: ColumnName = "conditional_noise"
  /// What was done: the index of a choice, or C real numbers as the policy drew them.
  public static let action: ColumnName = "action"
  /// The logarithm of the probability, or density, that the policy gave the action when it was done.
  public static let logProbability: ColumnName = "log_probability"
}

/// A column of any element type, as part of a table.
public class AnyExperienceColumn {
  /// What it is called.
  public let name: ColumnName
  /// Elements of a row.
  public let width: Int
  /// Rows there is memory for.
  public fileprivate(set) var capacity: Int

  fileprivate init(_ name: ColumnName, width: Int, capacity: Int) {
    self.name = name
    self.width = width
    self.capacity = capacity
  }

  func grow(to capacity: Int) { fatalError("A column has a type.") }

  /// Copies rows of a column of the same type and width.
  ///
  /// - Parameters:
  ///   - source: which.
  ///   - other: the column that they are rows of.
  ///   - row: where the first goes.
  public func copyRows(_ source: Range<Int>, of other: AnyExperienceColumn, to row: Int) {
    fatalError("A column has a type.")
  }

  /// Copies single rows of a column of the same type and width, one after the other.
  ///
  /// - Parameters:
  ///   - source: which, in this order.
  ///   - other: the column that they are rows of.
  ///   - row: where the first goes.
  public func gatherRows(_ source: [Int], of other: AnyExperienceColumn, to row: Int) {
    fatalError("A column has a type.")
  }

  func tensor(rows: Int) -> SafetensorsTensor { fatalError("A column has a type.") }

  /// Takes over rows that were saved; `table` is the name of what they belong to.
  func restore(rows: Int, from tensor: SafetensorsTensor, named table: String) throws {
    fatalError("A column has a type.")
  }
}

/// One quantity of each row of experience, dense and row-major, at an address of its own.
///
/// Compiled programs read and write it in place, see ``Experience``. It is used by one thread at a
/// time, as what it belongs to is.
public final class ExperienceColumn<Element: SafetensorsScalar>: AnyExperienceColumn {
  /// Where row 0 is, aligned to 64 bytes, for programs that are bound to it.
  ///
  /// Valid until the table grows, which one of a fixed number of rows never does; whoever keeps the
  /// address keeps the column.
  public private(set) var pointer: UnsafeMutablePointer<Element>
  private let filling: Element

  /// A column that belongs to no table, or not yet.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - width: elements of a row, at least 1.
  ///   - capacity: rows.
  ///   - element: what the memory holds at first.
  package init(_ name: ColumnName, width: Int, capacity: Int, filledWith element: Element) {
    pointer = Self.allocate(width * capacity)
    filling = element
    super.init(name, width: width, capacity: capacity)
    pointer.initialize(repeating: element, count: width * capacity)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    return UnsafeMutableRawPointer.allocate(byteCount: (bytes + 63) & ~63, alignment: 64)
      .bindMemory(to: Element.self, capacity: max(1, count))
  }

  /// Every row there is memory for, in place; for the length of a call.
  package var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: width * capacity)
  }

  /// One element, of a column with one in each row or counted through all rows.
  public subscript(index: Int) -> Element {
    get { buffer[index] }
    set { buffer[index] = newValue }
  }

  /// Reads rows in place, `[rows, width]`.
  public func withRows<Result, Failure: Error>(
    _ rows: Range<Int>, _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(elements(rows).span)
  }

  /// The elements of a row, in place; valid until the column grows or goes.
  package func values(ofRow row: Int) -> UnsafeMutableBufferPointer<Element> {
    elements(row..<row + 1)
  }

  /// Changes rows in place, `[rows, width]`.
  public func withMutableRows<Result, Failure: Error>(
    _ rows: Range<Int>, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = elements(rows).mutableSpan
    return try body(&span)
  }

  /// Sets every element of some rows.
  public func fill(_ rows: Range<Int>, with element: Element) {
    elements(rows).update(repeating: element)
  }

  /// The elements of some rows, in place; for the length of a call.
  package func elements(_ rows: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    insist(
      rows.lowerBound >= 0 && rows.upperBound <= capacity,
      "The column \"\(name)\" has no rows \(rows), but \(capacity) of them.")
    return UnsafeMutableBufferPointer(
      start: pointer + rows.lowerBound * width, count: rows.count * width)
  }

  override func grow(to capacity: Int) {
    let memory = Self.allocate(width * capacity)
    memory.initialize(from: pointer, count: width * self.capacity)
    (memory + width * self.capacity).initialize(
      repeating: filling, count: width * (capacity - self.capacity))
    UnsafeMutableRawPointer(pointer).deallocate()
    pointer = memory
    self.capacity = capacity
  }

  /// Copies rows of a column of the same type and width.
  public override func copyRows(_ source: Range<Int>, of other: AnyExperienceColumn, to row: Int) {
    let rows = alike(other).elements(source)
    _ = elements(row..<row + source.count).update(fromContentsOf: rows)
  }

  /// Copies single rows of a column of the same type and width, one after the other.
  public override func gatherRows(_ source: [Int], of other: AnyExperienceColumn, to row: Int) {
    let (rows, target) = (alike(other).buffer, elements(row..<row + source.count))
    for (index, place) in source.enumerated() {
      for element in 0..<width {
        target[index * width + element] = rows[place * width + element]
      }
    }
  }

  private func alike(_ other: AnyExperienceColumn) -> ExperienceColumn<Element> {
    guard let other = other as? ExperienceColumn<Element>, other.width == width else {
      fatalError("Rows of \"\(other.name)\" are none of \"\(name)\".")
    }
    return other
  }

  override func tensor(rows: Int) -> SafetensorsTensor {
    SafetensorsTensor(Array(elements(0..<rows)), shape: width == 1 ? [rows] : [rows, width])
  }

  override func restore(rows: Int, from tensor: SafetensorsTensor, named table: String) throws {
    let values = try tensor.values(as: Element.self)
    guard values.count == rows * width else {
      throw CheckpointContentError.unreadable(
        "\(table).\(name)", reason: "it has \(values.count) numbers instead of \(rows * width).")
    }
    if rows > capacity { grow(to: rows) }
    _ = elements(0..<rows).update(fromContentsOf: values)
  }
}
