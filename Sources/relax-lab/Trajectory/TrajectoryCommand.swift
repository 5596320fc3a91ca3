import ArgumentParser
import Foundation
import GSL
import RelaxRL
import Runs

/// `relax-lab trajectory`: control variates of later steps at frozen policies.
struct TrajectoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trajectory",
    abstract: "The variance of an episode's gradient with control variates along the trajectory.",
    discussion: """
      Trains an agent with its preset until its policy is as good as wanted, and freezes it. V, the control \
      variate c, a linear control variate of later gradients (Γ) and a gate then learn from some episodes of \
      it. Beside the learned c stands a bad one, −c. What is measured is the gradient of one other episode. \
      Variance is summed over the policy's parameters, its ratio is to that with V(s), which has learned from \
      the same episodes, and bias is the distance of the mean from that of V(s), as a share of its length. \
      Intervals are at 95 %.
      """)

  @Option(help: "reinforce, a2c, relax-a2c or relax-ddpg: what trains the policies.")
  var agent = "reinforce"

  @Option(help: "The environment.")
  var env = "cartpole-v0"

  @Option(help: "Seeds of the policies, such as 1-5.")
  var seeds = "1-5"

  @Option(
    parsing: .unconditional,
    help: "Between which numbers the mean return of 100 episodes of a policy is to lie.")
  var returns = "100,180"

  @Option(help: "Environment steps between two looks at a policy.")
  var every = 1_000

  @Option(help: "Environment steps of training at most; the preset's if missing.")
  var steps: Int?

  @Option(name: .customLong("set"), help: ArgumentHelp("A setting.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: "Episodes to learn from, several numbers separated by commas.")
  var training = "64,512"

  @Option(help: "Episodes whose gradients are measured.")
  var episodes = 2_000

  @Option(help: "Minibatches in which V and c learn from those episodes.")
  var updates = 3_000

  @Option(help: "Their learning rate at first; it falls to 0.")
  var criticRate = 3e-2

  @Option(help: "λ of generalized advantage estimation, which is measured beside.")
  var gaeLambda = 0.95

  @Option(help: "Write the table as CSV to this file as well.")
  var csv: String?

  private struct Request {
    let seeds: [UInt64]
    let range: ClosedRange<Double>
    let training: [Int]
  }

  private func request() throws -> Request {
    let seeds: [UInt64]
    do { seeds = try SeedList.parse(self.seeds) } catch { throw ValidationError("\(error)") }
    let ends = returns.split(separator: ",").compactMap { Double($0) }
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw ValidationError(
        "--returns must be two numbers in increasing order, such as 100,180, but is \(returns).")
    }
    let counts = training.split(separator: ",").compactMap { Int($0) }
    guard !counts.isEmpty, counts.count == training.split(separator: ",").count,
      counts.allSatisfy({ (8...100_000).contains($0) })
    else {
      throw ValidationError(
        "--training must be numbers of at least 8 episodes, such as 64,512, but is \(training).")
    }
    for (name, count, least) in [
      ("episodes", episodes, 100), ("updates", updates, 1), ("every", every, 1),
    ] where count < least {
      throw ValidationError("--\(name) must be at least \(least) but is \(count).")
    }
    guard criticRate > 0, criticRate.isFinite else {
      throw ValidationError("--critic-rate must be above 0, but is \(criticRate).")
    }
    guard (0...1).contains(gaeLambda) else {
      throw ValidationError("--gae-lambda must lie in [0, 1], but is \(gaeLambda).")
    }
    return Request(seeds: seeds, range: ends[0]...ends[1], training: counts)
  }

  func validate() throws { _ = try request() }

  func run() throws {
    let request = try request()
    var table = try TableFile(csv, header: "seed,training," + VarianceRow.header)
    var ratios: [String: [VarianceRow.Interval]] = [:]
    var order: [String] = []
    StandardStreams.output(VarianceRow.title + "\n")
    for seed in request.seeds {
      let policies: FrozenPolicies
      do {
        policies = try FrozenPolicies(
          agent: agent, environment: env, seed: Int(seed), steps: steps, assignments: assignments,
          untilReturn: request.range, every: every)
      } catch { throw ValidationError("\(error)") }
      let point = policies.points[0]
      for count in request.training {
        let study = try TrajectoryStudy(
          policies: policies, point: point, seed: seed, training: count, episodes: episodes,
          updates: updates, criticRate: criticRate, gaeLambda: gaeLambda)
        let results = try study.results()
        StandardStreams.output(
          String(
            format: "seed %d, step %d, mean return %.1f, %d training episodes\n", Int(seed),
            point.step, study.meanReturn(results), count))
        for result in results {
          let row = try VarianceRow(
            result.name, isUnbiased: result.isUnbiased, result.sample,
            withoutBaseline: results[0].sample, withValue: results[1].sample, seed: seed)
          StandardStreams.output(row.text + "\n")
          table.lines.append("\(seed),\(count)," + row.line(agent: agent, env: env, point))
          let key = "\(count) training episodes, \(result.name)"
          if ratios[key] == nil { order.append(key) }
          ratios[key, default: []].append(row.ratioToValue)
        }
        try table.write()
      }
    }
    StandardStreams.output("mean ratio to V(s), and the largest upper end of an interval\n")
    for key in order {
      let intervals = ratios[key] ?? []
      let mean = intervals.map(\.value).reduce(0, +) / Double(intervals.count)
      StandardStreams.output(
        String(format: "  %.3f  %.3f  ", mean, intervals.map(\.upper).max() ?? .nan) + key + "\n")
    }
  }
}
