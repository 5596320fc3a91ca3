import Foundation
import GSL
import ReinforcementLearning
import Testing

@testable import Environments

/// A task whose messages have everything in them: masks, whole numbers, several actions.
private let layouts: [MessageLayout] = [
  MessageLayout(
    observations: .box(lower: [-1, -1, -1], upper: [1, 1, 1]), actions: .discrete(3),
    hasActionMask: true),
  MessageLayout(
    observations: .multiDiscrete([3, 2]), actions: .box(lower: [-1, -1], upper: [1, 1]),
    hasActionMask: false),
  MessageLayout(
    observations: .box(BoxSpace(shape: [2, 2], bounds: 0...255, elementType: .uint8)),
    actions: .multiDiscrete([2, 4]), hasActionMask: true),
  MessageLayout(
    observations: .multiBinary(3), actions: .multiBinary(2), hasActionMask: true),
]

/// Three lanes of memory between two guards that nothing may touch.
private final class GuardedMemory {
  static let lanes: [Int32] = [2, 0]
  static let count = 3
  private static let canary: Float = -12345
  let layout: MessageLayout
  private var floats: [Float]
  private var rewards: [Double]
  private var outcomes: [Outcome]

  init(_ layout: MessageLayout) {
    self.layout = layout
    let size = Self.count * (2 * layout.observationSize + max(layout.maskSize, 1)) + 8
    floats = Array(repeating: Self.canary, count: size)
    rewards = Array(repeating: 0, count: Self.count)
    outcomes = Array(repeating: .ongoing, count: Self.count)
  }

  /// Decodes into it and says whether it was a reply.
  func decode(_ decoder: ReplyDecoder, _ bytes: [UInt8], isBinary: Bool, kind: RequestKind) -> Bool
  {
    let observations = Self.count * layout.observationSize
    return Self.lanes.withUnsafeBufferPointer { lanes in
      floats.withUnsafeMutableBufferPointer { floats in
        rewards.withUnsafeMutableBufferPointer { rewards in
          outcomes.withUnsafeMutableBufferPointer { outcomes in
            guard let floats = floats.baseAddress, let rewards = rewards.baseAddress,
              let outcomes = outcomes.baseAddress
            else { return false }
            let destination = ReplyDestination(
              lanes: lanes, observations: floats + 4, masks: floats + 4 + 2 * observations,
              step: kind == .reset
                ? nil
                : ReplyDestination.Step(
                  finalObservations: floats + 4 + observations, rewards: rewards,
                  outcomes: outcomes))
            return bytes.withUnsafeBytes { bytes in
              do {
                if isBinary {
                  try decoder.decode(frame: bytes, kind: kind, id: 7, into: destination)
                } else {
                  try decoder.decode(json: bytes, kind: kind, id: 7, into: destination)
                }
                return true
              } catch {
                return false
              }
            }
          }
        }
      }
    }
  }

  /// The lane that no row of the message belongs to, and the memory around all lanes.
  var isUntouched: Bool {
    let (size, mask) = (layout.observationSize, layout.maskSize)
    let start = 4
    let idle =
      [
        start + size..<start + 2 * size,
        start + (Self.count + 1) * size..<start + (Self.count + 2) * size,
      ]
      + [start + 2 * Self.count * size + mask..<start + 2 * Self.count * size + 2 * mask]
    return (Array(0..<4) + Array(floats.count - 4..<floats.count) + idle.flatMap { Array($0) })
      .allSatisfy { floats[$0] == Self.canary }
  }
}

/// Random damage of the kinds that pipes and authors do.
private struct Mutator {
  var stream: RandomStream
  private static let pieces = [
    "\"", "{", "}", "[", "]", ",", ":", "null", "true", "-", ".", "e", "1e999", "NaN", "\\u0000",
    "\\", "[[[[", "\"obs\":", "9007199254740993", "\n", "\r", "\"type\":\"error\"",
  ].map { Array($0.utf8) }

  mutating func damage(_ bytes: inout [UInt8]) {
    for _ in 0...stream.index(below: 3) {
      let place = bytes.isEmpty ? 0 : stream.index(below: bytes.count)
      switch stream.index(below: 7) {
      case 0 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: stream.nextUInt32())
      case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(stream.index(below: 8))
      case 2 where !bytes.isEmpty: bytes.removeSubrange(place...)
      case 3 where !bytes.isEmpty: bytes.remove(at: place)
      case 4:
        bytes.insert(contentsOf: Self.pieces[stream.index(below: Self.pieces.count)], at: place)
      case 5 where !bytes.isEmpty:
        let end = place + stream.index(below: bytes.count - place)
        bytes.insert(contentsOf: Array(bytes[place...end]), at: place)
      default: bytes.insert(UInt8(truncatingIfNeeded: stream.nextUInt32()), at: place)
      }
    }
  }
}

/// Replies as they should be, of both kinds and encodings, two rows each.
private func replies(_ layout: MessageLayout) -> [(
  bytes: [UInt8], isBinary: Bool, kind: RequestKind
)] {
  var rows = ReplyRows()
  for row in 0..<2 {
    rows.observations += (0..<layout.observationSize).map { element in
      layout.choices.isEmpty ? Float(element + row) : element % 3 == row ? 1 : 0
    }
  }
  rows.finalObservations = rows.observations
  rows.rewards = [-1.5, 2]
  rows.outcomes = [.ongoing, .truncated]
  rows.masks = (0..<2 * layout.maskSize).map { $0 % 2 == 0 ? 1 : 0 }
  return [true, false].flatMap { isBinary in
    [RequestKind.reset, .step].map { kind in
      var writer = ByteWriter()
      ReplyEncoder(layout: layout, isBinary: isBinary).write(&writer, rows, kind: kind, id: 7)
      return (writer.bytes, isBinary, kind)
    }
  }
}

/// Requests alike.
private func requests(_ layout: MessageLayout) -> [(bytes: [UInt8], isBinary: Bool)] {
  [true, false].flatMap { isBinary in
    [true, false].map { isStep in
      var writer = ByteWriter()
      let encoder = RequestEncoder(layout: layout, isBinary: isBinary)
      if isStep {
        let actions = [UInt32](repeating: 0, count: 2 * layout.actionElements)
        actions.withUnsafeBytes {
          encoder.writeStep(&writer, id: 7, environments: [0, 1], seeds: [3, 4], actions: $0)
        }
      } else {
        encoder.writeReset(&writer, id: 7, environments: [0, 1], seeds: [3, 4])
      }
      return (writer.bytes, isBinary)
    }
  }
}

@Suite struct `Damaged messages` {
  /// Six hundred thousand here and four hundred thousand below make a million.
  @Test func `from a simulator are replies or errors, and never touch other memory`() {
    var mutator = Mutator(stream: RandomStream(seed: 1, purpose: "fuzz"))
    var understood = 0
    for layout in layouts {
      let decoder = ReplyDecoder(layout)
      let memory = GuardedMemory(layout)
      for reply in replies(layout) {
        #expect(
          memory.decode(decoder, reply.bytes, isBinary: reply.isBinary, kind: reply.kind),
          "\(String(decoding: reply.bytes, as: UTF8.self))")
        for _ in 0..<50_000 {
          var bytes = reply.bytes
          mutator.damage(&bytes)
          // The connection hands over whole frames alone; a frame has its header at least.
          if reply.isBinary && bytes.count < FrameHeader.size { continue }
          if memory.decode(decoder, bytes, isBinary: reply.isBinary, kind: reply.kind) {
            understood += 1
          }
        }
        #expect(memory.isUntouched)
      }
    }
    // Damage within a number leaves a reply; a decoder that refused everything would prove nothing.
    #expect(understood > 10_000)
  }

  @Test func `from a client are requests or errors`() {
    var mutator = Mutator(stream: RandomStream(seed: 2, purpose: "fuzz"))
    var understood = 0
    for layout in layouts {
      let decoder = RequestDecoder(layout: layout)
      for request in requests(layout) {
        for index in 0..<32_000 {
          var bytes = request.bytes
          if index > 0 { mutator.damage(&bytes) }
          if request.isBinary && bytes.count < FrameHeader.size { continue }
          let decoded = bytes.withUnsafeBytes { bytes in
            request.isBinary
              ? try? decoder.decode(frame: bytes) : try? decoder.decode(json: bytes)
          }
          if decoded != nil { understood += 1 }
          if index == 0 { #expect(decoded?.environments == [0, 1]) }
        }
      }
    }
    #expect(understood > 5_000)
  }

  @Test func `of the handshake are descriptions or errors`() throws {
    var mutator = Mutator(stream: RandomStream(seed: 3, purpose: "fuzz"))
    let hello = Hello(encodings: ["bin1", "json"], envs: 2)
    let ready = """
      {"type":"ready","id":0,"protocol":"1.0","encoding":"bin1","name":"x","num_envs":2,\
      "observation_space":{"type":"box","shape":[2,3],"low":-1,"high":[1,2,3,4,5,"inf"]},\
      "action_space":{"type":"multi_discrete","nvec":[2,3]},"max_episode_steps":7,\
      "capabilities":["mask","snapshot"]}
      """
    let whole = try Array(ready.utf8).withUnsafeBytes {
      try SimulatorDescription($0, answering: hello)
    }
    #expect(whole.observationSpace.elementCount == 6 && whole.hasActionMask && whole.stepLimit == 7)
    var understood = 0
    for _ in 0..<20_000 {
      var bytes = Array(ready.utf8)
      mutator.damage(&bytes)
      if (try? bytes.withUnsafeBytes({ try SimulatorDescription($0, answering: hello) })) != nil {
        understood += 1
      }
    }
    #expect(understood > 100)
  }
}
