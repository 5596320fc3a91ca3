import BlackBoxes
import Foundation
import GSL
import Testing

/// A function of few bits, of which all values can be listed.
struct SmallFunction: CustomStringConvertible, Sendable {
  let description: String
  let function: any PseudoBooleanFunction

  static let all: [SmallFunction] = (UInt64(0)..<3).flatMap { seed in
    var stream = RandomStream(seed: seed, purpose: "black-box-tests")
    let variables = 5 + Int(seed)
    let context = ContextualQuadratic(
      variables: variables, contextSize: 3, interaction: 0.7, from: &stream)
    let labels = MultilabelPrediction(labels: variables, contextSize: 4, from: &stream)
    return [
      SmallFunction(
        description: "quadratic \(seed)",
        function: QuadraticPseudoBoolean(
          variables: variables, interaction: 0.8, from: &stream)),
      SmallFunction(
        description: "Ising \(seed)", function: IsingModel(variables: variables, from: &stream)),
      SmallFunction(
        description: "MaxCut \(seed)", function: MaximumCut(variables: variables, from: &stream)),
      SmallFunction(
        description: "NK \(seed)", function: NKLandscape(variables: variables, from: &stream)),
      SmallFunction(
        description: "contextual \(seed)",
        function: context.function(at: context.context(from: &stream))),
      SmallFunction(
        description: "F1 \(seed)", function: labels.function(at: labels.context(from: &stream))),
      SmallFunction(
        description: "F1 of nothing \(seed)",
        function: F1Score(truth: [Bool](repeating: false, count: variables))),
    ]
  }

  /// f of every value, bit d of its number being variable d.
  var values: [Double] {
    (0..<1 << function.variableCount).map { state in
      let bits = (0..<function.variableCount).map { Float(state >> $0 & 1) }
      return function.value(of: bits.span)
    }
  }

  /// Σ f(b) p(b), and with one bit held.
  func mean(_ probabilities: [Double], holding held: (variable: Int, bit: Int)? = nil) -> Double {
    var total = 0.0
    for (state, value) in values.enumerated() {
      var share = 1.0
      for (variable, probability) in probabilities.enumerated() {
        let bit = state >> variable & 1
        if variable == held?.variable {
          share *= bit == held?.bit ? 1 : 0
        } else {
          share *= bit == 1 ? probability : 1 - probability
        }
      }
      total += share * value
    }
    return total
  }
}

@Suite struct `Against a sum over all values` {
  @Test(arguments: SmallFunction.all)
  func `the mean and its derivative are exact`(small: SmallFunction) {
    let count = small.function.variableCount
    let probabilities = (0..<count).map { 0.5 + 0.45 * sin(Double(3 * $0 + 1)) }
    var gradient = [Double](repeating: .nan, count: count)
    let mean = small.function.expectation(probabilities, gradient: &gradient)
    #expect(abs(mean - small.mean(probabilities)) < 1e-12)
    #expect(abs(small.function.expectation(probabilities) - mean) < 1e-12)
    for variable in 0..<count {
      let slope =
        small.mean(probabilities, holding: (variable, 1))
        - small.mean(probabilities, holding: (variable, 0))
      #expect(abs(gradient[variable] - slope) < 1e-12, "variable \(variable)")
    }
  }

  @Test(arguments: SmallFunction.all)
  func `without doubt in any bit the mean is the value`(small: SmallFunction) {
    let count = small.function.variableCount
    var gradient = [Double](repeating: 0, count: count)
    for state in [0, 5, 1 << count - 1] {
      let bits = (0..<count).map { Double(state >> $0 & 1) }
      let mean = small.function.expectation(bits, gradient: &gradient)
      #expect(abs(mean - small.values[state]) < 1e-12)
    }
  }

  @Test(arguments: SmallFunction.all)
  func `plain maximization finds the largest value`(small: SmallFunction) throws {
    var stream = RandomStream(seed: 5, purpose: "black-box-tests")
    let found = EntropyObjective(small.function, entropyWeight: 0).maximum(from: &stream)
    let largest = try #require(small.values.max())
    #expect(abs(found - largest) < 1e-12)
  }

  @Test func `a seed names an instance`() {
    func value(_ seed: UInt64) -> Double {
      var stream = RandomStream(seed: seed, purpose: "black-box-instance")
      let function = QuadraticPseudoBoolean(variables: 30, interaction: 0.3, from: &stream)
      return function.value(of: (0..<30).map { Float($0 % 2) }.span)
    }
    #expect(value(1) == value(1))
    #expect(value(1) != value(2))
  }
}

@Suite struct `The objective with entropy` {
  @Test(arguments: SmallFunction.all, [0, 0.15, 1])
  func `its gradient is that of finite differences`(small: SmallFunction, weight: Double) {
    let objective = EntropyObjective(small.function, entropyWeight: weight)
    let count = small.function.variableCount
    let logits = (0..<count).map { 2 * cos(Double(2 * $0)) }
    var gradient = logits
    _ = objective.value(atLogits: logits, gradient: &gradient)
    for index in 0..<count {
      func at(_ offset: Double) -> Double {
        var moved = logits
        moved[index] += offset
        return objective.value(atLogits: moved)
      }
      let h = 1e-3
      let slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      #expect(abs(gradient[index] - slope) < 1e-9)
    }
  }

  /// Without interaction every bit has its own maximum: max of a s + τ H is τ log(2 cosh(a / τ)).
  @Test(arguments: [0.05, 0.15, 1])
  func `its maximum without interaction is the known one`(weight: Double) {
    let linear = (0..<40).map { 3 * sin(Double($0)) }
    let function = QuadraticPseudoBoolean(
      linear: linear, couplings: [Double](repeating: 0, count: 1600))
    let expected = linear.reduce(0) { sum, a in
      let ratio = abs(a) / Double(linear.count).squareRoot() / weight
      return sum + weight * (ratio + log1p(exp(-2 * ratio)))
    }
    var stream = RandomStream(seed: 1, purpose: "black-box-tests")
    let found = EntropyObjective(function, entropyWeight: weight)
      .maximum(starts: 2, from: &stream)
    #expect(abs(found - expected) < 1e-7)
  }

  /// All but a function that is 1 at a single value and 0 elsewhere, whose peak no ascent from afar sees.
  @Test(arguments: SmallFunction.all.filter { !$0.description.hasPrefix("F1 of nothing") })
  func `no policy of a fine grid is better than its maximum`(small: SmallFunction) {
    let objective = EntropyObjective(small.function, entropyWeight: 0.2)
    var stream = RandomStream(seed: 2, purpose: "black-box-tests")
    let found = objective.maximum(from: &stream)
    var best = -Double.infinity
    for _ in 0..<3000 {
      let logits = (0..<small.function.variableCount).map { _ in 3 * stream.gaussian() }
      best = max(best, objective.value(atLogits: logits))
    }
    #expect(best <= found + 1e-9)
    #expect(best > found - 1)
  }

  /// By number: what is not finite does not get into the other process.
  @Test(arguments: 0..<3)
  func `a weight that is no weight is refused`(number: Int) async {
    await #expect(processExitsWith: .failure) { [number] in
      let weights: [Double] = [-0.1, .nan, .infinity]
      _ = EntropyObjective(F1Score(truth: [true]), entropyWeight: weights[number])
    }
  }
}
