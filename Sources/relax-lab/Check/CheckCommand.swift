import ArgumentParser
import Foundation

/// `relax-lab check`: bias, variance and cost of every estimator, to choose one by.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Bias, variance and cost of every estimator on small exact problems.",
    discussion: """
      Bias is the distance of the mean from the exact gradient, in standard errors of the mean: \
      unbiased estimators stay below 6.5, except once in 10 billion. Variance is summed over the \
      parameters. Cost is processor time of one gradient, noise and f included, in batches of 2,000; \
      variance × cost compares estimators at equal time, as long as f is as cheap as it is here. \
      What an estimator has to fit (a baseline, λ and η, a network of 16 tanh units, a table for \
      all-action) was fitted on draws of its own first, which is not part of the cost.
      """)

  @Option(help: "Draws per estimator and distribution.")
  var draws = 200_000

  @Option(help: "The seed of the noise.")
  var seed: UInt64 = 1

  @Option(help: "Write the table as CSV to this file as well.")
  var csv: String?

  func validate() throws {
    guard draws >= 10_000 else {
      throw ValidationError(
        "--draws must be at least 10000 for a standard error to mean something, but is \(draws).")
    }
  }

  func run() throws {
    var table = try TableFile(
      csv,
      header: "distribution,estimator,unbiased,bias_in_standard_errors,variance,ns_per_gradient,"
        + "variance_times_microseconds,evaluations_of_f")
    print(
      "                                              bias                ns per  variance  evals")
    print(
      "distribution   estimator                   (st. err.)   variance  gradient   × µs    of f")
    var unexpected: [String] = []
    for problem in CheckProblem.all {
      for method in CheckMethod.all where method.applies(to: problem) {
        let row = try CheckRow(problem, method, draws: draws, seed: seed)
        let isBiased = row.bias > 6.5
        let product = row.variance * row.nanoseconds / 1000
        print(
          problem.name.padding(toLength: 15, withPad: " ", startingAt: 0)
            + method.name.padding(toLength: 27, withPad: " ", startingAt: 0)
            + String(
              format: "%8.1f%@ %12.6f %8.0f %9.5f  ", row.bias, isBiased ? "*" : " ",
              row.variance, row.nanoseconds, product) + method.evaluations(problem))
        table.lines.append(
          "\(problem.name),\(method.name),\(method.isUnbiased),\(row.bias),"
            + "\(row.variance),\(row.nanoseconds),\(product),\(method.evaluations(problem))")
        if isBiased && method.isUnbiased { unexpected.append("\(problem.name) \(method.name)") }
      }
    }
    print("* biased")
    try table.write()
    guard unexpected.isEmpty else {
      print("Biased against expectation: \(unexpected.joined(separator: ", ")).")
      throw ExitCode.failure
    }
  }
}
