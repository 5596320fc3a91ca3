import Environments
import GSL
import Testing

@testable import Agents

/// Mistakes that were made elsewhere, and that the comparison with enumeration must notice.
struct NegativeControlTests {
  @Test(arguments: Scenario.all)
  func `every wrong form of RELAX is more than 10 standard errors from the gradient`(
    scenario: Scenario
  ) throws {
    let configuration = Scenario.configuration(.relax)
    let networks = try scenario.networks(configuration)
    networks.makeControlVariateSteep()
    let policy = try scenario.policy(networks)
    try expectDetection(
      of: Alteration.self, in: scenario.testDescription, configuration, policy,
      own: try scenario.program(configuration, networks),
      program: { alteration in
        try GradientProgram(
          GradientGraph(
            alteration, networks.networks, rows: GradientProgram.rows,
            observationSize: scenario.process.stateCount,
            actionCount: scenario.process.actionCount),
          networks)
      },
      sample: {
        scenario.sample(
          batches: 400, of: 500, policy: policy, purpose: "negative-controls", $0)
      })
  }

  @Test(arguments: Scenario.all)
  func `taking the first episodes to finish is noticed`(scenario: Scenario) throws {
    let configuration = Scenario.configuration(.scoreFunction)
    let networks = try scenario.networks(configuration)
    let policy = try scenario.policy(networks)
    let program = try scenario.program(configuration, networks)
    let logProbabilities = policy.logProbabilities
    var stream = RandomStream(seed: Scenario.seed, purpose: "first-to-finish")
    var mean = VectorMean()
    let lanes = 50
    for _ in 0..<2_000 {
      let samples = firstToFinish(
        scenario, lanes: lanes, logProbabilities: logProbabilities, from: &stream)
      #expect(samples.episodeCount == lanes)
      mean.add(
        program.policyGradient(
          samples, returns: samples.returns(discount: 1), weights: samples.weights(configuration)))
    }
    let deviation = mean.largestDeviation(
      from: policy.exactGradient(discount: 1, target: .discounted))
    report("\(scenario.testDescription), first to finish", deviation)
    #expect(deviation > Significance.detected)
  }

  /// As many episodes as there are lanes, each lane starting anew when one ends: the first to finish.
  private func firstToFinish(
    _ scenario: Scenario, lanes: Int, logProbabilities: [Double], from stream: inout RandomStream
  ) -> EpisodeSamples {
    var played = EpisodeSamples()
    var ends: [(time: Int, episode: Int)] = []
    for _ in 0..<lanes {
      // By the horizon every lane has finished an episode, so none that ends later can be chosen.
      var time = 0
      while time < scenario.horizon {
        let before = played.rowCount
        played.play(
          scenario.process, logProbabilities: logProbabilities, horizon: scenario.horizon,
          from: &stream)
        time += played.rowCount - before
        ends.append((time, played.episodeCount - 1))
      }
    }
    var chosen = EpisodeSamples()
    for end in ends.sorted(by: { ($0.time, $0.episode) < ($1.time, $1.episode) }).prefix(lanes) {
      chosen.append(
        episode: end.episode, of: played, actionCount: scenario.process.actionCount)
    }
    return chosen
  }

  @Test(arguments: Scenario.all)
  func `division by steps, and V fitted to the very batch, are noticed`(scenario: Scenario) throws {
    let configuration = Scenario.configuration(.scoreFunction)
    let networks = try scenario.networks(configuration)
    let policy = try scenario.policy(networks)
    let program = try scenario.program(configuration, networks)
    let expectedLength = policy.expectedLength
    var dividedBySteps = VectorMean()
    var fitted = VectorMean()
    scenario.sample(batches: 400, of: 500, policy: policy, purpose: "division-by-steps") {
      samples in
      let returns = samples.returns(discount: 1)
      // Updates of one episode each, on average as large as with a division by a constant.
      dividedBySteps.add(
        program.policyGradient(
          samples, returns: returns,
          weights: samples.overEpisodes { rows in
            rows.map { _ in expectedLength / Double(rows.count * samples.episodeCount) }
          }))
      // Updates of one episode each, with V(s) the mean return that followed s in it.
      let baselines = samples.overEpisodes { rows in
        rows.map { row in
          let same = rows.filter { samples.states[$0] == samples.states[row] }
          return same.map { returns[$0] }.reduce(0, +) / Double(same.count)
        }
      }
      fitted.add(
        program.policyGradient(
          samples, returns: zip(returns, baselines).map { $0 - $1 },
          weights: samples.weights(configuration)))
    }
    let exact = policy.exactGradient(discount: 1, target: .discounted)
    for (name, mean) in [("division by steps", dividedBySteps), ("V fitted first", fitted)] {
      let deviation = mean.largestDeviation(from: exact)
      report("\(scenario.testDescription), \(name)", deviation)
      #expect(deviation > Significance.detected, "\(name)")
    }
  }
}

extension EpisodeSamples {
  /// The numbers for the rows of each episode, one behind the other.
  fileprivate func overEpisodes(_ values: (Range<Int>) -> [Double]) -> [Double] {
    (0..<episodeCount).flatMap { values(starts[$0]..<starts[$0 + 1]) }
  }
}
