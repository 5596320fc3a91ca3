import ReinforcementLearning

/// MinAtar's Asterix: gold to be collected and enemies to be avoided, which come from both sides.
///
/// Gold rewards 1; an enemy ends the game. As long as the game becomes harder, which it does about every 100
/// frames, new ones come faster, and every other time all move faster.
public struct MinAtarAsterix: MinAtarGame {
  /// 10,000 steps, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-asterix", aliases: ["MinAtar/Asterix-v1"], stepLimit: 10_000)

  /// `MinAtar/Asterix-v0`: the same with all six actions, `MinAtarParameters.v0`.
  public static let specV0 = EnvironmentSpec(
    name: "minatar-asterix-v0", aliases: ["MinAtar/Asterix-v0"], stepLimit: 10_000)

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
  /// A bit for each of the rows 1 to 8 in which there is something.
  private var taken: UInt8 = 0
  /// Of those, the ones with gold.
  private var gold: UInt8 = 0
  /// Of those, the ones in which it moves to the right.
  private var goesRight: UInt8 = 0
  /// The column of what is there, a byte for each row.
  private var columns: UInt64 = 0
  private var spawnInterval = Self.firstSpawnInterval
  private var spawnTimer = Self.firstSpawnInterval
  private var moveInterval = Self.firstMoveInterval
  private var moveTimer = Self.firstMoveInterval
  private var rampTimer = Self.rampInterval
  private var isMoveNext = false

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
      moveAll()
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
    let free = ~taken
    guard free != 0 else { return }
    var choices = free
    for _ in 0..<draws.index(below: free.nonzeroBitCount) { choices &= choices - 1 }
    let row = choices.trailingZeroBitCount
    let bit = UInt8(1) << row
    taken |= bit
    gold = isGold ? gold | bit : gold & ~bit
    goesRight = comesFromLeft ? goesRight | bit : goesRight & ~bit
    place(row, at: comesFromLeft ? 0 : 9)
  }

  @inline(__always)
  private func column(_ row: Int) -> Int { Int(truncatingIfNeeded: columns >> (8 * row) & 0xFF) }

  @inline(__always)
  private mutating func place(_ row: Int, at column: Int) {
    columns = columns & ~(0xFF << (8 * row)) | UInt64(truncatingIfNeeded: column) << (8 * row)
  }

  private mutating func moveAll() {
    var rest = taken
    while rest != 0 {
      let row = rest.trailingZeroBitCount
      rest &= rest - 1
      let next = column(row) + (goesRight >> row & 1 == 1 ? 1 : -1)
      if (0...9).contains(next) { place(row, at: next) } else { taken &= ~(1 << row) }
    }
  }

  /// What happens where the player is.
  @inline(__always)
  private mutating func meet(_ result: inout Transition) {
    let row = player.y - 1
    let bit = UInt8(1) << row
    guard taken & bit != 0, column(row) == player.x else { return }
    if gold & bit != 0 {
      taken &= ~bit
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
    var rest = taken
    while rest != 0 {
      let row = rest.trailingZeroBitCount
      rest &= rest - 1
      let column = column(row)
      mark(&observation, gold >> row & 1 == 1 ? .gold : .enemy, row + 1, column)
      let behind = column + (goesRight >> row & 1 == 1 ? -1 : 1)
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
      + (0..<8).map { row in
        MinAtarLimit("column in row \(row + 1)", taken >> row & 1 == 1 ? column(row) : 0, 0...9)
      }
  }
}
