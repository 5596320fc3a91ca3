import GSL

/// A setting that may change in the course of training, such as a learning rate.
///
/// As text it is a number, `0.0007`, or `linear:0.0007` (down to 0) or `linear:0.0007:0.0001`. Its
/// encoded form is a number or that text.
public enum Schedule: Sendable, Hashable {
  /// The same value at every step.
  case constant(Double)
  /// A straight line from the first step to the last, and its final value after that.
  case linear(from: Double, to: Double)

  /// The value at a step.
  ///
  /// - Parameters:
  ///   - step: how many steps were made, at least 0.
  ///   - steps: the number of steps N after which the final value is reached, at least 1.
  /// - Returns: for a line, from + (to − from) · min(step / N, 1).
  public func value(atStep step: Int, of steps: Int) -> Double {
    insist(step >= 0, "A schedule starts at step 0 but was asked for step \(step).")
    switch self {
    case .constant(let value): return value
    case .linear(let from, let to):
      insist(steps >= 1, "A linear schedule needs at least 1 step but has \(steps).")
      if step >= steps { return to }
      return from + (to - from) * (Double(step) / Double(steps))
    }
  }

  /// Whether every value is finite and not negative, as that of a learning rate must be.
  public var isRate: Bool {
    // A line has no value beyond those of its ends.
    [0, 1].allSatisfy { step in
      let value = value(atStep: step, of: 1)
      return value >= 0 && value.isFinite
    }
  }

  /// Reads a schedule from text.
  ///
  /// - Parameter text: `0.0007`, `linear:0.0007` or `linear:0.0007:0.0001`.
  /// - Throws: ``ScheduleError`` that quotes the text and says what is expected.
  public init(parsing text: String) throws(ScheduleError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let isLinear = parts[0] == "linear"
    var numbers: [Double] = []
    for part in parts.dropFirst(isLinear ? 1 : 0) {
      guard let number = Double(part), number.isFinite else {
        throw isLinear || parts.count == 1
          ? .notANumber(part, in: text) : .unknownKind(parts[0], in: text)
      }
      numbers.append(number)
    }
    switch (isLinear, numbers.count) {
    case (false, 1): self = .constant(numbers[0])
    case (true, 1): self = .linear(from: numbers[0], to: 0)
    case (true, 2): self = .linear(from: numbers[0], to: numbers[1])
    default: throw .wrongNumberOfValues(numbers.count, in: text)
    }
  }
}

/// Why text is not a schedule.
public enum ScheduleError: Error, Hashable, CustomStringConvertible {
  /// A part that should be a finite number is none.
  case notANumber(String, in: String)
  /// The word before the first colon is no kind of schedule.
  case unknownKind(String, in: String)
  /// There are too few or too many numbers.
  case wrongNumberOfValues(Int, in: String)

  /// What is wrong, the value received and what would be right.
  public var description: String {
    let expected =
      "A schedule is a number such as 0.0007, or linear:START or linear:START:END."
    return switch self {
    case .notANumber(let part, let text):
      "\"\(part)\" in the schedule \"\(text)\" is not a finite number. \(expected)"
    case .unknownKind(let kind, let text):
      "\"\(kind)\" in the schedule \"\(text)\" is not a kind of schedule. \(expected)"
    case .wrongNumberOfValues(let count, let text):
      "The schedule \"\(text)\" has \(count) numbers. \(expected)"
    }
  }
}

extension Schedule: CustomStringConvertible {
  /// The text from which the same schedule is read.
  public var description: String {
    switch self {
    case .constant(let value): "\(value)"
    case .linear(let from, let to): "linear:\(from):\(to)"
    }
  }
}

extension Schedule: Codable {
  /// Reads a number or the text of a schedule.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text: String
    if let number = try? container.decode(Double.self) {
      text = "\(number)"
    } else {
      text = try container.decode(String.self)
    }
    do {
      try self.init(parsing: text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
    }
  }

  /// Writes a number where one is enough, or the text of the schedule.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .constant(let value): try container.encode(value)
    case .linear: try container.encode(description)
    }
  }
}
