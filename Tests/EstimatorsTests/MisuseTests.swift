import Differentiation
import Distributions
import Estimators
import Testing

/// A mistake in calling an estimator stops the process and says what does not fit.
@Suite struct `A call that makes no sense` {
  private func expect(_ result: ExitTest.Result?, says message: String) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(message), "\"\(message)\" is not in: \(text)")
  }

  @Test func `RLOO with one value`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let bernoulli = Bernoulli(logits: Graph().constant(0, shape: [2, 1]))
      let value = bernoulli.sample(noise: bernoulli.logits)
      _ = RLOO().estimate(bernoulli, values: [value], signals: [value.sum(axis: 1)])
    }
    expect(result, says: "RLOO needs at least 2 values and as many signals, but got 1 and 1.")
  }

  @Test func `logits that are no matrix`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Bernoulli(logits: Graph().constant(0, shape: [3]))
    }
    expect(result, says: "Bernoulli needs logits [rows, variables], not [3].")
  }

  @Test func `variables that the rows cannot hold`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Categorical(logits: Graph().constant(0, shape: [5, 3]), variables: 2)
    }
    expect(result, says: "logits [5, 3], whose rows cannot hold 2 variables each")
  }

  @Test func `a control variate that gives more than one number per row`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let bernoulli = Bernoulli(logits: Graph().constant(0, shape: [4, 2]))
      _ = RELAX().estimate(
        bernoulli, relaxed: bernoulli.logits, conditionalNoise: bernoulli.logits,
        signal: bernoulli.logits.sum(axis: 1), controlVariate: { $0 })
    }
    expect(result, says: "must give one number per row, [8], but gave [8, 2].")
  }

  @Test func `a control variate of all-action without a number for each class`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let categorical = Categorical(logits: Graph().constant(0, shape: [4, 3]))
      let value = categorical.logits
      _ = AllAction().estimate(
        categorical, value: value, signal: value.sum(axis: 1), controlVariate: value.sum(axis: 1))
    }
    expect(result, says: "a number for every class of every variable, [4, 3], but has shape [4]")
  }

  @Test func `a decay of 1`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MovingAverage(decay: 1)
    }
    expect(result, says: "must lie in [0, 1) but is 1.0. Most tasks use 0.8 to 0.99.")
  }
}
