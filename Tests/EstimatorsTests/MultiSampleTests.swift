import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

@Suite struct `VIMCO against enumeration` {
  /// log w of values: any function will do, and one that depends on the logits as log q does.
  private func logWeight(_ bernoulli: Bernoulli, _ value: Tensor) -> Tensor {
    let graph = value.graph
    let factors = graph.literal([1.2, -0.8, 0.5], shape: [3])
    return (value * factors).sum(axis: 1)
      + (value.slice(axis: 1, 0..<1) * value.slice(axis: 1, 1..<2))
      .reshaped([value.shape[0]]) - bernoulli.logProbability(of: value)
  }

  private static let logits = [0.3, -0.7, 1.1]

  /// The gradient of −E log ½ (w_1 + w_2) over all pairs.
  private func exactGradient() throws -> [Double] {
    let graph = Graph()
    let logits = graph.literal(Self.logits, shape: [1, 3])
    let bits = (0..<64).map { pair in (0..<6).map { Double(pair >> $0 & 1) } }
    let sides = [0, 3].map { start in
      graph.literal(bits.flatMap { $0[start..<start + 3] }, shape: [64, 3])
    }
    let bernoulli = Bernoulli(logits: logits.broadcast(to: [64, 3]))
    let weights = sides.map { logWeight(bernoulli, $0).reshaped([64, 1]) }
    let bound = Tensor.concatenate(weights, axis: 1).logSumExp()
    let joint = sides.map { bernoulli.logProbability(of: $0) }
    let loss = -((joint[0] + joint[1]).exp() * bound).sum()
    return try evaluate(gradient(of: loss, withRespectTo: [logits]), [])[0]
  }

  private func estimate(_ sampler: GradientSampler, withoutBaseline: Bool) -> [Tensor] {
    let logits = sampler.graph.literal(Self.logits, shape: [1, 3])
      .broadcast(to: [sampler.rows, 3])
    let bernoulli = Bernoulli(logits: logits)
    let values = (0..<2).map { _ in
      bernoulli.value(
        ofRelaxed: bernoulli.relaxedSample(noise: sampler.noise(.logistic, logits.shape)))
    }
    let weights = values.map { logWeight(bernoulli, $0) }
    if withoutBaseline {
      // A baseline that knows its own sample.
      let loss = VIMCO().terms(logWeights: weights).loss
      return gradient(of: loss.sum(), withRespectTo: [logits])
    }
    return VIMCO().estimate(bernoulli, values: values, logWeights: weights).distributionGradient
  }

  @Test func `the estimate has the exact mean`() throws {
    let moments = try sample { estimate($0, withoutBaseline: false) }
    #expect(moments.deviation(from: try exactGradient()) < allowedDeviation)
  }

  @Test func `without the score terms it is found out`() throws {
    let moments = try sample { estimate($0, withoutBaseline: true) }
    #expect(moments.deviation(from: try exactGradient()) > 10)
  }
}

@Suite struct `Coupled noise at half of the work` {
  @Test(arguments: Problem.all)
  func `the estimate is that of the coupled noise, draw for draw`(problem: Problem) throws {
    let graph = Graph()
    let rows = 50
    let logits = problem.rows(graph, rows)
    var stream = RandomStream(seed: 11, purpose: "coupled-tests")
    var values = [Double](repeating: 0, count: logits.shape.count)
    values.withUnsafeMutableBufferPointer {
      var span = $0.mutableSpan
      stream.fill(problem.noise, &span)
    }
    let noise = graph.literal(values, shape: logits.shape)
    func both(_ distribution: some ConditionallyReparameterizable) -> [Tensor] {
      let z = distribution.relaxedSample(noise: noise)
      let signal = problem.f(distribution.value(ofRelaxed: z).stopGradient())
      // c depends on the distribution by itself, too.
      func c(_ z: Tensor) -> Tensor {
        let own = logits.reshaped([rows, problem.width]).sum(axis: 1)
        return problem.c(z)
          + (z.shape.count == logits.shape.count
            ? own : Tensor.concatenate([own, own], axis: 0))
      }
      let slow = RELAX().estimate(
        distribution, relaxed: z, conditionalNoise: distribution.coupledNoise(ofRelaxed: z),
        signal: signal, controlVariate: c)
      let fast = RELAX().coupledEstimate(
        distribution, relaxed: z, signal: signal, controlVariate: c)
      return slow.distributionGradient + fast.distributionGradient
    }
    let tensors =
      problem.family == .bernoulli
      ? both(Bernoulli(logits: logits))
      : both(Categorical(logits: logits, variables: problem.variables))
    let results = try evaluate(tensors, [])
    for (slow, fast) in zip(results[0], results[1]) {
      #expect(abs(slow - fast) < 1e-9 * max(1, abs(slow)))
    }
  }
}
