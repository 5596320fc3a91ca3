import GSL
import Networks
import Testing

/// How many standard errors the mean of the samples lies from an expected value.
private func deviation(of samples: [Double], from expected: Double) -> Double {
  let count = Double(samples.count)
  let mean = samples.reduce(0, +) / count
  let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
  return abs(mean - expected) / (variance / count).squareRoot()
}

/// Largest deviation, in standard errors, of moments that are known for Haar-distributed matrices.
///
/// For n = 3: E q = 0, E q² = 1/n, E q⁴ = 3/(n (n + 2)), E tr = 0, E tr² = 1 (Diaconis and
/// Shahshahani, 1994).
private func deviationFromHaar(_ matrices: [[Double]]) -> Double {
  let diagonal = [0, 4, 8]
  let traces = matrices.map { matrix in diagonal.reduce(0) { $0 + matrix[$1] } }
  var largest = max(
    deviation(of: traces, from: 0), deviation(of: traces.map { $0 * $0 }, from: 1))
  for element in 0..<9 {
    for (power, moment) in [(1, 0), (2, 1 / 3.0), (4, 3 / 15.0)] {
      let samples = matrices.map { matrix in
        (0..<power).reduce(1) { product, _ in product * matrix[element] }
      }
      largest = max(largest, deviation(of: samples, from: moment))
    }
  }
  return largest
}

private func drawMatrices(_ count: Int) -> [[Double]] {
  var stream = RandomStream(seed: 11, purpose: "test-haar")
  return (0..<count).map { _ in
    Initializer.orthogonal(gain: 1).values(shape: [3, 3], from: &stream)
  }
}

@Suite struct `Initial parameters` {
  @Test(arguments: [[1, 1], [64, 64], [4, 64], [64, 2], [3, 5, 7], [1, 9], [9, 1]])
  func `an orthogonal matrix has orthonormal columns or rows times the gain`(shape: [Int]) {
    var stream = RandomStream(seed: 3, purpose: "test-orthogonal")
    let columns = shape[shape.count - 1]
    let rows = shape.dropLast().reduce(1, *)
    let matrix = Initializer.orthogonal(gain: 1.5).values(shape: shape, from: &stream)
    #expect(matrix.count == rows * columns)
    let isTall = rows >= columns
    let (number, length) = isTall ? (columns, rows) : (rows, columns)
    func element(_ vector: Int, _ position: Int) -> Double {
      isTall ? matrix[position * columns + vector] : matrix[vector * columns + position]
    }
    for a in 0..<number {
      for b in 0...a {
        let product = (0..<length).reduce(0) { $0 + element(a, $1) * element(b, $1) }
        #expect(abs(product - (a == b ? 2.25 : 0)) < 1e-13, "vectors \(a) and \(b)")
      }
    }
  }

  @Test func `orthogonal matrices are drawn uniformly among all of them`() {
    #expect(deviationFromHaar(drawMatrices(4000)) < 6.5)
  }

  @Test func `matrices whose signs were not corrected fail the test of uniformity`() {
    // What a QR decomposition gives whose convention fixes the signs of Q instead of R's.
    let biased = drawMatrices(4000).map { matrix in
      (0..<9).map { matrix[$0] * (matrix[$0 % 3 * 4] < 0 ? -1 : 1) }
    }
    #expect(deviationFromHaar(biased) > 10)
  }

  @Test(arguments: [[30, 70], [70, 30], [6, 5, 70]])
  func `Glorot's numbers have the bound and the variance of the paper`(shape: [Int]) {
    var stream = RandomStream(seed: 5, purpose: "test-glorot")
    let values = (0..<10).flatMap { _ in
      Initializer.glorotUniform(gain: 2).values(shape: shape, from: &stream)
    }
    let bound = 2 * (6 / 100.0).squareRoot()
    #expect(values.allSatisfy { abs($0) <= bound })
    #expect((values.max() ?? 0) > 0.99 * bound)
    #expect((values.min() ?? 0) < -0.99 * bound)
    #expect(deviation(of: values, from: 0) < 6.5)
    #expect(deviation(of: values.map { $0 * $0 }, from: bound * bound / 3) < 6.5)
    #expect(deviation(of: values.map { $0 * $0 }, from: bound * bound / 2.7) > 10)
  }

  @Test func `constants take no random numbers`() {
    var stream = RandomStream(seed: 5, purpose: "test-constant")
    let untouched = stream
    #expect(Initializer.zeros.values(shape: [2, 2], from: &stream) == [0, 0, 0, 0])
    #expect(Initializer.constant(-0.5).values(shape: [], from: &stream) == [-0.5])
    #expect(stream == untouched)
  }

  @Test func `the same stream gives the same parameters, another seed others`() {
    func draw(_ seed: UInt64) -> [Float] {
      var layout = ParameterLayout()
      let network = MLP(
        "policy", MLPConfiguration(inputSize: 4, hiddenSizes: [8], outputSize: 2), in: &layout)
      let set = ParameterSet<Float>(layout)
      var stream = RandomStream(seed: seed, purpose: "test-determinism")
      network.initialize(set, from: &stream)
      return set.values
    }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
  }
}
