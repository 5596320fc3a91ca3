/// What an environment's action looks like in a row of numbers.
///
/// `Int` is one choice, `[Int]` several; `Float` and `SIMD2`, `SIMD4` of it are real vectors of fixed
/// size, which cost no allocation; `[Float]` is one of any size.
public protocol EnvironmentAction: Sendable {
  /// `Int32` for whole numbers, `Float` for real ones.
  associatedtype Component: Sendable, BitwiseCopyable, Comparable

  /// How many numbers it takes, or nil where the action space says.
  static var componentCount: Int? { get }

  /// Reads the action from its numbers.
  ///
  /// - Parameter components: `componentCount` of them, valid for the call only.
  init(components: Span<Component>)
}

extension Int: EnvironmentAction {
  /// One number.
  public static var componentCount: Int? { 1 }

  /// Widens the number.
  @inlinable
  public init(components: Span<Int32>) {
    self = Int(components[0])
  }
}

extension Float: EnvironmentAction {
  /// One number.
  public static var componentCount: Int? { 1 }

  /// Takes the number.
  @inlinable
  public init(components: Span<Float>) {
    self = components[0]
  }
}

extension SIMD2<Float>: EnvironmentAction {
  /// Two numbers.
  public static var componentCount: Int? { 2 }

  /// Takes the numbers.
  @inlinable
  public init(components: Span<Float>) {
    self.init(components[0], components[1])
  }
}

extension SIMD4<Float>: EnvironmentAction {
  /// Four numbers.
  public static var componentCount: Int? { 4 }

  /// Takes the numbers.
  @inlinable
  public init(components: Span<Float>) {
    self.init(components[0], components[1], components[2], components[3])
  }
}

extension Array: EnvironmentAction where Element: ArrayActionElement {
  /// The action space says.
  public static var componentCount: Int? { nil }

  /// Copies the numbers.
  @inlinable
  public init(components: Span<Element.Component>) {
    self = components.indices.map { Element(component: components[$0]) }
  }
}

/// The numbers that an action of any size can be made of: `Float` and `Int`.
public protocol ArrayActionElement: Sendable {
  /// How the number travels.
  associatedtype Component: Sendable, BitwiseCopyable, Comparable

  /// Reads the number.
  init(component: Component)
}

extension Float: ArrayActionElement {
  /// Takes the number.
  @inlinable
  public init(component: Float) { self = component }
}

extension Int: ArrayActionElement {
  /// Widens the number.
  @inlinable
  public init(component: Int32) { self = Int(component) }
}
