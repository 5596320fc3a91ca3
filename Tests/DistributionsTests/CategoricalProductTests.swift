import Differentiation
import Distributions
import GSL
import TestSupport
import Testing

/// Variables of 3, 3, 2 and 4 classes, each also as a distribution of its own.
private struct ProductCase {
  static let counts = [3, 3, 2, 4]
  static let rows = 50

  let graph = Graph()
  let noise, conditionalNoise: Tensor
  let product: CategoricalProduct
  let singles: [Categorical]
  var inputs: [(Tensor, [Double])] = []

  init(isMasked: Bool) {
    let (rows, width) = (Self.rows, Self.counts.reduce(0, +))
    noise = graph.input("noise", shape: [rows, width])
    conditionalNoise = graph.input("conditional", shape: [rows, width])
    let logits = graph.input("logits", shape: [rows, width])
    let mask = isMasked ? graph.input("mask", shape: [rows, width]) : nil
    product = CategoricalProduct(logits: logits, counts: Self.counts, mask: mask)
    singles = Self.columns.map { columns in
      Categorical(
        logits: logits.slice(axis: 1, columns), mask: mask.map { $0.slice(axis: 1, columns) })
    }
    var stream = RandomStream(seed: 4, purpose: "product-tests")
    inputs = [
      (noise, stream.variates(.exponential, count: rows * width)),
      (conditionalNoise, stream.variates(.exponential, count: rows * width)),
      (logits, stream.variates(.normal, count: rows * width)),
    ]
    if let mask {
      // Something else is forbidden in each row, and the first class of each variable never.
      inputs.append(
        (
          mask,
          (0..<rows * width).map { index in
            let column = index % width
            let isFirst = Self.columns.contains { $0.lowerBound == column }
            return isFirst || (index / width + column) % 3 != 0 ? 1 : 0
          }
        ))
    }
  }

  static var columns: [Range<Int>] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }

  /// What the single variables give, side by side.
  func sideBySide(_ body: (Categorical, (Tensor) -> Tensor) -> Tensor) -> Tensor {
    Tensor.concatenate(
      zip(singles, Self.columns).map { single, columns in
        body(single) { $0.slice(axis: 1, columns) }
      }, axis: 1)
  }

  /// The sum of what they give.
  func summed(_ body: (Categorical, (Tensor) -> Tensor) -> Tensor) -> Tensor {
    zip(singles, Self.columns).map { single, columns in
      body(single) { $0.slice(axis: 1, columns) }
    }.reduce(graph.constant(0, shape: [Self.rows])) { $0 + $1 }
  }
}

@Suite struct `A product of categorical variables` {
  @Test(arguments: [false, true])
  func `is what each of its variables is by itself`(isMasked: Bool) throws {
    let r = ProductCase(isMasked: isMasked)
    let z = r.product.relaxedSample(noise: r.noise)
    let value = r.product.value(ofRelaxed: z)
    let conditional = r.product.conditionalRelaxedSample(
      given: value, noise: r.conditionalNoise)
    let temperature = r.graph.constant(0.3)
    let pairs: [(String, Tensor, Tensor)] = [
      ("log θ", r.product.logProbabilities, r.sideBySide { one, _ in one.logProbabilities }),
      ("θ", r.product.mean, r.sideBySide { one, _ in one.mean }),
      ("z", z, r.sideBySide { $0.relaxedSample(noise: $1(r.noise)) }),
      ("b", value, r.sideBySide { $0.value(ofRelaxed: $1(z)) }),
      (
        "z̃", conditional,
        r.sideBySide {
          $0.conditionalRelaxedSample(given: $1(value), noise: $1(r.conditionalNoise))
        }
      ),
      (
        "coupled noise", r.product.coupledNoise(ofRelaxed: z),
        r.sideBySide { $0.coupledNoise(ofRelaxed: $1(z)) }
      ),
      (
        "σ(z)", r.product.concreteValue(ofRelaxed: z, temperature: temperature),
        r.sideBySide { $0.concreteValue(ofRelaxed: $1(z), temperature: temperature) }
      ),
      (
        "log p", r.product.logProbability(of: value),
        r.summed { $0.logProbability(of: $1(value)) }
      ),
      ("entropy", r.product.entropy(), r.summed { one, _ in one.entropy() }),
      (
        "class numbers", r.product.classIndices(ofLargest: z),
        Tensor.concatenate(
          zip(r.singles, ProductCase.columns).map { _, columns in
            z.slice(axis: 1, columns).argMax().reshaped([ProductCase.rows, 1])
          }, axis: 1)
      ),
      ("z̃ agrees with b", r.product.value(ofRelaxed: conditional), value),
    ]
    let found = try evaluate(pairs.flatMap { [$0.1, $0.2] }, r.inputs)
    for (index, pair) in pairs.enumerated() {
      let (own, others) = (found[2 * index], found[2 * index + 1])
      #expect(own.count == others.count, "\(pair.0)")
      for (a, b) in zip(own, others) { #expect(abs(a - b) < 1e-12, "\(pair.0)") }
    }
  }

  @Test(arguments: [false, true])
  func `lists all its values with their probabilities`(isMasked: Bool) throws {
    let r = ProductCase(isMasked: isMasked)
    #expect(r.product.supportCount == 72)
    let value = r.product.value(ofRelaxed: r.product.relaxedSample(noise: r.noise))
    let logs = r.product.supportLogProbabilities()
    let indicators = r.product.supportIndicators(of: value)
    let found = try evaluate(
      [
        logs.exp().sum(axis: 1), indicators.sum(axis: 1), (indicators * logs).sum(axis: 1),
        r.product.logProbability(of: value),
      ], r.inputs)
    for row in 0..<ProductCase.rows {
      #expect(abs(found[0][row] - 1) < 1e-12)
      #expect(found[1][row] == 1)
      #expect(abs(found[2][row] - found[3][row]) < 1e-12)
    }
  }

  @Test func `diverges from another one as far as its variables do together`() throws {
    let r = ProductCase(isMasked: false)
    let other = CategoricalProduct(
      logits: 0.5 * r.product.logits, counts: ProductCase.counts)
    let exact =
      (r.product.supportLogProbabilities().exp()
      * (r.product.supportLogProbabilities() - other.supportLogProbabilities())).sum(axis: 1)
    let found = try evaluate([r.product.klDivergence(to: other), exact], r.inputs)
    for (a, b) in zip(found[0], found[1]) { #expect(abs(a - b) < 1e-12) }
  }
}

@Suite struct `Bits with a mask` {
  @Test func `have the value that alone is allowed, and no derivative then`() throws {
    let graph = Graph()
    let logits = graph.input("logits", shape: [3, 3])
    let noise = graph.input("noise", shape: [3, 3])
    let mask = graph.input("mask", shape: [3, 6])
    let masked = Bernoulli(logits: logits, mask: mask)
    let value = masked.sample(noise: noise)
    let score = gradient(of: masked.logProbability(of: value).sum(), withRespectTo: [logits])[0]
    let entropy = masked.entropy()
    let found = try evaluate(
      [value, score, entropy],
      [
        (logits, [5, -5, 0.2, 5, -5, 0.2, 5, -5, 0.2]),
        (noise, [0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
        // Nothing forbidden; the first bit 0 and the second 1; the last bit 0.
        (mask, [1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0]),
      ])
    #expect(found[0] == [1, 0, 1, 0, 1, 1, 1, 0, 0])
    #expect(found[1][3] == 0 && found[1][4] == 0 && found[1][8] == 0)
    #expect(found[1][0] != 0 && found[1][5] != 0)
    #expect(found[2][1] < found[2][0])
  }
}
