import EnvironmentContract
import Environments
import Foundation
import GSL
import ReinforcementLearning
import Testing

/// Against recordings of the real package, see `scripts/golden_minatar.py`.
struct MinAtarTests {
  static let games: [any MinAtarGame.Type] = [
    MinAtarAsterix.self, MinAtarBreakout.self, MinAtarFreeway.self, MinAtarSeaquest.self,
    MinAtarSpaceInvaders.self,
  ]

  private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")

  private static func recording(of game: any MinAtarGame.Type) throws -> RecordedGame {
    // Longer recordings, which are not kept.
    let folder = ProcessInfo.processInfo.environment["RELAXRL_MINATAR_GOLDEN"]
    return try RecordedGame(game.spec.name, in: folder.map { URL(filePath: $0) } ?? golden)
  }

  @Test(arguments: games) func `every frame is the package's, given its random draws`(
    game: any MinAtarGame.Type
  ) throws {
    let recording = try Self.recording(of: game)
    #expect(recording.header.package == "minatar 1.0.15")
    #expect(recording.header.steps >= 100_000)
    let replay = try recording.replay(game)
    #expect(replay.firstDifference == nil)
    #expect(replay.games == recording.header.games)
    #expect(replay.misfits == 0)
    #expect(replay.drawsLeft == 0)
  }

  @Test func `the recordings go far into the games`() throws {
    func most(_ game: any MinAtarGame.Type) throws -> [String: Int] {
      try Self.recording(of: game).header.most
    }
    // Spawn and move intervals are at their lowest.
    #expect(try most(MinAtarAsterix.self)["ramp"] ?? 0 >= 9)
    // All bricks at once are broken.
    #expect(try most(MinAtarBreakout.self)["broken"] == 30)
    let seaquest = try most(MinAtarSeaquest.self)
    #expect(seaquest["ramp"] ?? 0 >= 15)
    #expect(seaquest["divers"] == 6)
    // It has surfaced with six divers, and then again without any.
    #expect(seaquest["divers owed"] ?? 0 >= 2)
    #expect(try most(MinAtarSpaceInvaders.self)["ramp"] ?? 0 >= 3)
    #expect(try most(MinAtarSpaceInvaders.self)["lowest"] == 9)
  }

  @Test(arguments: games) func `a wrong action, draw or parameter is noticed`(
    game: any MinAtarGame.Type
  ) throws {
    let recording = try Self.recording(of: game)
    var wrong = recording
    // One that is certain not to be replaced by a sticky one matters at once; others soon.
    for step in 1000..<1010 { wrong.actions[step] = wrong.actions[step] == 1 ? 2 : 1 }
    #expect(try wrong.replay(game).firstDifference ?? .max <= 3000)
    wrong = recording
    wrong.draws.remove(at: 1500)
    #expect(try wrong.replay(game).firstDifference != nil)
    var parameters = MinAtarParameters()
    parameters.stickyActions = 0.11
    #expect(try recording.replay(game, parameters).firstDifference != nil)
    wrong = recording
    wrong.checksums[4] ^= 1
    #expect(try wrong.replay(game).firstDifference == 5000)
  }

  @Test func `games that become harder do so only if they may`() throws {
    var parameters = MinAtarParameters()
    parameters.difficultyRamping = false
    for game in [MinAtarAsterix.self, MinAtarSeaquest.self, MinAtarSpaceInvaders.self]
      as [any MinAtarGame.Type]
    {
      let recording = try Self.recording(of: game)
      #expect(try recording.replay(game, parameters).firstDifference != nil, "\(game)")
    }
    for game in [MinAtarBreakout.self, MinAtarFreeway.self] as [any MinAtarGame.Type] {
      let recording = try Self.recording(of: game)
      #expect(try recording.replay(game, parameters).firstDifference == nil, "\(game)")
    }
  }

  @Test(arguments: zip(games, [4, 4, 7, 10, 6])) func `observations are planes of bits`(
    game: any MinAtarGame.Type, planes: Int
  ) throws {
    let space = game.init().observationSpace
    #expect(space.description == "box([10, 10, \(planes)], 0.0…1.0, uint8)")
    var parameters = MinAtarParameters()
    parameters.minimalActions = false
    #expect(try game.init(parameters).actionSpace == .discrete(6))
  }

  @Test func `minimal actions are the package's`() {
    let counts = Self.games.map { $0.init().actionSpace.elementCount(ofChoice: 0) }
    #expect(counts == [5, 3, 3, 6, 4])
    #expect(MinAtarSpaceInvaders.minimalActions.map(\.rawValue) == [0, 1, 3, 5])
    #expect(MinAtarFreeway.minimalActions.map(\.rawValue) == [0, 2, 4])
  }

  @Test func `a sticky action may be the last one of the episode before`() {
    var game = MinAtarBreakout()
    var row = [UInt8](repeating: 0, count: 400)
    var span = row.mutableSpan
    // To the left, in an episode that is over without an end; each step begins with a draw of its own.
    var draws = RecordedDraws([0, 255, 0, 0, 255])
    game.begin(using: &draws, observation: &span)
    _ = game.step(1, using: &draws, observation: &span)
    game.begin(using: &draws, observation: &span)
    _ = game.step(2, using: &draws, observation: &span)
    #expect(span[(9 * 10 + 3) * 4] == 1)
    _ = game.step(2, using: &draws, observation: &span)
    #expect(span[(9 * 10 + 4) * 4] == 1)
    #expect(draws.misfits == 0)
  }

  @Test(arguments: games) func `every game keeps the contract`(game: any MinAtarGame.Type) {
    let report = Self.contract(game)
    // The last action of the episode before is what the package does, so it is no defect here.
    let broken = report.violations.filter { $0.rule != "a reset forgets the episode before" }
    #expect(broken.isEmpty, "\(report)")
    #expect(report.checks.count == 13)
  }

  private static func contract<Game: MinAtarGame>(_ game: Game.Type) -> ContractReport {
    checkEnvironment(Game(), steps: 2000)
  }

  @Test(arguments: [-0.1, 1.1, .nan]) func `a sticky probability outside 0 to 1 is refused`(
    probability: Double
  ) {
    var parameters = MinAtarParameters()
    parameters.stickyActions = probability
    let error = #expect(throws: EnvironmentError.self) { try MinAtarBreakout(parameters) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("must lie in [0, 1] but is \(probability)"))
  }

  @Test(arguments: games) func `steps give the same bytes as bytes and as numbers`(
    game: any MinAtarGame.Type
  ) throws {
    try Self.compareElements(game)
  }

  private static func compareElements<Game: MinAtarGame>(_ game: Game.Type) throws {
    let (first, second) = (
      try EnvironmentBatch<Game>(count: 3, seed: 4), try EnvironmentBatch<Game>(count: 3, seed: 4)
    )
    let size = 300 * Game.planeCount
    var (bytes, finalBytes) = (
      [UInt8](repeating: 7, count: size), [UInt8](repeating: 0, count: size)
    )
    var (numbers, finals) = ([Float](repeating: 7, count: size), [Float](repeating: 0, count: size))
    var rewards = [0.0, 0, 0]
    var outcomes = [Outcome](repeating: .ongoing, count: 3)
    var byteSpan = bytes.mutableSpan
    var finalByteSpan = finalBytes.mutableSpan
    var numberSpan = numbers.mutableSpan
    var finalSpan = finals.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try first.reset(observations: &byteSpan)
    try second.reset(observations: &numberSpan)
    var stream = RandomStream(seed: 1, purpose: "actions")
    let count = Game.minimalActions.count
    for _ in 0..<500 {
      let actions = (0..<3).map { _ in Int32(stream.index(below: count)) }
      try first.beginStep(actions: actions.span, atEnd: .startNext)
      try first.finishStep(
        observations: &byteSpan, finalObservations: &finalByteSpan, rewards: &rewardSpan,
        outcomes: &outcomeSpan)
      try second.step(
        actions: actions.span, atEnd: .startNext, observations: &numberSpan,
        finalObservations: &finalSpan, rewards: &rewardSpan, outcomes: &outcomeSpan)
      let differences = (0..<size).filter { Float(byteSpan[$0]) != numberSpan[$0] }
      #expect(differences.isEmpty)
    }
  }
}

extension Space {
  fileprivate func elementCount(ofChoice index: Int) -> Int {
    if case .discrete(let space) = self { space.count } else { 0 }
  }
}
