import ArgumentParser
import Runs

/// A word of the command line that stands for a value, read as the same word in a file would be.
///
/// The parser of options takes it as it is, so that what is wrong with it is said in the words of this
/// program, with what would be right.
struct TypedWord: ExpressibleByArgument, CustomStringConvertible {
  let text: String

  init(argument: String) { text = argument }
  init(_ number: Int) { text = "\(number)" }

  var description: String { text }
  var defaultValueDescription: String { text }

  /// The whole number that it means: `500000`, `500_000` and `5e5` alike.
  ///
  /// - Parameters:
  ///   - flag: the option, for the message.
  ///   - range: where the number has to lie.
  /// - Returns: the number.
  /// - Throws: `UsageError` with what would be right.
  func number<Number: FixedWidthInteger>(
    _ flag: String, in range: ClosedRange<Number>
  ) throws(UsageError) -> Number {
    let kind = SettingKind.integer(Int128(range.lowerBound)...Int128(range.upperBound))
    if case .integer(let integer)? = kind.value(parsing: text) { return Number(integer) }
    let expected =
      range.upperBound == .max
      ? range.lowerBound == 0 ? "not be negative" : "be at least \(range.lowerBound)"
      : "be from \(range.lowerBound) to \(range.upperBound)"
    let isWhole = SettingKind.integer(Int128.min...Int128.max).value(parsing: text) != nil
    throw UsageError(
      "\(flag) must \(expected), but is \(text)"
        + (isWhole ? "." : ", which is not a whole number such as 500000 or 5e5."))
  }
}
