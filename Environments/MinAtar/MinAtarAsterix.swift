import ReinforcementLearning

/// MinAtar's Asterix: gold to be collected and enemies to be avoided, which come from both sides.
///
/// Gold rewards 1; an enemy ends the game. As long as the game becomes harder, which it does about every 100
/// frames, new ones come faster, and every other time all move faster.
public struct MinAtarAsterix: MinAtarGame {
  /// 10,000 steps, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-asterix", aliases: ["MinAtar/Asterix-v1"], stepLimit: 10_000)

  /// What the planes show.
  public enum Plane: Int {
    /// The player.
    case player
    /// Enemies.
    case enemy
    /// Behind each enemy and each piece of gold.
    case trail
    /// Gold.
    case gold
  }

  /// Four.
  public static var planeCount: Int { 4 }

  /// To stay, and to go in four directions.
  public static var minimalActions: [MinAtarAction] { [.none, .left, .up, .right, .down] }

  /// Parameters, random numbers and the last action.
  public var controls: MinAtarControls

  private var player = SIMD2(5, 5)
  /// What is in each of the rows 1 to 8: one of the kinds below.
  private var kinds = SIMD8<Int8>()
  private var columns = SIMD8<Int8>()
  /// 1 to the right, −1 to the left.
  private var directions = SIMD8<Int8>(repeating: 1)
  private var spawnInterval = Self.firstSpawnInterval
  private var spawnTimer = Self.firstSpawnInterval
  private var moveInterval = Self.firstMoveInterval
  private var moveTimer = Self.firstMoveInterval
  private var rampTimer = Self.rampInterval
  private var isMoveNext = false

  private static var nothing: Int8 { 0 }
  private static var enemy: Int8 { 1 }
  private static var gold: Int8 { 2 }
  private static var firstSpawnInterval: Int { 10 }
  private static var firstMoveInterval: Int { 5 }
  private static var rampInterval: Int { 100 }

  /// Makes a game before its first episode.
  public init(controls: MinAtarControls) { self.controls = controls }

  /// Begins an episode on an empty field.
  public mutating func begin(using draws: inout some GameDraws) {
    let controls = controls
    self = Self(controls: controls)
  }

  /// Lets something in, moves the player, then, when it is time, everything else.
  public mutating func play(
    _ action: MinAtarAction, using draws: inout some GameDraws
  ) -> Transition {
    if spawnTimer == 0 {
      spawn(using: &draws)
      spawnTimer = spawnInterval
    }
    switch action {
    case .left: player.x = max(0, player.x - 1)
    case .right: player.x = min(9, player.x + 1)
    case .up: player.y = max(1, player.y - 1)
    case .down: player.y = min(8, player.y + 1)
    case .none, .fire: break
    }
    var result = Transition(reward: 0)
    meet(&result)
    if moveTimer == 0 {
      moveTimer = moveInterval
      columns &+= directions
      kinds.replace(with: Self.nothing, where: (columns .< 0) .| (columns .> 9))
      meet(&result)
    }
    spawnTimer -= 1
    moveTimer -= 1
    if controls.isRamping { ramp() }
    return result
  }

  /// Direction and kind are drawn even where every row is taken.
  private mutating func spawn(using draws: inout some GameDraws) {
    let comesFromLeft = draws.uniform() < 0.5
    let isGold = draws.uniform() < 1.0 / 3
    var free = 0
    for row in 0..<8 where kinds[row] == Self.nothing { free += 1 }
    guard free > 0 else { return }
    var choice = draws.index(below: free)
    for row in 0..<8 where kinds[row] == Self.nothing {
      guard choice == 0 else {
        choice -= 1
        continue
      }
      kinds[row] = isGold ? Self.gold : Self.enemy
      columns[row] = comesFromLeft ? 0 : 9
      directions[row] = comesFromLeft ? 1 : -1
      return
    }
  }

  /// What happens where the player is.
  @inline(__always)
  private mutating func meet(_ result: inout Transition) {
    let row = player.y - 1
    guard kinds[row] != Self.nothing, Int(columns[row]) == player.x else { return }
    if kinds[row] == Self.gold {
      kinds[row] = Self.nothing
      result.reward += 1
    } else {
      result.isTerminated = true
    }
  }

  @inline(__always)
  private mutating func ramp() {
    guard spawnInterval > 1 || moveInterval > 1 else { return }
    guard rampTimer < 0 else {
      rampTimer -= 1
      return
    }
    if moveInterval > 1, isMoveNext { moveInterval -= 1 }
    if spawnInterval > 1 { spawnInterval -= 1 }
    isMoveNext.toggle()
    rampTimer = Self.rampInterval
  }

  /// Shows the player, and enemies and gold with their trails.
  public func show(in observation: inout MutableSpan<UInt8>) {
    mark(&observation, .player, player.y, player.x)
    for row in 0..<8 where kinds[row] != Self.nothing {
      let plane = kinds[row] == Self.gold ? Plane.gold : .enemy
      mark(&observation, plane, row + 1, columns[row])
      let behind = columns[row] - directions[row]
      if (0...9).contains(behind) { mark(&observation, .trail, row + 1, behind) }
    }
  }

  /// Every place inside the field, every counter where play can bring it.
  public var limits: [MinAtarLimit] {
    [
      MinAtarLimit("column", player.x, 0...9), MinAtarLimit("row", player.y, 1...8),
      MinAtarLimit("spawn interval", spawnInterval, 1...Self.firstSpawnInterval),
      MinAtarLimit("spawn timer", spawnTimer, 0...Self.firstSpawnInterval),
      MinAtarLimit("move interval", moveInterval, 1...Self.firstMoveInterval),
      MinAtarLimit("move timer", moveTimer, 0...Self.firstMoveInterval),
      MinAtarLimit("ramp timer", rampTimer, -1...Self.rampInterval),
    ]
      + (0..<8).flatMap { row in
        [
          MinAtarLimit("kind in row \(row + 1)", kinds[row], 0...2),
          MinAtarLimit(
            "column in row \(row + 1)", kinds[row] == Self.nothing ? 0 : columns[row], 0...9),
          MinAtarLimit("speed in row \(row + 1)", directions[row].magnitude, 1...1),
        ]
      }
  }
}
