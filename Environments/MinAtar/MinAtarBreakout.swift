import ReinforcementLearning

/// MinAtar's Breakout: a paddle that keeps a ball in the field, which breaks bricks.
///
/// The ball moves along diagonals. Every brick rewards 1, and once all three rows are gone and the ball is
/// back at the paddle there are new ones. The game is over when the ball passes the paddle.
public struct MinAtarBreakout: MinAtarGame {
  /// 10,000 steps, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-breakout", aliases: ["MinAtar/Breakout-v1"], stepLimit: 10_000)

  /// `MinAtar/Breakout-v0`: the same with all six actions, `MinAtarParameters.v0`.
  public static let specV0 = EnvironmentSpec(
    name: "minatar-breakout-v0", aliases: ["MinAtar/Breakout-v0"], stepLimit: 10_000)

  /// What the planes show.
  public enum Plane: Int {
    /// The paddle, in the last row.
    case paddle
    /// The ball.
    case ball
    /// Where the ball was before.
    case trail
    /// The bricks that are left.
    case brick
  }

  /// Four.
  public static var planeCount: Int { 4 }

  /// To stay, and to go left or right.
  public static var minimalActions: [MinAtarAction] { [.none, .left, .right] }

  /// Parameters, random numbers and the last action.
  public var controls: MinAtarControls

  private var paddle = 4
  private var ball = SIMD2(0, 3)
  private var velocity = SIMD2(1, 1)
  private var trail = SIMD2(0, 3)
  /// A bit for each cell of rows 1 to 3.
  private var bricks = Self.allBricks
  /// Whether the ball broke a brick and has met others ever since: it goes through those.
  private var isStriking = false

  private static var allBricks: UInt32 { 1 << 30 - 1 }

  /// Makes a game before its first episode.
  public init(controls: MinAtarControls) { self.controls = controls }

  /// Begins an episode: the ball comes from the left or from the right.
  public mutating func begin(using draws: inout some GameDraws) {
    let comesFromRight = draws.index(below: 2) == 1
    ball = [comesFromRight ? 9 : 0, 3]
    velocity = [comesFromRight ? -1 : 1, 1]
    trail = ball
    paddle = 4
    bricks = Self.allBricks
    isStriking = false
  }

  /// Moves the paddle, then the ball.
  public mutating func play(
    _ action: MinAtarAction, using draws: inout some GameDraws
  ) -> Transition {
    switch action {
    case .left: paddle = max(0, paddle - 1)
    case .right: paddle = min(9, paddle + 1)
    case .none, .up, .down, .fire: break
    }
    trail = ball
    var next = ball &+ velocity
    if next.x < 0 || next.x > 9 {
      next.x = ball.x
      velocity.x = -velocity.x
    }
    var result = Transition(reward: 0)
    var meetsBrick = false
    if next.y < 0 {
      next.y = 0
      velocity.y = -velocity.y
    } else if (1...3).contains(next.y), bricks & Self.brick(next) != 0 {
      meetsBrick = true
      if !isStriking {
        isStriking = true
        bricks &= ~Self.brick(next)
        result.reward = 1
        bounce(&next)
      }
    } else if next.y == 9 {
      if bricks == 0 { bricks = Self.allBricks }
      if ball.x == paddle {
        bounce(&next)
      } else if next.x == paddle {
        velocity.x = -velocity.x
        bounce(&next)
      } else {
        result.isTerminated = true
      }
    }
    if !meetsBrick { isStriking = false }
    ball = next
    return result
  }

  private mutating func bounce(_ next: inout SIMD2<Int>) {
    velocity.y = -velocity.y
    next.y = ball.y
  }

  private static func brick(_ place: SIMD2<Int>) -> UInt32 {
    1 << UInt32(truncatingIfNeeded: (place.y - 1) * 10 + place.x)
  }

  /// Shows paddle, ball, trail and bricks.
  public func show(in observation: inout MutableSpan<UInt8>) {
    // The four planes of a cell at once, in four cells at once, the last two of them below the bricks.
    observation.withUnsafeMutableBytes { bytes in
      let brick: UInt32 = 1 << UInt32(8 * Plane.brick.rawValue)
      let shown = SIMD4(repeating: brick.littleEndian)
      for first in stride(from: 0, to: 32, by: 4) {
        let places = SIMD4<UInt32>(1, 2, 4, 8) &<< SIMD4(repeating: UInt32(first))
        let cells = shown.replacing(
          with: 0, where: (SIMD4(repeating: bricks) & places) .== 0)
        bytes.storeBytes(of: cells, toByteOffset: (10 + first) * 4, as: SIMD4<UInt32>.self)
      }
    }
    mark(&observation, .paddle, 9, paddle)
    mark(&observation, .ball, ball.y, ball.x)
    mark(&observation, .trail, trail.y, trail.x)
  }

  /// Every place inside the field.
  public var limits: [MinAtarLimit] {
    [
      MinAtarLimit("paddle", paddle, 0...9),
      MinAtarLimit("ball's column", ball.x, 0...9), MinAtarLimit("ball's row", ball.y, 0...9),
      MinAtarLimit("trail's column", trail.x, 0...9), MinAtarLimit("trail's row", trail.y, 0...9),
      MinAtarLimit("speed to the side", velocity.x.magnitude, 1...1),
      MinAtarLimit("speed downwards", velocity.y.magnitude, 1...1),
      MinAtarLimit("bricks", bricks, 0...Int(Self.allBricks)),
    ]
  }
}
