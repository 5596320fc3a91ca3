import GSL
import ReinforcementLearning

/// A square orchard with one fruit: go there and pick it, with three choices in every step.
///
/// The first two choices move along the two axes, by −1, 0 or 1 (0, 1 and 2), the third one picks (1) or does
/// not (0). A mask per choice forbids steps out of the orchard and picking where there is no fruit. Every
/// step rewards −0.05, the one that picks 1, which ends the episode. Start and fruit are anywhere, equally
/// likely.
public struct Orchard: Environment {
  /// 20 steps; the best policy of the usual size gets 0.887 on average, 0.85 counts as solved.
  public static let spec = EnvironmentSpec(name: "orchard", stepLimit: 20, rewardThreshold: 0.85)

  /// The cells of a side.
  public let size: Int
  /// Where one stands, each from 0.
  public private(set) var position = SIMD2<Int>(0, 0)
  /// Where the fruit is.
  public private(set) var fruit = SIMD2<Int>(0, 0)

  /// 5 by 5 cells.
  public init() { size = 5 }

  /// Makes an orchard.
  ///
  /// - Parameter size: the cells of a side, from 2 to 100.
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(size: Int) throws(EnvironmentError) {
    guard (2...100).contains(size) else {
      throw .invalidDeclaration(
        environment: Self.spec.name, reason: "a side has 2 to 100 cells, not \(size).")
    }
    self.size = size
  }

  /// Where one stands and where the fruit is.
  public var observationSpace: Space { .multiDiscrete([size, size, size, size]) }

  /// A step along either axis, and whether to pick.
  public var actionSpace: Space { .multiDiscrete([3, 3, 2]) }

  /// Draws start and fruit.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    position = [stream.index(below: size), stream.index(below: size)]
    fruit = [stream.index(below: size), stream.index(below: size)]
    write(&observation)
  }

  /// Moves, or picks and does not move.
  public mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    if action[2] == 1 {
      write(&observation)
      return Transition(reward: 1, isTerminated: true)
    }
    position.x += action[0] - 1
    position.y += action[1] - 1
    write(&observation)
    return Transition(reward: -0.05)
  }

  /// Forbids what leads out of the orchard, and picking where there is nothing.
  public func writeActionMask(_ mask: inout MutableSpan<Float>) {
    for axis in 0..<2 {
      mask[3 * axis] = position[axis] > 0 ? 1 : 0
      mask[3 * axis + 1] = 1
      mask[3 * axis + 2] = position[axis] < size - 1 ? 1 : 0
    }
    mask[6] = 1
    mask[7] = position == fruit ? 1 : 0
  }

  /// Says whether the orchard is another one, or something lies outside it.
  public func problemOfRestoring(into prototype: Orchard) -> String? {
    guard size == prototype.size else { return "its side has \(size) cells." }
    let cells = [position.x, position.y, fruit.x, fruit.y]
    return cells.allSatisfy { (0..<size).contains($0) }
      ? nil : "its places must be from 0 to \(size - 1) but are \(cells)."
  }

  private func write(_ observation: inout MutableSpan<Float>) {
    let cells = [position.x, position.y, fruit.x, fruit.y]
    for (index, cell) in cells.enumerated() {
      writeOneHot(cell, into: &observation, index * size..<(index + 1) * size)
    }
  }
}

extension Orchard: ParameterizedEnvironment {
  /// What can be set.
  public struct Parameters: EnvironmentParameters {
    /// The cells of a side, from 2 to 100.
    public var size = 5

    /// The usual ones.
    public init() {}
  }

  /// Makes the task with parameters of its own.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    try self.init(
      size: parameters.size)
  }
}
