import CKernels
import Foundation
import Testing

private struct UnaryCase {
  let kernel: Kernel
  let reference: (Double) -> Double
  var domain: (Double) -> Double = { $0 }
}

private func logisticSigmoid(_ x: Double) -> Double {
  x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}

private var unaryCases: [UnaryCase] {
  [
    UnaryCase(kernel: Kernel("negate", ck_negate_f32, ck_negate_f64), reference: { -$0 }),
    UnaryCase(kernel: Kernel("exp", ck_exp_f32, ck_exp_f64), reference: { exp($0) }),
    UnaryCase(
      kernel: Kernel("log", ck_log_f32, ck_log_f64), reference: { log($0) }, domain: { abs($0) }),
    UnaryCase(
      kernel: Kernel("log1p", ck_log1p_f32, ck_log1p_f64), reference: { log1p($0) },
      domain: { $0 < -1 ? -$0 : $0 }),
    UnaryCase(kernel: Kernel("expm1", ck_expm1_f32, ck_expm1_f64), reference: { expm1($0) }),
    UnaryCase(kernel: Kernel("tanh", ck_tanh_f32, ck_tanh_f64), reference: { tanh($0) }),
    UnaryCase(
      kernel: Kernel("sigmoid", ck_sigmoid_f32, ck_sigmoid_f64), reference: logisticSigmoid),
    UnaryCase(
      kernel: Kernel("softplus", ck_softplus_f32, ck_softplus_f64),
      reference: { max($0, 0) + log1p(exp(-abs($0))) }),
    UnaryCase(kernel: Kernel("relu", ck_relu_f32, ck_relu_f64), reference: { $0 > 0 ? $0 : 0 }),
    UnaryCase(
      kernel: Kernel("elu", ck_elu_f32, ck_elu_f64), reference: { $0 > 0 ? $0 : expm1($0) }),
    UnaryCase(kernel: Kernel("square", ck_square_f32, ck_square_f64), reference: { $0 * $0 }),
    UnaryCase(
      kernel: Kernel("sqrt", ck_sqrt_f32, ck_sqrt_f64), reference: { $0.squareRoot() },
      domain: { abs($0) }),
    UnaryCase(kernel: Kernel("abs", ck_abs_f32, ck_abs_f64), reference: { abs($0) }),
    UnaryCase(
      kernel: Kernel("reciprocal", ck_reciprocal_f32, ck_reciprocal_f64), reference: { 1 / $0 }),
    UnaryCase(
      kernel: Kernel("sign", ck_sign_f32, ck_sign_f64),
      reference: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
    UnaryCase(kernel: Kernel("step", ck_step_f32, ck_step_f64), reference: { $0 > 0 ? 1 : 0 }),
  ]
}

@Suite struct KernelTestsUnary {
  /// Magnitudes from 1e-6 to 80, both signs.
  private func arguments(_ count: Int, seed: UInt64) -> [Double] {
    var numbers = TestNumbers(seed: seed)
    return (0..<count).map { _ in
      let magnitude = 80 * exp(8 * (numbers.next() - 1))
      return numbers.next() < 0 ? -magnitude : magnitude
    }
  }

  private func check<Scalar: BinaryFloatingPoint>(_: Scalar.Type) {
    typealias Runner = KernelRunner<Scalar>
    for unary in unaryCases {
      for count in awkwardExtents + [1000] {
        let x = Runner.rounded(arguments(count, seed: UInt64(count)).map(unary.domain))
        for inPlace in [false, true] {
          let y = Runner.run(
            unary.kernel, operands: [x], output: x.map { _ in -7 }, inPlace: inPlace
          ) {
            $0.rows = 1
            $0.cols = Int64(count)
          }
          let error = largestError(y, x.map(unary.reference))
          #expect(
            error <= Runner.tolerance(4), "\(unary.kernel.name), \(count) elements: \(error)")
        }
      }
    }
  }

  @Test func `single precision is within four roundings of the exact value`() {
    check(Float.self)
  }

  @Test func `double precision is within four roundings of the exact value`() {
    check(Double.self)
  }

  private func checkSpecialValues<Scalar: BinaryFloatingPoint>(_: Scalar.Type) throws {
    let special: [Double] = [0, .infinity, -.infinity, .nan, 1, -1, 1000, -1000]
    let expected: [String: [Double]] = [
      "exp": [1, .infinity, 0, .nan, exp(1), exp(-1), .infinity, 0],
      "expm1": [0, .infinity, -1, .nan, expm1(1), expm1(-1), .infinity, -1],
      "log": [-.infinity, .infinity, .nan, .nan, 0, .nan, log(1000), .nan],
      "log1p": [0, .infinity, .nan, .nan, log(2), -.infinity, log(1001), .nan],
      "tanh": [0, 1, -1, .nan, tanh(1), tanh(-1), 1, -1],
      "sigmoid": [0.5, 1, 0, .nan, logisticSigmoid(1), logisticSigmoid(-1), 1, 0],
      "softplus": [log(2), .infinity, 0, .nan, log1p(exp(1)), log1p(exp(-1)), 1000, 0],
      "relu": [0, .infinity, 0, .nan, 1, 0, 1000, 0],
      "elu": [0, .infinity, -1, .nan, 1, expm1(-1), 1000, -1],
      "sign": [0, 1, -1, 0, 1, -1, 1, -1],
    ]
    // exp(±1000) overflows Float and Double alike.
    for unary in unaryCases {
      guard let values = expected[unary.kernel.name] else { continue }
      let y = KernelRunner<Scalar>.run(unary.kernel, operands: [special], output: special) {
        $0.rows = 1
        $0.cols = Int64(special.count)
      }
      let error = largestError(y, values)
      #expect(error <= KernelRunner<Scalar>.tolerance(4), "\(unary.kernel.name): \(y)")
    }
  }

  @Test func `infinities, zeros and NaN give what mathematics or IEEE 754 says`() throws {
    try checkSpecialValues(Float.self)
    try checkSpecialValues(Double.self)
  }

  @Test func `the exponential overflows to infinity only past the largest number`() {
    let x = [88.72, 88.73]
    let y = KernelRunner<Float>.run(
      Kernel("exp", ck_exp_f32, ck_exp_f64), operands: [x], output: x
    ) {
      $0.rows = 1
      $0.cols = 2
    }
    #expect(y[0].isFinite)
    #expect(y[1] == .infinity)
  }

  @Test func `scale and offset use the instruction's scalar`() {
    var numbers = TestNumbers(seed: 3)
    for count in awkwardExtents {
      let x = KernelRunner<Float>.rounded(numbers.array(count))
      for (kernel, reference) in [
        (Kernel("scale", ck_scale_f32, ck_scale_f64), x.map { $0 * 1.5 }),
        (Kernel("offset", ck_offset_f32, ck_offset_f64), x.map { $0 + 1.5 }),
      ] {
        let single = KernelRunner<Float>.run(kernel, operands: [x], output: x, inPlace: true) {
          $0.rows = Int64(count)
          $0.cols = 1
          $0.scalar = 1.5
        }
        let double = KernelRunner<Double>.run(kernel, operands: [x], output: x) {
          $0.rows = Int64(count)
          $0.cols = 1
          $0.scalar = 1.5
        }
        #expect(largestError(single, reference, floor: 1) <= KernelRunner<Float>.tolerance(1))
        #expect(double == reference)
      }
    }
  }

  @Test func `a reference that is off by one part in a hundred thousand is noticed`() {
    let x = KernelRunner<Float>.rounded(arguments(100, seed: 1))
    let y = KernelRunner<Float>.run(
      Kernel("tanh", ck_tanh_f32, ck_tanh_f64), operands: [x], output: x
    ) {
      $0.rows = 1
      $0.cols = 100
    }
    let wrong = x.map { tanh($0) * (1 + 1e-5) }
    #expect(largestError(y, wrong) > 10 * KernelRunner<Float>.tolerance(4))
  }
}
