import CKernels
import Foundation
import Testing

@Suite struct KernelTestsReductions {
  private struct Case {
    let kernel: Kernel
    let start: Double
    let combine: (Double, Double) -> Double
  }

  private var cases: [Case] {
    [
      Case(kernel: Kernel("sum", ck_sum_f32, ck_sum_f64), start: 0, combine: +),
      Case(kernel: Kernel("max", ck_max_f32, ck_max_f64), start: -.infinity) { max($0, $1) },
      Case(kernel: Kernel("min", ck_min_f32, ck_min_f64), start: .infinity) { min($0, $1) },
    ]
  }

  private func run<Scalar: BinaryFloatingPoint>(
    _ kernel: Kernel, _ x: [Double], rows: Int, depth: Int, cols: Int, range: Range<Int>? = nil,
    _: Scalar.Type
  ) -> [Double] {
    let output = [Double](repeating: -7, count: rows * cols)
    return KernelRunner<Scalar>.run(kernel, operands: [x], output: output, rows: range) {
      $0.rows = Int64(rows)
      $0.depth = Int64(depth)
      $0.cols = Int64(cols)
      $0.out_row_bytes = Int64(cols * MemoryLayout<Scalar>.size)
      $0.in_row_bytes.0 = Int64(depth * cols * MemoryLayout<Scalar>.size)
    }
  }

  private func check<Scalar: BinaryFloatingPoint>(_: Scalar.Type) {
    var numbers = TestNumbers(seed: 17)
    for test in cases {
      for rows in [1, 3, 17] {
        for depth in awkwardExtents + [300] {
          for cols in awkwardExtents where rows * depth * cols < 5000 {
            let x = KernelRunner<Scalar>.rounded(numbers.array(rows * depth * cols))
            let expected = (0..<rows * cols).map { index in
              (0..<depth).reduce(test.start) { total, p in
                test.combine(total, x[(index / cols * depth + p) * cols + index % cols])
              }
            }
            let got = run(test.kernel, x, rows: rows, depth: depth, cols: cols, Scalar.self)
            #expect(
              largestError(got, expected, floor: 1)
                <= KernelRunner<Scalar>.tolerance(1 + Double(depth) / 4),
              "\(test.kernel.name) \(rows)×\(depth)×\(cols)")
            guard rows > 1 else { continue }
            let part = run(
              test.kernel, x, rows: rows, depth: depth, cols: cols, range: 1..<rows, Scalar.self)
            #expect(Array(part[cols...]) == Array(got[cols...]))
            #expect(part[..<cols].allSatisfy { $0 == -7 })
          }
        }
      }
    }
  }

  @Test func `reductions agree with plain loops in single precision, whole and by row ranges`() {
    check(Float.self)
  }

  @Test func `reductions agree with plain loops in double precision, whole and by row ranges`() {
    check(Double.self)
  }

  @Test func `a maximum passes NaN on wherever it stands`() {
    for position in [0, 1, 31, 32, 63, 64] {
      var x = [Double](repeating: 1, count: 65)
      x[position] = .nan
      for test in cases {
        #expect(run(test.kernel, x, rows: 1, depth: 65, cols: 1, Float.self)[0].isNaN)
      }
    }
  }

  private var logSumExp: Kernel { Kernel("lse", ck_log_sum_exp_f32, ck_log_sum_exp_f64) }

  private func checkLogSumExp<Scalar: BinaryFloatingPoint>(_: Scalar.Type) {
    var numbers = TestNumbers(seed: 19)
    for rows in [1, 2, 17, 300] {
      for depth in awkwardExtents + [511, 1100] where rows * depth < 5000 {
        let x = KernelRunner<Scalar>.rounded(numbers.array(rows * depth, scale: 30))
        let expected = (0..<rows).map { i in
          let row = x[i * depth..<(i + 1) * depth]
          let top = row.max() ?? 0
          return top + log(row.reduce(0) { $0 + exp($1 - top) })
        }
        let got = run(logSumExp, x, rows: rows, depth: depth, cols: 1, Scalar.self)
        #expect(
          largestError(got, expected, floor: 1) <= KernelRunner<Scalar>.tolerance(8),
          "\(rows)×\(depth)")
        guard rows > 1 else { continue }
        let part = run(
          logSumExp, x, rows: rows, depth: depth, cols: 1, range: 1..<rows, Scalar.self)
        #expect(Array(part[1...]) == Array(got[1...]))
      }
    }
  }

  @Test func `log-sum-exp agrees with plain loops, whole and by row ranges`() {
    checkLogSumExp(Float.self)
    checkLogSumExp(Double.self)
  }

  @Test func `log-sum-exp of extreme rows is what mathematics says`() {
    let infinity = Double.infinity
    let x: [Double] = [
      1000, 1000, -1000, -1000, -infinity, -infinity, infinity, 0, -infinity, 3, .nan, 1,
    ]
    let got = run(logSumExp, x, rows: 6, depth: 2, cols: 1, Float.self)
    let expected = [1000 + log(2), -1000 + log(2), -infinity, infinity, 3, .nan]
    #expect(largestError(got, expected) <= KernelRunner<Float>.tolerance(2))
  }
}
