import GSL

/// From actions between −1 and 1, as policies put them, to the bounds of an environment's box.
///
/// A component whose bounds are both finite is stretched over them; another one stays as it is. What
/// is still outside is clipped, for the environment alone: log π and a critic see the action that
/// was drawn.
public struct BoxActions: Sendable {
  /// The bounds of each component, infinite where there is none.
  package let lower: [Float]
  /// Alike.
  package let upper: [Float]
  /// What is added to a component once it is multiplied with its scale.
  package let center: [Float]
  /// Half the width of a bounded component's range, or 1.
  package let scale: [Float]

  /// The actions of a box.
  public init(_ box: BoxSpace) {
    lower = box.lower.map { Float($0) }
    upper = box.upper.map { Float($0) }
    // In single precision: a bound of 1e300 is none there.
    let bounds = zip(lower, upper).map {
      $0.isFinite && $1.isFinite ? (Double($0), Double($1)) : (-1, 1)
    }
    center = bounds.map { Float(($0 + $1) / 2) }
    scale = bounds.map { Float(($1 - $0) / 2) }
  }

  /// The actions of a space of real numbers all of which are bounded; nil for any other space.
  package init?(bounded space: Space) {
    guard case .box(let box) = space, !box.elementType.isWholeNumber else { return nil }
    self.init(box)
    if !isBounded { return nil }
  }

  /// C, the number of components.
  public var size: Int { lower.count }

  /// Whether every component has two finite bounds.
  public var isBounded: Bool { (lower + upper).allSatisfy(\.isFinite) }

  /// Writes actions as the environment takes them.
  ///
  /// - Parameters:
  ///   - actions: `[rows, C]`, from −1 to 1 and beyond; what is not a number stays so.
  ///   - target: receives as many numbers within the bounds.
  public func write(_ actions: Span<Float>, to target: inout MutableSpan<Float>) {
    insist(
      actions.count == target.count && actions.count % size == 0,
      "\(actions.count) numbers are no rows of \(size) for \(target.count).")
    for start in stride(from: 0, to: actions.count, by: size) {
      for component in lower.indices {
        let action = center[component] + scale[component] * actions[start + component]
        target[start + component] = min(max(action, lower[component]), upper[component])
      }
    }
  }
}
