import Environments
import GSL

@testable import Agents

/// Every trajectory of a small process, with its probability under a policy.
struct EnumeratedTrajectories {
  let samples: EpisodeSamples
  /// `[R]`, the probability of the trajectory that a row belongs to.
  let probabilities: [Double]
  let discount: Double

  init(_ policy: TabularPolicy, discount: Double) {
    let (process, masses) = (policy.process, policy.probabilities)
    var samples = EpisodeSamples()
    var probabilities: [Double] = []
    typealias Move = (state: Int, action: Int, reward: Double)
    func extend(_ path: [Move], from state: Int, _ probability: Double) {
      for action in 0..<process.actionCount {
        for next in 0..<process.stateCount {
          let share =
            probability * masses[state * process.actionCount + action]
            * process.probability(of: next, after: action, in: state)
          guard share > 0 else { continue }
          let longer =
            path + [(state, action, process.reward(of: next, after: action, in: state))]
          if process.isTerminal[next] || longer.count == policy.horizon {
            samples.append(path: longer, actionCount: process.actionCount)
            probabilities += longer.map { _ in share }
          } else {
            extend(longer, from: next, share)
          }
        }
      }
    }
    for state in 0..<process.stateCount where process.initial[state] > 0 {
      extend([], from: state, process.initial[state])
    }
    self.samples = samples
    self.probabilities = probabilities
    self.discount = discount
  }

  /// γ^t times the probability: with these weights a sum over all rows is the mean over trajectories.
  var weights: [Double] {
    zip(probabilities, samples.steps).map { probability, step in
      (0..<step).reduce(probability) { product, _ in product * discount }
    }
  }

  /// G_t − Σ_{k > t} γ^{k − t} A_k, by its definition.
  func returns(without advantages: [Double]) -> [Double] {
    samples.returns(discount: discount, without: advantages)
  }

  /// The gradients of single trajectories, each with the weights γ^t alone.
  func gradients(
    _ program: GradientProgram, returns: [Double], actionCount: Int
  ) -> [(probability: Double, gradient: [Double])] {
    (0..<samples.episodeCount).map { episode in
      let rows = samples.starts[episode]..<samples.starts[episode + 1]
      var single = EpisodeSamples()
      single.append(episode: episode, of: samples, actionCount: actionCount)
      var factor = 1.0
      let weights = rows.map { _ in
        defer { factor *= discount }
        return factor
      }
      return (
        probabilities[rows.lowerBound],
        program.policyGradient(single, returns: Array(returns[rows]), weights: weights)
      )
    }
  }
}
