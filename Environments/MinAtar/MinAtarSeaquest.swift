import ReinforcementLearning

/// MinAtar's Seaquest: a submarine that shoots fish and other submarines, picks up divers and needs air.
///
/// Each shot that hits rewards 1. Surfacing brings air and costs a diver; with six on board it rewards up to 10
/// for what air is left, without any it ends the game. So do running out of air and meeting an enemy or a
/// bullet. As long as the game becomes harder, each surfacing makes enemies come faster, and every other one
/// makes them faster.
///
/// Surfacing with six divers leaves −1 on board, as in the package: no surfacing is fatal until the number is
/// 0 again.
public struct MinAtarSeaquest: MinAtarGame {
  /// 10,000 steps, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-seaquest",
    aliases: ["MinAtar/Seaquest-v1", "MinAtar/Seaquest-v0", "minatar-seaquest-v0"],
    stepLimit: 10_000)

  /// What the planes show.
  public enum Plane: Int {
    /// The submarine's front.
    case front
    /// The submarine's back.
    case back
    /// The player's bullets.
    case friendlyBullet
    /// Behind each enemy and each diver.
    case trail
    /// The enemies' bullets.
    case enemyBullet
    /// Fish.
    case fish
    /// The enemies' submarines.
    case submarine
    /// How much air is left, in the last row.
    case oxygen
    /// The divers on board, in the last row.
    case diversOnBoard
    /// Divers.
    case diver
  }

  /// Ten.
  public static var planeCount: Int { 10 }

  /// All six.
  public static var minimalActions: [MinAtarAction] { [.none, .left, .up, .right, .down, .fire] }

  /// Parameters, random numbers and the last action.
  public var controls: MinAtarControls

  var position = SIMD2(5, 0)
  var headsRight = false
  var isSurfaced = true
  var oxygen = Self.fullOxygen
  var diversOnBoard = 0
  /// Frames until the player can shoot.
  var rest = 0
  var spawnInterval = Self.firstSpawnInterval
  var spawnTimer = Self.firstSpawnInterval
  var diverTimer = Self.diverSpawnInterval
  var moveInterval = Self.firstMoveInterval
  var isMoveNext = false
  var bullets: [MinAtarSwimmer] = []
  var divers: [MinAtarSwimmer] = []
  var submarines: [MinAtarSwimmer] = []
  var fish: [MinAtarSwimmer] = []
  var enemyBullets: [MinAtarSwimmer] = []

  static var fullOxygen: Int { 200 }
  static var mostDivers: Int { 6 }
  static var firstSpawnInterval: Int { 20 }
  static var diverSpawnInterval: Int { 30 }
  static var firstMoveInterval: Int { 5 }
  static var lastMoveInterval: Int { 2 }
  static var diverMoveInterval: Int { 5 }
  static var shotInterval: Int { 5 }
  static var enemyShotInterval: Int { 10 }

  /// Makes a game before its first episode.
  public init(controls: MinAtarControls) { self.controls = controls }

  /// Begins an episode at the surface.
  public mutating func begin(using draws: inout some GameDraws) {
    (position, headsRight, isSurfaced) = ([5, 0], false, true)
    (oxygen, diversOnBoard, rest) = (Self.fullOxygen, 0, 0)
    (spawnInterval, spawnTimer) = (Self.firstSpawnInterval, Self.firstSpawnInterval)
    (diverTimer, moveInterval) = (Self.diverSpawnInterval, Self.firstMoveInterval)
    isMoveNext = false
    // The memory stays, so that later episodes need none.
    bullets.removeAll(keepingCapacity: true)
    divers.removeAll(keepingCapacity: true)
    submarines.removeAll(keepingCapacity: true)
    fish.removeAll(keepingCapacity: true)
    enemyBullets.removeAll(keepingCapacity: true)
  }

  /// Lets others in, moves the player, then everything else in a fixed order.
  public mutating func play(
    _ action: MinAtarAction, using draws: inout some GameDraws
  ) -> Transition {
    if spawnTimer == 0 {
      spawnEnemy(using: &draws)
      spawnTimer = spawnInterval
    }
    if diverTimer == 0 {
      spawnDiver(using: &draws)
      diverTimer = Self.diverSpawnInterval
    }
    move(action)
    var result = Transition(reward: 0)
    moveBullets(&result)
    moveDivers()
    moveSubmarines(&result)
    moveEnemyBullets(&result)
    moveFish(&result)
    if spawnTimer > 0 { spawnTimer -= 1 }
    if diverTimer > 0 { diverTimer -= 1 }
    if rest > 0 { rest -= 1 }
    breathe(&result)
    return result
  }

  private mutating func move(_ action: MinAtarAction) {
    switch action {
    case .fire where rest == 0:
      bullets.append(MinAtarSwimmer(position.x, position.y, headsRight: headsRight))
      rest = Self.shotInterval
    case .left:
      position.x = max(0, position.x - 1)
      headsRight = false
    case .right:
      position.x = min(9, position.x + 1)
      headsRight = true
    case .up: position.y = max(0, position.y - 1)
    case .down: position.y = min(8, position.y + 1)
    case .none, .fire: break
    }
  }

  /// None comes in a row in which another one swims the other way.
  private mutating func spawnEnemy(using draws: inout some GameDraws) {
    let headsRight = draws.uniform() < 0.5
    let isSubmarine = draws.uniform() < 1.0 / 3
    let row = 1 + draws.index(below: 8)
    func isOpposed(_ other: MinAtarSwimmer) -> Bool {
      Int(other.row) == row && other.headsRight != headsRight
    }
    guard !submarines.contains(where: isOpposed), !fish.contains(where: isOpposed) else { return }
    var enemy = MinAtarSwimmer(headsRight ? 0 : 9, row, headsRight: headsRight)
    enemy.moveTimer = Int8(moveInterval)
    if isSubmarine {
      enemy.shotTimer = Int8(Self.enemyShotInterval)
      submarines.append(enemy)
    } else {
      fish.append(enemy)
    }
  }

  private mutating func spawnDiver(using draws: inout some GameDraws) {
    let headsRight = draws.uniform() < 0.5
    let row = 1 + draws.index(below: 8)
    var diver = MinAtarSwimmer(headsRight ? 0 : 9, row, headsRight: headsRight)
    diver.moveTimer = Int8(Self.diverMoveInterval)
    divers.append(diver)
  }

  /// Air goes down below the surface and is renewed at it.
  private mutating func breathe(_ result: inout Transition) {
    if oxygen <= 0 { result.isTerminated = true }
    guard position.y == 0 else {
      oxygen -= 1
      isSurfaced = false
      return
    }
    guard !isSurfaced else { return }
    guard diversOnBoard != 0 else {
      result.isTerminated = true
      return
    }
    isSurfaced = true
    if diversOnBoard == Self.mostDivers {
      diversOnBoard = 0
      result.reward += Double(oxygen * 10 / Self.fullOxygen)
    }
    oxygen = Self.fullOxygen
    diversOnBoard -= 1
    guard controls.isRamping, spawnInterval > 1 || moveInterval > Self.lastMoveInterval else {
      return
    }
    if moveInterval > Self.lastMoveInterval, isMoveNext { moveInterval -= 1 }
    if spawnInterval > 1 { spawnInterval -= 1 }
    isMoveNext.toggle()
  }
}
