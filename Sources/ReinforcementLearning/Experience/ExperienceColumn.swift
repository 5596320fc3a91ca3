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
}

/// A column of any element type, as part of a table.
///
/// What needs no element type is here, on bytes: it would be slower where the type is not in sight.
public class AnyExperienceColumn {
  /// What it is called.
  public let name: ColumnName
  /// Elements of a row.
  public let width: Int
  /// The type of the elements.
  public let element: SafetensorsDType
  // Unchecked: a column is used by one thread at a time, and nothing that grows it is called while it is
  // read. The checks would take as long as the reading.
  /// Rows there is memory for.
  @exclusivity(unchecked) public private(set) var capacity: Int
  /// Row 0, aligned to 64 bytes; there for as long as the column is, or until it grows.
  @exclusivity(unchecked) @usableFromInline private(set) var base: UnsafeMutableRawPointer

  fileprivate init(_ name: ColumnName, width: Int, capacity: Int, of element: SafetensorsDType) {
    insist(width >= 1, "A column has at least 1 element in a row, not \(width).")
    self.name = name
    self.width = width
    self.element = element
    self.capacity = capacity
    base = Self.allocate(capacity * width * element.size)
  }

  deinit { base.deallocate() }

  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    // Whole cache lines, so that no other memory shares the last one.
    let count = (max(1, bytes) + 63) & ~63
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    return memory
  }

  private var rowBytes: Int { width * element.size }

  /// The memory of a row; valid until the column grows or goes.
  package func bytes(ofRow row: Int) -> UnsafeMutableRawBufferPointer {
    requireRows(row..<row + 1)
    return UnsafeMutableRawBufferPointer(start: base + row * rowBytes, count: rowBytes)
  }

  /// A column of the same width and type, full of zeros.
  func empty(_ name: ColumnName, capacity: Int) -> AnyExperienceColumn {
    fatalError("A column has a type.")
  }

  /// Makes room for more rows, which are zeros.
  func grow(to capacity: Int) {
    let memory = Self.allocate(capacity * rowBytes)
    memory.copyMemory(from: base, byteCount: self.capacity * rowBytes)
    base.deallocate()
    base = memory
    self.capacity = capacity
  }

  /// Copies rows of a column of the same type and width.
  ///
  /// - Parameters:
  ///   - source: which.
  ///   - other: the column that they are rows of.
  ///   - row: where the first goes.
  public func copyRows(_ source: Range<Int>, of other: AnyExperienceColumn, to row: Int) {
    requireRows(row..<row + source.count)
    other.requireRows(source)
    requireAlike(other)
    (base + row * rowBytes).copyMemory(
      from: other.base + source.lowerBound * rowBytes, byteCount: source.count * rowBytes)
  }

  /// Copies single rows of a column of the same type and width, one after the other.
  ///
  /// - Parameters:
  ///   - source: which, in this order.
  ///   - other: the column that they are rows of.
  ///   - row: where the first goes.
  public func gatherRows(_ source: [Int], of other: AnyExperienceColumn, to row: Int) {
    requireRows(row..<row + source.count)
    requireAlike(other)
    for (index, place) in source.enumerated() {
      insist(place >= 0 && place < other.capacity, "\"\(other.name)\" has no row \(place).")
      (base + (row + index) * rowBytes).copyMemory(
        from: other.base + place * rowBytes, byteCount: rowBytes)
    }
  }

  private func requireAlike(_ other: AnyExperienceColumn) {
    insist(
      other.width == width && other.element == element,
      "Rows of \"\(other.name)\" are none of \"\(name)\".")
  }

  @inlinable
  @inline(__always)
  func requireRows(_ rows: Range<Int>) {
    insist(
      rows.lowerBound >= 0 && rows.upperBound <= capacity,
      "The column \"\(name)\" has no rows \(rows), but \(capacity) of them.")
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
  /// A column of zeros that belongs to no table, or not yet.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - width: elements of a row, at least 1.
  ///   - capacity: rows.
  package init(_ name: ColumnName, width: Int = 1, capacity: Int) {
    super.init(name, width: width, capacity: capacity, of: Element.safetensorsDType)
  }

  /// Where row 0 is, aligned to 64 bytes, for programs that are bound to it.
  ///
  /// Valid until the table grows, which one of a fixed number of rows never does; whoever keeps the
  /// address keeps the column.
  @inlinable
  public var pointer: UnsafeMutablePointer<Element> {
    // Numbers of this type alone are ever kept there.
    base.assumingMemoryBound(to: Element.self)
  }

  /// Every row there is memory for, in place; for the length of a call.
  @inlinable
  package var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: width * capacity)
  }

  /// One element, of a column with one in each row or counted through all rows.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      insist(index >= 0 && index < width * capacity, "There is no element \(index).")
      return pointer[index]
    }
    set {
      insist(index >= 0 && index < width * capacity, "There is no element \(index).")
      pointer[index] = newValue
    }
  }

  /// Reads rows in place, `[rows, width]`.
  @inlinable
  public func withRows<Result, Failure: Error>(
    _ rows: Range<Int>, _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(elements(rows).span)
  }

  /// Changes rows in place, `[rows, width]`.
  @inlinable
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

  /// The elements of a row, in place; valid until the column grows or goes.
  @inlinable
  package func values(ofRow row: Int) -> UnsafeMutableBufferPointer<Element> {
    elements(row..<row + 1)
  }

  /// The elements of some rows, in place; for the length of a call.
  @inlinable
  package func elements(_ rows: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    requireRows(rows)
    return UnsafeMutableBufferPointer(
      start: pointer + rows.lowerBound * width, count: rows.count * width)
  }

  override func empty(_ name: ColumnName, capacity: Int) -> AnyExperienceColumn {
    ExperienceColumn(name, width: width, capacity: capacity)
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
