import GSL

/// What observations can consist of: `Float`, and `UInt8` for pixels and the like.
public protocol ObservationElement: Numeric, BitwiseCopyable, Sendable {
  /// Whether it is a number, and not infinite.
  var isFinite: Bool { get }

  /// Its value.
  var number: Double { get }

  /// Whether none of many is infinite or not a number.
  static func areAllFinite(_ elements: Span<Self>) -> Bool

  /// Writes elements as numbers, element by element.
  ///
  /// - Parameters:
  ///   - elements: what is read.
  ///   - numbers: where they go, of at least `start` and as many more.
  ///   - start: the place of the first.
  static func write(_ elements: Span<Self>, to numbers: inout MutableSpan<Float>, at start: Int)
}

extension Float: ObservationElement {
  /// Its value.
  public var number: Double { Double(self) }

  /// Whether none of many is infinite or not a number.
  public static func areAllFinite(_ elements: Span<Float>) -> Bool { elements.areAllFinite }

  /// Copies them.
  public static func write(
    _ elements: Span<Float>, to numbers: inout MutableSpan<Float>, at start: Int
  ) {
    insist(start >= 0 && elements.count <= numbers.count - start, "There is room for them.")
    for index in elements.indices { numbers[unchecked: start + index] = elements[unchecked: index] }
  }
}

extension UInt8: ObservationElement {
  /// Its value, from 0 to 255.
  public var number: Double { Double(self) }

  /// True.
  @inlinable
  public var isFinite: Bool { true }

  /// True.
  public static func areAllFinite(_ elements: Span<UInt8>) -> Bool { true }

  /// Writes numbers from 0 to 255.
  public static func write(
    _ elements: Span<UInt8>, to numbers: inout MutableSpan<Float>, at start: Int
  ) {
    insist(start >= 0 && elements.count <= numbers.count - start, "There is room for them.")
    for index in elements.indices {
      numbers[unchecked: start + index] = Float(elements[unchecked: index])
    }
  }
}
