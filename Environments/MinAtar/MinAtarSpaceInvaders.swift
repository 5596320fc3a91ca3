import ReinforcementLearning

/// MinAtar's Space Invaders: a cannon below a block of aliens, which move sideways and come down.
///
/// Every alien that is shot rewards 1; the fewer there are, the faster they move. When all are gone the next
/// ones come, and as long as the game becomes harder those move faster. An alien or a bullet that meets the
/// cannon ends the game, and so do aliens that would leave through the bottom.
public struct MinAtarSpaceInvaders: MinAtarGame {
  /// 10,000 steps, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-space-invaders", aliases: ["MinAtar/SpaceInvaders-v1"], stepLimit: 10_000)

  /// `MinAtar/SpaceInvaders-v0`: the same with all six actions, `MinAtarParameters.v0`.
  public static let specV0 = EnvironmentSpec(
    name: "minatar-space-invaders-v0", aliases: ["MinAtar/SpaceInvaders-v0"], stepLimit: 10_000)

  /// What the planes show.
  public enum Plane: Int {
    /// The cannon, in the last row.
    case cannon
    /// The aliens.
    case alien
    /// The aliens, while they move to the left.
    case alienLeft
    /// The aliens, while they move to the right.
    case alienRight
    /// The player's bullets.
    case friendlyBullet
    /// The aliens' bullets.
    case enemyBullet
  }

  /// Six.
  public static var planeCount: Int { 6 }

  /// To stay, to go left or right, and to shoot.
  public static var minimalActions: [MinAtarAction] { [.none, .left, .right, .fire] }

  /// Parameters, random numbers and the last action.
  public var controls: MinAtarControls

  private var cannon = 5
  private var aliens = Self.wave
  private var friendlyBullets = MinAtarCells()
  private var enemyBullets = MinAtarCells()
  private var goesRight = false
  /// The most frames from move to move.
  private var moveInterval = Self.firstMoveInterval
  private var moveTimer = Self.firstMoveInterval
  private var enemyShotTimer = Self.enemyShotInterval
  /// Frames until the cannon can shoot.
  private var rest = 0

  private static var firstMoveInterval: Int { 12 }
  private static var lastMoveInterval: Int { 6 }
  private static var enemyShotInterval: Int { 10 }
  private static var shotInterval: Int { 5 }

  /// Columns 2 to 7 of rows 0 to 3.
  private static let wave = (0..<4).reduce(into: MinAtarCells()) { wave, row in
    for column in 2..<8 { wave.insert(row, column) }
  }

  /// Makes a game before its first episode.
  public init(controls: MinAtarControls) { self.controls = controls }

  /// Begins an episode.
  public mutating func begin(using draws: inout some GameDraws) {
    let controls = controls
    self = Self(controls: controls)
  }

  /// Moves the cannon, the bullets, and when it is time the aliens.
  public mutating func play(
    _ action: MinAtarAction, using draws: inout some GameDraws
  ) -> Transition {
    switch action {
    case .fire where rest == 0:
      friendlyBullets.insert(9, cannon)
      rest = Self.shotInterval
    case .left: cannon = max(0, cannon - 1)
    case .right: cannon = min(9, cannon + 1)
    case .none, .up, .down, .fire: break
    }
    friendlyBullets.moveUp()
    enemyBullets.moveDown()
    var isHit = enemyBullets.contains(9, cannon) || aliens.contains(9, cannon)
    if moveTimer == 0 {
      moveTimer = min(aliens.count, moveInterval)
      if moveAliens() || aliens.contains(9, cannon) { isHit = true }
    }
    if enemyShotTimer == 0 {
      enemyShotTimer = Self.enemyShotInterval
      shootBack()
    }
    let killed = aliens.intersection(friendlyBullets)
    if !killed.isEmpty {
      aliens.subtract(killed)
      friendlyBullets.subtract(killed)
    }
    if rest > 0 { rest -= 1 }
    moveTimer -= 1
    enemyShotTimer -= 1
    if aliens.isEmpty {
      if controls.isRamping, moveInterval > Self.lastMoveInterval { moveInterval -= 1 }
      aliens = Self.wave
    }
    return Transition(reward: Double(killed.count), isTerminated: isHit)
  }

  /// Moves the aliens to the side or, at the edge, down.
  ///
  /// - Returns: whether one left through the bottom; it comes in at the top, as in the package.
  private mutating func moveAliens() -> Bool {
    guard aliens.meetsColumn(goesRight ? 9 : 0) else {
      if goesRight { aliens.moveRight() } else { aliens.moveLeft() }
      return false
    }
    goesRight.toggle()
    return aliens.rotateDown()
  }

  /// Lets the lowest alien of the nearest column shoot; of two columns as near the left one.
  private mutating func shootBack() {
    for distance in 0..<10 {
      if shoot(from: cannon - distance) || shoot(from: cannon + distance) { return }
    }
  }

  private mutating func shoot(from column: Int) -> Bool {
    guard (0...9).contains(column), let row = aliens.lowestRow(inColumn: column) else {
      return false
    }
    enemyBullets.insert(row, column)
    return true
  }

  /// Shows cannon, aliens, their direction, and the bullets.
  public func show(in observation: inout MutableSpan<UInt8>) {
    // The four planes after the first one at once, two of them for an alien, none for another cell of its row: without
    // asking for each. Then bullets, which are elsewhere.
    let alien: UInt32 = goesRight ? 0x0001_0001 : 0x0000_0101
    observation.withUnsafeMutableBytes { bytes in
      aliens.forEachRow { row, columns in
        for column in 0..<10 {
          let shown = alien & (0 &- (columns &>> UInt32(truncatingIfNeeded: column) & 1))
          bytes.storeBytes(
            of: shown.littleEndian,
            toByteOffset: (row &* 10 &+ column) &* 6 &+ Plane.alien.rawValue, as: UInt32.self)
        }
      }
    }
    mark(&observation, .cannon, 9, cannon)
    friendlyBullets.forEach { mark(&observation, .friendlyBullet, 0, $0) }
    enemyBullets.forEach { mark(&observation, .enemyBullet, 0, $0) }
  }

  /// Every place inside the field, every counter where play can bring it.
  public var limits: [MinAtarLimit] {
    [
      MinAtarLimit("cannon", cannon, 0...9), MinAtarLimit("rest", rest, 0...Self.shotInterval),
      MinAtarLimit("move interval", moveInterval, Self.lastMoveInterval...Self.firstMoveInterval),
      MinAtarLimit("move timer", moveTimer, 0...Self.firstMoveInterval),
      MinAtarLimit("shot timer", enemyShotTimer, 0...Self.enemyShotInterval),
      MinAtarLimit("number of aliens", aliens.count, 1...100),
      MinAtarLimit("number of aliens outside the field", aliens.countOutside, 0...0),
      MinAtarLimit("number of bullets outside the field", friendlyBullets.countOutside, 0...0),
      MinAtarLimit("number of aliens' bullets outside the field", enemyBullets.countOutside, 0...0),
    ]
  }
}
