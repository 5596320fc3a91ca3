import CKernels
import Testing

@Suite struct KernelTestsOptimizers {
  private func close(_ got: [Float], _ want: [Double]) -> Bool {
    largestError(got.map { Double($0) }, want, floor: 1) <= 4 * Double(Float.ulpOfOne)
  }

  private func close(_ got: [Double], _ want: [Double]) -> Bool {
    largestError(got, want, floor: 1) <= 4 * Double.ulpOfOne
  }

  /// Parameters, gradient, and two states; the second state is positive.
  private func start(_ count: Int) -> [[Double]] {
    var numbers = TestNumbers(seed: UInt64(count))
    return (0..<4).map { index in
      KernelRunner<Float>.rounded(numbers.array(count).map { index == 3 ? abs($0) : $0 })
    }
  }

  @Test func `momentum is PyTorch's: the velocity takes the whole gradient`() {
    for count in awkwardExtents {
      let x = start(count)
      let velocity = zip(x[2], x[1]).map { 0.75 * $0 + 0.5 * $1 }
      let parameters = zip(x[0], velocity).map { $0 - 0.125 * $1 }
      var (p, v) = (x[0], x[2])
      ck_sgd_f64(Int64(count), &p, x[1], &v, 0.125, 0.75, 0.5)
      #expect(close(p, parameters) && close(v, velocity))
      var (single, state) = (x[0].map { Float($0) }, x[2].map { Float($0) })
      ck_sgd_f32(Int64(count), &single, x[1].map { Float($0) }, &state, 0.125, 0.75, 0.5)
      #expect(close(single, parameters) && close(state, velocity))
    }
  }

  @Test func `RMSProp adds epsilon outside the root`() {
    for count in awkwardExtents {
      let x = start(count)
      let gradient = x[1].map { 0.5 * $0 }
      let square = zip(x[3], gradient).map { 0.75 * $0 + 0.25 * $1 * $1 }
      let parameters = (0..<count).map { i -> Double in
        let direction: Double = gradient[i] / (square[i].squareRoot() + 0.0625)
        return x[0][i] - 0.125 * direction
      }
      var (p, s) = (x[0], x[3])
      ck_rmsprop_f64(Int64(count), &p, x[1], &s, 0.125, 0.75, 0.0625, 0.5)
      #expect(close(p, parameters) && close(s, square))
      var (single, state) = (x[0].map { Float($0) }, x[3].map { Float($0) })
      ck_rmsprop_f32(
        Int64(count), &single, x[1].map { Float($0) }, &state, 0.125, 0.75, 0.0625, 0.5)
      #expect(close(single, parameters) && close(state, square))
    }
  }

  @Test func `Adam corrects both moments before the step`() {
    for count in awkwardExtents {
      let x = start(count)
      let gradient = x[1].map { 0.5 * $0 }
      let first = zip(x[2], gradient).map { 0.75 * $0 + 0.25 * $1 }
      let second = zip(x[3], gradient).map { 0.875 * $0 + 0.125 * $1 * $1 }
      let parameters = (0..<count).map { i -> Double in
        let root: Double = (second[i] / 0.3).squareRoot()
        let direction: Double = first[i] / 0.4 / (root + 0.0625)
        return x[0][i] - 0.125 * direction
      }
      var (p, m, v) = (x[0], x[2], x[3])
      ck_adam_f64(Int64(count), &p, x[1], &m, &v, 0.125, 0.75, 0.875, 0.0625, 0.4, 0.3, 0.5)
      #expect(close(p, parameters) && close(m, first) && close(v, second))
      var single = x[0].map { Float($0) }
      var (mean, square) = (x[2].map { Float($0) }, x[3].map { Float($0) })
      ck_adam_f32(
        Int64(count), &single, x[1].map { Float($0) }, &mean, &square, 0.125, 0.75, 0.875, 0.0625,
        0.4, 0.3, 0.5)
      #expect(close(single, parameters) && close(mean, first) && close(square, second))
    }
  }

  @Test func `sums of squares, accumulation and moments agree with plain loops`() {
    for count in awkwardExtents {
      let x = start(count)
      let single = x.map { $0.map { Float($0) } }
      let norm = x[1].reduce(0) { $0 + $1 * $1 }
      #expect(abs(ck_sum_of_squares_f32(Int64(count), single[1]) - norm) <= 1e-14 * norm)
      #expect(abs(ck_sum_of_squares_f64(Int64(count), x[1]) - norm) <= 1e-14 * norm)

      let total = zip(x[0], x[1]).map { $0 + 0.3 * $1 }
      var (double, float) = (x[0], single[0])
      ck_accumulate_f64(Int64(count), &double, x[1], 0.3)
      ck_accumulate_f32(Int64(count), &float, single[1], 0.3)
      #expect(close(double, total) && close(float, total))

      let mean = zip(x[2], x[1]).map { 0.9 * $0 + 0.1 * $1 }
      let square = zip(x[3], x[1]).map { 0.9 * $0 + 0.1 * $1 * $1 }
      var (m, s) = (x[2], x[3])
      ck_moments_f64(Int64(count), &m, &s, x[1], 0.9)
      #expect(close(m, mean) && close(s, square))
      var (floatMean, floatSquare) = (single[2], single[3])
      ck_moments_f32(Int64(count), &floatMean, &floatSquare, single[1], 0.9)
      #expect(close(floatMean, mean) && close(floatSquare, square))
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `the first number that is not finite is found`(bad: Double) {
    for count in awkwardExtents + [255, 256, 257, 1000] {
      var x = [Double](repeating: 1e300, count: count)
      #expect(ck_first_non_finite_f64(Int64(count), x) == -1)
      for position in Set([0, count / 2, count - 1]) {
        x[count - 1] = bad
        let before = x[position]
        x[position] = bad
        #expect(ck_first_non_finite_f64(Int64(count), x) == Int64(position))
        // 1e300 is infinite as a Float.
        let single = x.map { $0 == 1e300 ? Float.greatestFiniteMagnitude : Float($0) }
        #expect(ck_first_non_finite_f32(Int64(count), single) == Int64(position))
        x[position] = before
        x[count - 1] = 1e300
      }
    }
  }

  @Test func `a step without bias correction is noticed`() {
    let x = start(8)
    var (p, m, v) = (x[0], x[2], x[3])
    ck_adam_f64(8, &p, x[1], &m, &v, 0.125, 0.75, 0.875, 0.0625, 0.4, 0.3, 1)
    let uncorrected = (0..<8).map { i -> Double in
      let direction: Double = m[i] / (v[i].squareRoot() + 0.0625)
      return x[0][i] - 0.125 * direction
    }
    #expect(largestError(p, uncorrected, floor: 1) > 1e-4)
  }
}
