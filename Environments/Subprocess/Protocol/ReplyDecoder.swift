import Foundation
import ReinforcementLearning

/// Where the numbers of a reply go.
///
/// Row j of the message belongs to lane `lanes[j]` of the memory.
struct ReplyDestination {
  let lanes: UnsafeBufferPointer<Int32>
  /// `[N, D]`.
  let observations: UnsafeMutablePointer<Float>
  /// `[N, A]`; not touched where there are no masks.
  let masks: UnsafeMutablePointer<Float>
  /// What a step gives besides; nil for a reset.
  let step: Step?

  struct Step {
    /// `[N, D]`.
    let finalObservations: UnsafeMutablePointer<Float>
    /// `[N]`.
    let rewards: UnsafeMutablePointer<Double>
    /// `[N]`.
    let outcomes: UnsafeMutablePointer<Outcome>
  }
}

/// Why a reply is not what was asked for.
enum ReplyProblem: Error {
  case violation(ProtocolViolation)
  /// The simulator says that it could not.
  case error(ErrorReply.Content)
}

/// Reads replies to `reset` and `step`, straight into the memory of whoever asked.
///
/// Whatever the bytes are, it writes nothing outside the rows that were asked for, allocates nothing
/// that grows with what the bytes claim, and ends with a reply or a problem. Whether numbers are finite
/// is for the caller to see, who knows the episode and step.
final class ReplyDecoder {
  let layout: MessageLayout
  /// `[E]`, a row before it becomes one-hot.
  var row: [Float]
  /// `[k]`, which rows were given what.
  var hasTerminated: [Bool] = []
  var hasFinal: [Bool] = []

  init(_ layout: MessageLayout) {
    self.layout = layout
    row = Array(repeating: 0, count: layout.observationElements)
  }

  func violation(
    _ kind: RequestKind, _ field: StaticString, _ expected: String, _ received: String,
    environment: Int? = nil
  ) -> ProtocolViolation {
    ProtocolViolation(
      message: kind.name, field: "\(field)", environment: environment, expected: expected,
      received: received)
  }

  /// - Returns: the first number that is no choice, and what it should be; nil if all are fine.
  func expand(
    _ numbers: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) -> (Float, Space.Choice)? {
    target.update(repeating: 0, count: layout.observationSize)
    var offset = 0
    for (index, choice) in layout.choices.enumerated() {
      guard let number = Int(exactly: numbers[index]), number >= choice.start,
        number - choice.start < choice.count
      else { return (numbers[index], choice) }
      target[offset + number - choice.start] = 1
      offset += choice.count
    }
    return nil
  }
}

extension ErrorReply {
  /// The error that a message is; nil if it is something else.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let reply = try? JSONDecoder().decode(ErrorReply.self, from: Data(bytes)),
      reply.type == "error"
    else { return nil }
    self = reply
  }
}
