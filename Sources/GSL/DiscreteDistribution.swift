import CGSL

/// A discrete distribution prepared for many draws, each in constant time.
///
/// Walker's alias method, by
/// [`gsl_ran_discrete`](https://www.gnu.org/software/gsl/doc/html/randist.html).
///
/// The table is written by the initializer and only read afterwards, so threads can share it:
/// therefore the unchecked conformance.
public final class DiscreteDistribution: @unchecked Sendable {
  /// How many outcomes there are.
  public let count: Int

  // Owned: made by the initializer, freed by the deinitializer, never handed out.
  private let table: UnsafeMutablePointer<gsl_ran_discrete_t>

  /// Prepares the table.
  ///
  /// - Parameter weights: at least one, each finite and not negative, with a sum above 0; they need
  ///   not sum to 1.
  /// - Throws: `GSLError` for weights that break this.
  public init(weights: [Double]) throws(GSLError) {
    try Statistics.check(weights, minimum: 1)
    for weight in weights where weight < 0 {
      throw .outOfRange(name: "weight", value: weight, allowed: "[0, ∞)")
    }
    let total = weights.reduce(0, +)
    guard total > 0 && total.isFinite else {
      throw .outOfRange(name: "sum of the weights", value: total, allowed: "(0, ∞)")
    }
    let table = try Library.call("gsl_ran_discrete_preproc") {
      gsl_ran_discrete_preproc(weights.count, weights)
    }
    guard let table else {
      throw .library(call: "gsl_ran_discrete_preproc", status: Int32(GSL_ENOMEM))
    }
    count = weights.count
    self.table = table
  }

  deinit {
    gsl_ran_discrete_free(table)
  }

  /// Draws an outcome, a number from 0 to `count` − 1, with one uniform number of the stream.
  public func sample(from stream: inout RandomStream) -> Int {
    stream.withGenerator { Int(gsl_ran_discrete($0, table)) }
  }

  /// The probability of an outcome.
  public func probability(of outcome: Int) -> Double {
    insist(
      (0..<count).contains(outcome),
      "An outcome must lie in 0..<\(count) but is \(outcome).")
    return gsl_ran_discrete_pdf(outcome, table)
  }
}
