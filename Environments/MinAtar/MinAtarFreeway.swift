import ReinforcementLearning

/// MinAtar's Freeway: a chicken that crosses eight lanes of cars.
///
/// It moves at most every third frame, and a car that meets it puts it back to the start. Every crossing
/// rewards 1 and gives all cars new speeds. The game is over after 2,501 frames.
public struct MinAtarFreeway: MinAtarGame {
  /// 10,000 steps, which is never reached, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-freeway", aliases: ["MinAtar/Freeway-v1"], stepLimit: 10_000)

  /// `MinAtar/Freeway-v0`: the same with all six actions, `MinAtarParameters.v0`.
  public static let specV0 = EnvironmentSpec(
    name: "minatar-freeway-v0", aliases: ["MinAtar/Freeway-v0"], stepLimit: 10_000)

  /// What the planes show.
  public enum Plane: Int {
    /// The chicken.
    case chicken
    /// The cars.
    case car
    /// Behind a car that moves in every frame; planes 3 to 6 are for cars that pause 1 to 4 frames more.
    case firstSpeed
  }

  /// Seven.
  public static var planeCount: Int { 7 }

  /// To stay, and to go up or down.
  public static var minimalActions: [MinAtarAction] { [.none, .up, .down] }

  /// Parameters, random numbers and the last action.
  public var controls: MinAtarControls

  private var row = 9
  /// Frames until the chicken can move.
  private var rest = 3
  /// Frames left, beyond which the game is over.
  private var framesLeft = 2500
  /// The column of the car in each of the rows 1 to 8, a byte for each; so are the next three.
  private var columns: UInt64 = 0
  /// Frames until each car moves.
  private var timers: UInt64 = 0
  /// Frames from move to move, from 1 to 5.
  private var intervals = Self.ones
  /// 1 for a car that goes left.
  private var goesLeft: UInt64 = 0

  private static var chickenColumn: UInt64 { 4 }
  /// A 1 in each byte.
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }

  /// Makes a game before its first episode.
  public init(controls: MinAtarControls) { self.controls = controls }

  /// Begins an episode: all cars at the left end, each with a speed of its own.
  public mutating func begin(using draws: inout some GameDraws) {
    columns = 0
    drawSpeeds(using: &draws)
    (row, rest, framesLeft) = (9, 3, 2500)
  }

  private mutating func drawSpeeds(using draws: inout some GameDraws) {
    (intervals, goesLeft) = (0, 0)
    for car in 0..<8 { intervals |= UInt64(1 + draws.index(below: 5)) << UInt64(8 * car) }
    for car in 0..<8 where draws.uniform() < 0.5 { goesLeft |= 1 << UInt64(8 * car) }
    timers = intervals
  }

  /// Moves the chicken, then the cars.
  public mutating func play(
    _ action: MinAtarAction, using draws: inout some GameDraws
  ) -> Transition {
    if rest == 0, action == .up || action == .down {
      rest = 3
      row = action == .up ? max(0, row - 1) : min(9, row + 1)
    }
    var reward = 0.0
    if row == 0 {
      reward = 1
      drawSpeeds(using: &draws)
      row = 9
    }
    let before = columns
    moveCars()
    // There is one car in the chicken's row, and no car in the row to which it is put back.
    if (1...8).contains(row),
      Self.byte(before, row - 1) == Self.chickenColumn
        || Self.byte(columns, row - 1) == Self.chickenColumn
    {
      row = 9
    }
    if rest > 0 { rest -= 1 }
    framesLeft -= 1
    return Transition(reward: reward, isTerminated: framesLeft < 0)
  }

  /// Moves all cars at once: no byte ever exceeds 127, so none carries into the next.
  @inline(__always)
  private mutating func moveCars() {
    // The highest bit of a byte of the sum is that of a timer above 0.
    let waits = (timers &+ 0x7F * Self.ones) >> 7 & Self.ones
    let moves = waits ^ Self.ones
    timers = (timers &- waits) | (intervals & (moves &* 0xFF))
    columns = Self.shifted(columns, left: goesLeft & moves, right: moves & ~goesLeft)
  }

  /// Columns after a step of some cars around the field of ten columns.
  @inline(__always)
  private static func shifted(_ columns: UInt64, left: UInt64, right: UInt64) -> UInt64 {
    let sum = columns &+ right &+ 9 &* left
    let isBeyond = (sum &+ 0x76 &* ones) >> 7 & ones
    return sum &- 10 &* isBeyond
  }

  @inline(__always)
  private static func byte(_ bytes: UInt64, _ index: Int) -> UInt64 {
    bytes >> UInt64(8 * index) & 0xFF
  }

  /// Shows chicken, cars, and behind each car a mark for direction and speed.
  public func show(in observation: inout MutableSpan<UInt8>) {
    mark(&observation, .chicken, row, Self.chickenColumn)
    let behind = Self.shifted(columns, left: goesLeft ^ Self.ones, right: goesLeft)
    for car in 0..<8 {
      mark(&observation, .car, car + 1, Self.byte(columns, car))
      mark(
        &observation, .car, car + 1, Self.byte(behind, car), above: Int(Self.byte(intervals, car)))
    }
  }

  /// Every place inside the field, every counter where play can bring it.
  public var limits: [MinAtarLimit] {
    [
      MinAtarLimit("row", row, 1...9), MinAtarLimit("rest", rest, 0...3),
      MinAtarLimit("remaining frames", framesLeft, -1...2500),
    ]
      + (0..<8).flatMap { car in
        [
          MinAtarLimit("column of car \(car)", Self.byte(columns, car), 0...9),
          MinAtarLimit("timer of car \(car)", Self.byte(timers, car), 0...5),
          MinAtarLimit("interval of car \(car)", Self.byte(intervals, car), 1...5),
          MinAtarLimit("direction of car \(car)", Self.byte(goesLeft, car), 0...1),
        ]
      }
  }
}
