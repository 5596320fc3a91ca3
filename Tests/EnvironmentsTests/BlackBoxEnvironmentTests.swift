import BlackBoxes
import Environments
import GSL
import ReinforcementLearning
import Testing

@Suite struct `A black box as a task` {
  /// The largest value over all bits.
  private func best(_ task: some BlackBoxEnvironment) -> Double {
    let function = task.state.box.function(at: task.state.context)
    let count = function.variableCount
    var bits = [Float](repeating: 0, count: count)
    var largest = function.value(of: bits.span)
    for step in 1..<(1 << count) {
      let place = step.trailingZeroBitCount
      bits[place] = 1 - bits[place]
      largest = max(largest, function.value(of: bits.span))
    }
    return largest
  }

  private func requireClose<E: BlackBoxEnvironment>(_ task: E, _ best: Double) throws {
    let threshold = try #require(E.spec.rewardThreshold)
    #expect(threshold < best && threshold > 0.93 * best, "\(E.spec.name): \(best)")
  }

  @Test func `has a threshold close below the largest value that there is`() throws {
    try requireClose(IsingEnvironment(), best(IsingEnvironment()))
    try requireClose(NKEnvironment(), best(NKEnvironment()))
    try requireClose(MaximumCutEnvironment(), best(MaximumCutEnvironment()))
  }

  @Test func `with an observation has one close below the mean of the largest values`() throws {
    var task = ContextualQuadraticEnvironment()
    var observation = [Float](repeating: 0, count: 5)
    var moments = RunningMoments()
    for episode in 0..<400 {
      var span = observation.mutableSpan
      task.reset(
        using: RandomStream(seed: 2, purpose: "environment", episode: UInt64(episode)),
        observation: &span)
      #expect(task.state.context == observation)
      moments.add(best(task))
    }
    try requireClose(task, moments.mean)
  }

  @Test func `gives what its function gives for the bits`() throws {
    var parameters = NKEnvironment.Parameters()
    (parameters.variables, parameters.neighbors, parameters.seed) = (6, 2, 9)
    var task = try NKEnvironment(parameters)
    var stream = RandomStream(seed: 9, purpose: "nk")
    let function = NKLandscape(variables: 6, neighbors: 2, from: &stream)
    var observation: [Float] = [0]
    var span = observation.mutableSpan
    task.reset(using: RandomStream(seed: 1, purpose: "environment"), observation: &span)
    let transition = task.step([1, 0, 0, 1, 1, 0], observation: &span)
    let bits: [Float] = [1, 0, 0, 1, 1, 0]
    #expect(transition.reward == function.value(of: bits.span) && transition.isTerminated)
    #expect(observation == [1])
  }

  @Test func `writes down a sequence and gets its score at the end`() {
    var task = CopyEnvironment()
    var observation = [Float](repeating: 0, count: 21)
    var span = observation.mutableSpan
    task.reset(using: RandomStream(seed: 4, purpose: "environment"), observation: &span)
    for place in 0..<20 {
      let seen = (0..<20).first { span[$0] == 1 }
      #expect(seen == task.sequence[place] && span[20] == Float(place) / 20)
      // The first two symbols wrong, all others right.
      let symbol = place < 2 ? (task.sequence[place] + 1) % 20 : task.sequence[place]
      let transition = task.step(symbol, observation: &span)
      #expect(transition.isTerminated == (place == 19))
      if place < 19 { #expect(transition.reward == 0) }
      if place == 19 {
        #expect(
          transition.reward == 1 - Double(CopyTask.editDistance(task.written, task.sequence)) / 20)
        #expect(transition.reward >= 0.9)
      }
    }
  }

  @Test func `refuses parameters that cannot be`() {
    func refuses(_ name: String, _ body: () throws -> Void) {
      #expect(throws: EnvironmentError.self, "\(name)", performing: body)
    }
    for variables in [1, 10_001] {
      refuses("ising \(variables)") {
        var parameters = IsingEnvironment.Parameters()
        parameters.variables = variables
        _ = try IsingEnvironment(parameters)
      }
    }
    for neighbors in [-1, 11, 20] {
      refuses("nk \(neighbors)") {
        var parameters = NKEnvironment.Parameters()
        parameters.neighbors = neighbors
        _ = try NKEnvironment(parameters)
      }
    }
    for interaction in [-0.1, .nan, .infinity] {
      refuses("contextual-quadratic \(interaction)") {
        var parameters = ContextualQuadraticEnvironment.Parameters()
        parameters.interaction = interaction
        _ = try ContextualQuadraticEnvironment(parameters)
      }
    }
    for (length, vocabulary) in [(0, 20), (1001, 20), (20, 1), (20, 1001)] {
      refuses("copy \(length) of \(vocabulary)") {
        var parameters = CopyEnvironment.Parameters()
        (parameters.length, parameters.vocabulary) = (length, vocabulary)
        _ = try CopyEnvironment(parameters)
      }
    }
  }
}
