import ArgumentParser
import Foundation
import GSL
import RelaxRL

/// `relax-lab variance`: whether a learned control variate lowers the policy gradient's variance.
struct VarianceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "variance",
    abstract: "The variance of the policy gradient at frozen policies, estimator by estimator.",
    discussion: """
      Trains an agent with its preset and stops at several points. At each, V and control variate are \
      trained anew for every estimator while the policy stands still, and are then frozen too. A \
      gradient is that of some whole episodes; variance is summed over the policy's parameters, its \
      ratio is to that without a baseline, and bias is the distance of the mean from that of V(s), \
      as a share of its length. Intervals are at 95 %.
      """)

  @Option(help: "reinforce, a2c, relax-a2c or relax-ddpg.")
  var agent = "relax-ddpg"

  @Option(help: "The environment.")
  var env = "pendulum"

  @Option(help: "The seed of everything.")
  var seed = 1

  @Option(help: "Environment steps of training; the preset's if missing.")
  var steps: Int?

  @Option(name: .customLong("set"), help: ArgumentHelp("A setting.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: "Shares of the training at which the policy is frozen, separated by commas.")
  var points = "0,0.1,0.5,1"

  @Option(help: "Independent gradients of each estimator.")
  var gradients = 200

  @Option(help: "Whole episodes behind each gradient.")
  var episodes = 8

  @Option(help: "Updates of V and control variate at the frozen policy.")
  var training = 1_000

  @Option(help: "Their learning rate at first; it falls to 0.")
  var criticRate = 3e-3

  @Option(help: "Write the table as CSV to this file as well.")
  var csv: String?

  private var shares: [Double] { points.split(separator: ",").compactMap { Double($0) } }

  func validate() throws {
    guard !shares.isEmpty, shares.allSatisfy({ (0...1).contains($0) }), shares == shares.sorted()
    else {
      throw ValidationError(
        "--points must be numbers from 0 to 1 in increasing order, but is \(points).")
    }
    guard gradients >= 100 else {
      throw ValidationError(
        "--gradients must be at least 100 for an interval to mean something, but is \(gradients).")
    }
    guard (1...4096).contains(episodes) else {
      throw ValidationError("--episodes must be from 1 to 4096, but is \(episodes).")
    }
    guard training >= 0 else {
      throw ValidationError("--training must not be negative, but is \(training).")
    }
    guard criticRate > 0, criticRate.isFinite else {
      throw ValidationError("--critic-rate must be above 0, but is \(criticRate).")
    }
  }

  func run() throws {
    var table = try TableFile(csv, header: VarianceRow.header)
    let policies: FrozenPolicies
    do {
      policies = try FrozenPolicies(
        agent: agent, environment: env, seed: seed, steps: steps, assignments: assignments,
        at: shares)
    } catch { throw ValidationError("\(error)") }
    print(VarianceRow.title)
    for point in policies.points {
      let mean = point.meanReturn.map { String(format: "%.1f", $0) } ?? "unknown"
      print("step \(point.step), mean return of 100 episodes \(mean)")
      for row in try rows(policies, point) {
        print(row.text)
        table.lines.append(row.line(agent: agent, env: env, point))
      }
      try table.write()
    }
  }

  private func rows(
    _ policies: FrozenPolicies, _ point: FrozenPolicies.Point
  ) throws -> [VarianceRow] {
    func configuration(_ method: VarianceMethod) -> ActorCriticConfiguration {
      method.configuration(
        policies.configuration, episodes: episodes, criticLearningRate: criticRate)
    }
    let all = policies.hasChoices ? VarianceMethod.ofChoices : VarianceMethod.ofRealActions
    // The first two, which the others are compared with, suit every task.
    let methods =
      try all.prefix(2) + all.dropFirst(2).filter { try policies.suits(configuration($0)) }
    let samples = try methods.map { method in
      GradientSample(
        try policies.gradients(
          configuration(method), at: point, afterTraining: training, count: gradients))
    }
    return try zip(methods, samples).map {
      try VarianceRow(
        $0.name, isUnbiased: $0.isUnbiased, $1, withoutBaseline: samples[0], withValue: samples[1],
        seed: UInt64(seed))
    }
  }
}
