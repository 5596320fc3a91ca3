import Environments
import Foundation
import ReinforcementLearning
import Testing

/// Random numbers of one byte each, as `scripts/golden_minatar.py` has written them down.
struct RecordedDraws: GameDraws {
  var bytes: [UInt8]
  private(set) var position = 0
  /// How often an index was asked for that the byte is none of, or a draw beyond the last one.
  private(set) var misfits = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() -> UInt8 {
    guard position < bytes.count else {
      misfits += 1
      return 0
    }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func uniform() -> Double { (Double(next()) + 0.5) / 256 }

  mutating func index(below count: Int) -> Int {
    let index = Int(next())
    if index >= count { misfits += 1 }
    return min(index, count - 1)
  }
}

/// A recording of the real package, see `scripts/golden_minatar.py`.
struct RecordedGame {
  struct Header: Decodable {
    var game: String
    var package: String
    var steps: Int
    var draws: Int
    var interval: Int
    var games: Int
    /// The highest value of some numbers of the game.
    var most: [String: Int]
  }

  var header: Header
  var actions: [UInt8]
  var draws: [UInt8]
  var checksums: [UInt32]

  init(_ name: String, in folder: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(name).bin")))
    let end = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
    header = try JSONDecoder().decode(Header.self, from: Data(bytes[..<end]))
    let rest = Array(bytes[(end + 1)...])
    let blocks = header.steps / header.interval
    try #require(rest.count == header.steps + header.draws + 4 * blocks)
    actions = Array(rest[..<header.steps])
    draws = Array(rest[header.steps..<header.steps + header.draws])
    let sums = Array(rest[(header.steps + header.draws)...])
    checksums = (0..<blocks).map { block in
      (0..<4).reduce(0) { $0 | UInt32(sums[4 * block + $1]) << UInt32(8 * $1) }
    }
  }

  /// What came of playing a recording again.
  struct Replay {
    /// The step at whose end the checksum first differed, or nil.
    var firstDifference: Int?
    var games = 0
    var misfits = 0
    var drawsLeft = 0
  }

  /// Plays the recorded actions with the recorded draws.
  func replay<Game: MinAtarGame>(
    _ type: Game.Type, _ parameters: MinAtarParameters = MinAtarParameters()
  ) throws -> Replay {
    var game = try Game(parameters)
    var source = RecordedDraws(draws)
    var row = [UInt8](repeating: 9, count: 100 * Game.planeCount)
    var span = row.mutableSpan
    var checksum = Checksum()
    var replay = Replay()
    game.begin(using: &source, observation: &span)
    checksum.add(span.span)
    for (step, action) in actions.enumerated() {
      let transition = game.step(Int(action), using: &source, observation: &span)
      checksum.add(span.span)
      checksum.add(UInt8(transition.reward))
      checksum.add(transition.isTerminated ? 1 : 0)
      if (step + 1) % header.interval == 0,
        checksum.value != checksums[(step + 1) / header.interval - 1]
      {
        replay.firstDifference = step + 1
        break
      }
      if transition.isTerminated {
        replay.games += 1
        game.begin(using: &source, observation: &span)
        checksum.add(span.span)
      }
    }
    replay.misfits = source.misfits
    replay.drawsLeft = draws.count - source.position
    return replay
  }
}

/// The CRC-32 of zlib.
struct Checksum {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
    }
  }

  private let table = Self.table
  private var register: UInt32 = 0xFFFF_FFFF

  var value: UInt32 { ~register }

  mutating func add(_ byte: UInt8) {
    register = table[Int((register ^ UInt32(byte)) & 0xFF)] ^ register >> 8
  }

  mutating func add(_ bytes: Span<UInt8>) {
    for index in bytes.indices { add(bytes[index]) }
  }
}
