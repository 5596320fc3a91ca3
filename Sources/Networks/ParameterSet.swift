import GSL

// Unchecked: `layout` and `pointer` are immutable, and the memory behind the pointer is written
// only by its owner between two phases of a training step (an update, a restore). Threads that run
// programs only read it, and the loop's barrier lies between their reads and the owner's writes.
/// Named parameters in one contiguous, 64-byte aligned buffer.
///
/// The address never changes during the life of the object, so compiled programs bind to it once.
/// Gradients and optimizer moments are parameter sets too: same layout, same order.
///
/// All elements are zero after creation.
public final class ParameterSet<Scalar: ParameterScalar>: @unchecked Sendable {
  /// Which parameters there are and where each lies.
  public let layout: ParameterLayout

  /// The address of the first element, aligned to 64 bytes.
  ///
  /// Valid as long as the object lives; whoever keeps the address keeps the object too. There are
  /// ``count`` initialised elements behind it. Nobody may write through it while a program that
  /// reads it runs.
  public let pointer: UnsafeMutablePointer<Scalar>

  /// The number of elements of all parameters together.
  public var count: Int { layout.count }

  /// Parameters of the given layout, all zero.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
    let bytes = max(1, layout.count) * MemoryLayout<Scalar>.stride
    // Whole cache lines, so that no other object shares the last one.
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: (bytes + 63) & ~63, alignment: 64)
    pointer = memory.bindMemory(to: Scalar.self, capacity: max(1, layout.count))
    pointer.initialize(repeating: 0, count: max(1, layout.count))
  }

  /// Parameters of the given names and shapes, all zero.
  public convenience init(_ entries: [ParameterEntry]) { self.init(ParameterLayout(entries)) }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// A new, independent set with the same layout and values.
  public func copy() -> ParameterSet {
    let result = ParameterSet(layout)
    result.copy(from: self)
    return result
  }

  /// Takes over the values of a set with the same layout, rounding where its scalar is wider.
  public func copy<Other: ParameterScalar>(from other: ParameterSet<Other>) {
    insist(
      layout == other.layout,
      "The values of \(other.layout.names) do not fit the parameters \(layout.names).")
    if let same = other as? ParameterSet<Scalar> {
      pointer.update(from: same.pointer, count: count)
    } else {
      for index in 0..<count { pointer[index] = Scalar(other.pointer[index]) }
    }
  }

  /// Moves every element a share of the way towards that of a set with the same layout.
  ///
  /// θ' ← θ' + τ (θ − θ'), by which a target network follows the trained one.
  ///
  /// - Parameters:
  ///   - goal: θ.
  ///   - share: τ in [0, 1].
  public func move(towards goal: ParameterSet, by share: Double) {
    insist(
      layout == goal.layout,
      "The parameters \(layout.names) cannot follow \(goal.layout.names).")
    insist(
      share >= 0 && share <= 1, "The share must lie in [0, 1] but is \(share). Usual is 0.005.")
    Scalar.optimizerKernels.approach(Int64(count), pointer, goal.pointer, share)
  }

  /// Sets every element to one value.
  public func fill(_ value: Scalar) { pointer.update(repeating: value, count: count) }

  /// Every element in the order of the layout, in place; valid while the set lives.
  public var buffer: UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// Every element in the order of the layout, as a copy.
  ///
  /// The setter needs exactly ``count`` values.
  public var values: [Scalar] {
    get { Array(UnsafeBufferPointer(start: pointer, count: count)) }
    set { write(newValue, to: 0..<count, name: "all parameters") }
  }

  /// The elements of one parameter in row-major order, as a copy.
  ///
  /// The name must exist; the setter needs exactly as many values as the parameter has elements.
  public subscript(name: String) -> [Scalar] {
    get {
      let range = layout[name].range
      return Array(UnsafeBufferPointer(start: pointer + range.lowerBound, count: range.count))
    }
    set { write(newValue, to: layout[name].range, name: name) }
  }

  /// Reads one parameter in place, in row-major order.
  public func withValues<Result, Failure: Error>(
    of name: String, _ body: (Span<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let range = layout[name].range
    return try body(
      UnsafeBufferPointer(start: pointer + range.lowerBound, count: range.count).span)
  }

  /// Changes one parameter in place, in row-major order.
  public func withMutableValues<Result, Failure: Error>(
    of name: String, _ body: (inout MutableSpan<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let range = layout[name].range
    var span = UnsafeMutableBufferPointer(
      start: pointer + range.lowerBound, count: range.count
    ).mutableSpan
    return try body(&span)
  }

  /// Reads the raw bytes of all elements, in the machine's (little-endian) order.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(
      UnsafeRawBufferPointer(start: pointer, count: count * MemoryLayout<Scalar>.stride))
  }

  /// All elements as little-endian `Float`, whatever the scalar.
  ///
  /// This is what a digest of parameters is taken of.
  public var littleEndianFloat32Bytes: [UInt8] {
    SafetensorsTensor(values.map { Float($0) }).bytes
  }

  /// The position in the buffer of the first element that is NaN or infinite, if there is one.
  public var firstNonFinite: Int? {
    let element = Int(Scalar.optimizerKernels.firstNonFinite(Int64(count), pointer))
    return element < 0 ? nil : element
  }

  /// Whether no element is NaN or infinite.
  public var allFinite: Bool { firstNonFinite == nil }

  private func write(_ values: [Scalar], to range: Range<Int>, name: String) {
    insist(
      values.count == range.count,
      "\(values.count) values were given for \(name), which has \(range.count) elements.")
    for (index, value) in zip(range, values) { pointer[index] = value }
  }
}
