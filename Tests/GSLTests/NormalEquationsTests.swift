import Testing

@testable import GSL

struct NormalEquationsTests {
  /// Coefficients of four features, the last of which is never there.
  private let exact = [1.5, -2, 0.25, 0]

  private func observations(_ count: Int) -> [(features: [Double], target: Double)] {
    var stream = RandomStream(seed: 4, purpose: "test")
    return (0..<count).map { _ in
      let features = [1, stream.gaussian(), stream.gaussian(), 0]
      return (features, zip(features, exact).reduce(0) { $0 + $1.0 * $1.1 })
    }
  }

  @Test func `finds what targets were made of`() {
    var equations = NormalEquations(count: 4)
    for (features, target) in observations(50) { equations.add(features, target) }
    var coefficients = [Double](repeating: 0, count: 4)
    equations.improve(&coefficients, ridge: 1e-9)
    for (found, expected) in zip(coefficients, exact) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func `solves the equations with the ridge`() {
    var equations = NormalEquations(count: 4)
    for (features, target) in observations(7) { equations.add(features, target) }
    var coefficients = [3.0, 3, 3, 3]
    equations.improve(&coefficients, ridge: 2)
    for row in 0..<4 {
      let left = (0..<4).reduce(2 * coefficients[row]) {
        $0 + equations.products[4 * row + $1] * coefficients[$1]
      }
      #expect(abs(left - equations.targets[row]) < 1e-4)
    }
  }

  @Test func `sums are taken in like what they are sums of, and fade`() {
    var (one, other) = (NormalEquations(count: 4), NormalEquations(count: 4))
    for (features, target) in observations(5) { one.add(features, target) }
    other.add(products: one.products.map { Float($0) }, targets: one.targets.map { Float($0) })
    #expect(zip(one.products, other.products).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(one.targets, other.targets).allSatisfy { abs($0 - $1) < 1e-5 })
    let kept = NormalEquations(products: one.products, targets: one.targets)
    one.fade(0.5)
    #expect(one.products == kept.products.map { 0.5 * $0 })
    #expect(one.targets == kept.targets.map { 0.5 * $0 })
  }

  @Test func `nothing was taken in: the coefficients go to zero`() {
    var coefficients = [3.0, -3]
    NormalEquations(count: 2).improve(&coefficients, ridge: 1)
    #expect(coefficients.allSatisfy { abs($0) < 1e-6 })
  }
}
