import CGSL

/// What can be wrong with a sample, a parameter or a call into GSL.
public enum GSLError: Error, Equatable, Sendable {
  /// The sample has fewer values than the statistic needs.
  case sampleTooSmall(count: Int, minimum: Int)
  /// The sample holds an infinity or a NaN.
  case notFinite(value: Double, index: Int)
  /// Two samples that belong together pairwise have different lengths.
  case lengthsDiffer(first: Int, second: Int)
  /// A parameter lies outside its range; `allowed` says which values are right.
  case outOfRange(name: String, value: Double, allowed: String)
  /// A sample's values are all equal, so that its correlation with anything is undefined.
  case constantSample(value: Double)
  /// The denominator of a ratio of means is not safely away from zero.
  case unstableRatio(denominator: Double)
  /// GSL itself reported an error; `status` is one of the codes of `gsl_errno.h`.
  case library(call: String, status: Int32)
}

extension GSLError: CustomStringConvertible {
  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .sampleTooSmall(let count, let minimum):
      "The sample must hold at least \(minimum) value(s) but holds \(count)."
    case .notFinite(let value, let index):
      "A sample must hold finite numbers but value \(index) is \(value). Leave it out or repair it."
    case .lengthsDiffer(let first, let second):
      "Paired samples must have one length but have \(first) and \(second) values."
    case .outOfRange(let name, let value, let allowed):
      "The \(name) must lie in \(allowed) but is \(value)."
    case .constantSample(let value):
      "A correlation needs values that vary but all of them are \(value)."
    case .unstableRatio(let denominator):
      """
      A ratio of means needs a denominator that keeps its sign in every resample but its mean was \
      \(denominator) in one. Compare the difference of the means instead.
      """
    case .library(let call, let status):
      "\(call) failed with status \(status): \(String(cString: gsl_strerror(status)))."
    }
  }
}
