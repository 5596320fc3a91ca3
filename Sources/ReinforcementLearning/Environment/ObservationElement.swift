/// What observations can consist of: `Float`, and `UInt8` for pixels and the like.
public protocol ObservationElement: Numeric, BitwiseCopyable, Sendable {
  /// Whether it is a number, and not infinite.
  var isFinite: Bool { get }

  /// Its value.
  var number: Double { get }

  /// Whether none of many is infinite or not a number.
  static func areAllFinite(_ elements: Span<Self>) -> Bool
}

extension Float: ObservationElement {
  /// Its value.
  public var number: Double { Double(self) }

  /// Whether none of many is infinite or not a number.
  public static func areAllFinite(_ elements: Span<Float>) -> Bool { elements.areAllFinite }
}

extension UInt8: ObservationElement {
  /// Its value, from 0 to 255.
  public var number: Double { Double(self) }

  /// True.
  @inlinable
  public var isFinite: Bool { true }

  /// True.
  public static func areAllFinite(_ elements: Span<UInt8>) -> Bool { true }
}
