import BlackBoxes
import Foundation
import GSL
import Testing

@testable import BlackBoxOptimization

@Suite struct `A training to copy` {
  private static let shape = CopyShape(length: 2, vocabulary: 3, sequences: 2, samples: 3)

  private static func settings(_ estimator: BlackBoxEstimator) -> BlackBoxSettings {
    BlackBoxSettings(
      rate: 0.05, falls: false, second: estimator.secondSetting == .controlRate ? 0.02 : 0.9)
  }

  /// All sequences of two symbols.
  private static let sequences = (0..<9).map { [$0 / 3, $0 % 3] }

  /// E reward, by all sequences and all copies.
  private static func meanReward(_ theta: [Double]) -> Double {
    let task = CopyTask(length: 2, vocabulary: 3)
    func logProbabilities(_ shown: Int, after last: Int?) -> [Double] {
      let logits = (0..<3).map { symbol in
        theta[3 * shown + symbol] + (last.map { theta[9 + 3 * $0 + symbol] } ?? 0)
          + theta[18 + symbol]
      }
      let total = log(logits.reduce(0) { $0 + exp($1) })
      return logits.map { $0 - total }
    }
    var mean = 0.0
    for sequence in sequences {
      for copy in sequences {
        let logProbability =
          logProbabilities(sequence[0], after: nil)[copy[0]]
          + logProbabilities(sequence[1], after: copy[0])[copy[1]]
        mean += exp(logProbability) * task.reward(of: copy, for: sequence) / 9
      }
    }
    return mean
  }

  /// Of −E reward, by central differences.
  private static func exactGradient(_ theta: [Double]) -> [Double] {
    theta.indices.map { index in
      func value(_ offset: Double) -> Double {
        var moved = theta
        moved[index] += offset
        return meanReward(moved)
      }
      return -(value(1e-5) - value(-1e-5)) / 2e-5
    }
  }

  /// How many standard errors the mean gradient is off at most, with θ moved by something while drawing.
  private func deviation(_ estimator: BlackBoxEstimator, moving offset: Float = 0) throws -> Double
  {
    let training = try CopyTraining(estimator, Self.shape)
    let settings = Self.settings(estimator)
    training.start(settings, seed: 1)
    for _ in 0..<40 { try training.update(settings, progress: 0) }
    let exact = Self.exactGradient(training.theta.buffer.map(Double.init))
    // Of each symbol for itself: the same for all symbols would change nothing.
    for symbol in 0..<3 { training.theta.buffer[4 * symbol] += offset }
    var moments = [RunningMoments](repeating: RunningMoments(), count: exact.count)
    for _ in 0..<40_000 {
      training.estimate()
      for (index, element) in training.gradientOfTheta.buffer.enumerated() {
        moments[index].add(Double(element))
      }
    }
    return zip(moments, exact).map { abs($0.mean - $1) / ($0.standardError + 1e-6) }.max() ?? 0
  }

  @Test(arguments: CopyTraining.estimators)
  func `has the exact gradient of the mean reward as its mean`(
    estimator: BlackBoxEstimator
  ) throws {
    let deviation = try deviation(estimator)
    #expect(deviation < 6.5)
  }

  @Test func `with the gradient of another policy is found out`() throws {
    let deviation = try deviation(.rloo, moving: 0.7)
    #expect(deviation > 10)
  }

  @Test(arguments: CopyTraining.estimators)
  func `learns, and gives the same regrets again`(estimator: BlackBoxEstimator) throws {
    let training = try CopyTraining(
      estimator, CopyShape(length: 4, vocabulary: 4, sequences: 8, samples: 4))
    let settings = Self.settings(estimator)
    let run = try training.run(settings, seed: 3, updates: 300)
    #expect(run.regrets.count == 300)
    #expect(run.lastRegret < 0.5 * (run.regrets.first ?? 0), "\(run.lastRegret)")
    let again = try training.run(settings, seed: 3, updates: 300)
    #expect(again.regrets == run.regrets)
    let other = try training.run(settings, seed: 4, updates: 300)
    #expect(other.regrets != run.regrets)
  }
}
