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
      parameters. Cost is the time of one gradient in single draws per core, f included; a product \
      of variance and cost compares estimators at equal time.
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
    var lines = [
      "distribution,estimator,unbiased,bias_in_standard_errors,variance,ns_per_gradient,"
        + "evaluations_of_f"
    ]
    print("                                             bias     variance   ns per  evaluations")
    print("distribution       estimator              (std. err.)          gradient  of f")
    var unexpected: [String] = []
    for problem in CheckProblem.all {
      for method in CheckMethod.allCases where method.applies(to: problem) {
        let row = try CheckRow(problem, method, draws: draws, seed: seed)
        let isBiased = row.bias > 6.5
        print(
          problem.name.padding(toLength: 19, withPad: " ", startingAt: 0)
            + method.rawValue.padding(toLength: 24, withPad: " ", startingAt: 0)
            + String(
              format: "%8.1f%@ %12.6f %8.0f  ", row.bias, isBiased ? "*" : " ",
              row.variance, row.nanoseconds) + method.evaluations(problem))
        lines.append(
          "\(problem.name),\(method.rawValue),\(method.isUnbiased),\(row.bias),\(row.variance),"
            + "\(row.nanoseconds),\(method.evaluations(problem))")
        if isBiased && method.isUnbiased { unexpected.append("\(problem.name) \(method.rawValue)") }
      }
    }
    print("* biased")
    if let csv {
      try (lines.joined(separator: "\n") + "\n").write(
        toFile: csv, atomically: true, encoding: .utf8)
    }
    guard unexpected.isEmpty else {
      print("Biased against expectation: \(unexpected.joined(separator: ", ")).")
      throw ExitCode.failure
    }
  }
}
