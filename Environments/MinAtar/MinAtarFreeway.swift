import ReinforcementLearning

/// MinAtar's Freeway: a chicken that crosses eight lanes of cars.
///
/// It moves at most every third frame, and a car that meets it puts it back to the start. Every crossing
/// rewards 1 and gives all cars new speeds. The game is over after 2,501 frames.
public struct MinAtarFreeway: MinAtarGame {
  /// 10,000 steps, which is never reached, no threshold.
  public static let spec = EnvironmentSpec(
    name: "minatar-freeway", aliases: ["MinAtar/Freeway-v1"], stepLimit: 10_000)

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
  /// The column of the car in each of the rows 1 to 8.
  private var columns = SIMD8<Int8>()
  /// Frames until each car moves.
  private var timers = SIMD8<Int8>()
  /// Frames from move to move, from 1 to 5; negative for a car that goes left.
  private var intervals = SIMD8<Int8>(repeating: 1)

  private static var chickenColumn: Int8 { 4 }

  /// Makes a game before its first episode.
  public init(controls: MinAtarControls) { self.controls = controls }

  /// Begins an episode: all cars at the left end, each with a speed of its own.
  public mutating func begin(using draws: inout some GameDraws) {
    columns = SIMD8()
    drawSpeeds(using: &draws)
    (row, rest, framesLeft) = (9, 3, 2500)
  }

  private mutating func drawSpeeds(using draws: inout some GameDraws) {
    for car in 0..<8 { timers[car] = Int8(1 + draws.index(below: 5)) }
    intervals = timers
    for car in 0..<8 where draws.uniform() < 0.5 { intervals[car] = -intervals[car] }
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
      before[row - 1] == Self.chickenColumn || columns[row - 1] == Self.chickenColumn
    {
      row = 9
    }
    if rest > 0 { rest -= 1 }
    framesLeft -= 1
    return Transition(reward: reward, isTerminated: framesLeft < 0)
  }

  @inline(__always)
  private mutating func moveCars() {
    let moves = timers .== 0
    let goesLeft = intervals .< 0
    timers = (timers &- 1).replacing(
      with: intervals.replacing(with: 0 &- intervals, where: goesLeft), where: moves)
    let steps = SIMD8<Int8>(repeating: 1).replacing(with: -1, where: goesLeft)
    let next = Self.wrapped(columns &+ steps)
    columns.replace(with: next, where: moves)
  }

  /// Columns of which some may be one beyond either end.
  @inline(__always)
  private static func wrapped(_ columns: SIMD8<Int8>) -> SIMD8<Int8> {
    columns.replacing(with: 9, where: columns .< 0).replacing(with: 0, where: columns .> 9)
  }

  /// Shows chicken, cars, and behind each car a mark for direction and speed.
  public func show(in observation: inout MutableSpan<UInt8>) {
    mark(&observation, .chicken, row, Self.chickenColumn)
    let goesLeft = intervals .< 0
    let behind = Self.wrapped(columns &+ SIMD8(repeating: -1).replacing(with: 1, where: goesLeft))
    let planes = intervals.replacing(with: 0 &- intervals, where: goesLeft)
    for car in 0..<8 {
      let start = (car + 1) * 10
      observation[(start + Int(columns[car])) * 7 + Plane.car.rawValue] = 1
      observation[(start + Int(behind[car])) * 7 + Plane.car.rawValue + Int(planes[car])] = 1
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
          MinAtarLimit("column of car \(car)", columns[car], 0...9),
          MinAtarLimit("timer of car \(car)", timers[car], 0...5),
          MinAtarLimit("interval of car \(car)", intervals[car].magnitude, 1...5),
        ]
      }
  }
}
