import GSL
import ReinforcementLearning

/// From actions between −1 and 1, as policies put them, to the bounds of an environment's box.
///
/// A component whose bounds are both finite is stretched over them; another one stays as it is. What
/// is still outside is clipped, for the environment alone: log π and a critic see the action that
/// was drawn.
public struct BoxActions: Sendable {
  private let lower: [Float]
  private let upper: [Float]
  private let center: [Float]
  private let scale: [Float]

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

  /// Writes actions `[rows, C]` as the environment takes them, into as many numbers.
  func write(_ actions: [Float], to target: inout [Float]) {
    insist(
      actions.count == target.count && actions.count % size == 0,
      "\(actions.count) numbers are no rows of \(size) for \(target.count).")
    actions.withUnsafeBufferPointer { actions in
      target.withUnsafeMutableBufferPointer { target in
        guard let source = actions.baseAddress, let start = target.baseAddress else { return }
        write(source, rows: actions.count / size, to: start)
      }
    }
  }

  /// Writes actions as the environment takes them.
  ///
  /// - Parameters:
  ///   - actions: `[rows, C]`, from −1 to 1 and beyond; what is not a number stays so.
  ///   - rows: how many.
  ///   - target: receives `[rows, C]` numbers within the bounds.
  public func write(
    _ actions: UnsafePointer<Float>, rows: Int, to target: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      for component in lower.indices {
        let index = row * lower.count + component
        let action = center[component] + scale[component] * actions[index]
        target[index] = min(max(action, lower[component]), upper[component])
      }
    }
  }
}
