import CKernels
import Testing

@Suite struct KernelTestsMovement {
  private var copy: Kernel { Kernel("copy", ck_copy_f32, ck_copy_f64) }

  private func run(
    _ x: [Double], into output: [Double], extent: [Int], from: [Int], to: [Int],
    rows: Range<Int>? = nil
  ) -> [Double] {
    KernelRunner<Float>.run(copy, operands: [x], output: output, rows: rows) {
      $0.extent = (
        Int64(extent[0]), Int64(extent[1]), Int64(extent[2]), Int64(extent[3]), Int64(extent[4])
      )
      $0.in_stride = (
        Int64(from[0]), Int64(from[1]), Int64(from[2]), Int64(from[3]), Int64(from[4])
      )
      $0.out_stride = (Int64(to[0]), Int64(to[1]), Int64(to[2]), Int64(to[3]), Int64(to[4]))
      $0.in_row_bytes.0 = Int64(4 * from[0])
      $0.out_row_bytes = Int64(4 * to[0])
    }
  }

  private func expected(
    _ x: [Double], into output: [Double], extent: [Int], from: [Int], to: [Int],
    rows: Range<Int>? = nil
  ) -> [Double] {
    var result = output
    for i in rows ?? 0..<extent[0] {
      for j in 0..<extent[1] {
        for k in 0..<extent[2] {
          for l in 0..<extent[3] {
            for m in 0..<extent[4] {
              let index = [i, j, k, l, m]
              let source = zip(index, from).map { $0 * $1 }.reduce(0, +)
              let target = zip(index, to).map { $0 * $1 }.reduce(0, +)
              result[target] = x[source]
            }
          }
        }
      }
    }
    return result
  }

  @Test func `strided copies transpose, broadcast, slice and concatenate`() {
    var numbers = TestNumbers(seed: 23)
    // Extents, strides of the input, strides of the output.
    let copies: [([Int], [Int], [Int])] = [
      ([1, 1, 1, 65, 33], [0, 0, 0, 1, 65], [0, 0, 0, 33, 1]),
      ([7, 1, 1, 5, 3], [15, 0, 0, 1, 5], [15, 0, 0, 3, 1]),
      ([9, 1, 1, 1, 17], [17, 0, 0, 0, 1], [40, 0, 0, 0, 1]),
      ([9, 1, 1, 1, 17], [40, 0, 0, 0, 1], [17, 0, 0, 0, 1]),
      ([9, 1, 1, 1, 16], [1, 0, 0, 0, 0], [16, 0, 0, 0, 1]),
      ([9, 1, 1, 1, 16], [0, 0, 0, 0, 1], [16, 0, 0, 0, 1]),
      ([2, 3, 4, 5, 6], [360, 120, 30, 6, 1], [360, 120, 30, 6, 1]),
      ([2, 3, 4, 5, 6], [1, 2, 6, 24, 120], [360, 120, 30, 6, 1]),
      ([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
      ([64, 1, 1, 1, 64], [1, 0, 0, 0, 64], [64, 0, 0, 0, 1]),
    ]
    for (extent, from, to) in copies {
      let x = KernelRunner<Float>.rounded(numbers.array(5000))
      let output = KernelRunner<Float>.rounded(numbers.array(5000))
      let want = expected(x, into: output, extent: extent, from: from, to: to)
      #expect(run(x, into: output, extent: extent, from: from, to: to) == want)
      guard extent[0] > 2 else { continue }
      let rows = 1..<extent[0] - 1
      let part = expected(x, into: output, extent: extent, from: from, to: to, rows: rows)
      #expect(run(x, into: output, extent: extent, from: from, to: to, rows: rows) == part)
    }
  }

  private func check<Scalar: BinaryFloatingPoint>(_: Scalar.Type) {
    for (rows, depth) in [(1, 1), (3, 2), (17, 5), (65, 33)] {
      var numbers = TestNumbers(seed: UInt64(rows))
      let table = KernelRunner<Scalar>.rounded(numbers.array(rows * depth))
      let indices = (0..<rows).map { Double(($0 * 7) % depth) }
      func run(_ kernel: Kernel, _ operands: [[Double]], cols: Int = 1) -> [Double] {
        let output = [Double](repeating: -7, count: rows * cols)
        return KernelRunner<Scalar>.run(kernel, operands: operands, output: output) {
          $0.rows = Int64(rows)
          $0.depth = Int64(depth)
          $0.cols = Int64(cols)
          $0.scalar = 2.5
        }
      }
      let gathered = run(Kernel("gather", ck_gather_f32, ck_gather_f64), [table, indices])
      #expect(gathered == (0..<rows).map { table[$0 * depth + Int(indices[$0])] })
      let largest = run(Kernel("arg_max", ck_arg_max_f32, ck_arg_max_f64), [table])
      #expect(
        largest
          == (0..<rows).map { i in
            let row = table[i * depth..<(i + 1) * depth]
            return Double(row.firstIndex(of: row.max() ?? 0).map { $0 - i * depth } ?? -1)
          })
      let hot = run(
        Kernel("one_hot", ck_one_hot_f32, ck_one_hot_f64), [indices], cols: depth)
      #expect(
        hot == (0..<rows * depth).map { Double($0 % depth) == indices[$0 / depth] ? 1 : 0 })
      let filled = run(Kernel("fill", ck_fill_f32, ck_fill_f64), [], cols: depth)
      #expect(filled.allSatisfy { $0 == 2.5 })
    }
  }

  @Test func `gather, arg-max, one-hot and fill agree with plain loops`() {
    check(Float.self)
    check(Double.self)
  }

  @Test func `gathering outside the row gives NaN`() {
    let indices: [Double] = [-1, 2, .nan, 1]
    let got = KernelRunner<Float>.run(
      Kernel("gather", ck_gather_f32, ck_gather_f64),
      operands: [[1, 2, 3, 4, 5, 6, 7, 8], indices], output: indices
    ) {
      $0.rows = 4
      $0.depth = 2
    }
    #expect(got[0].isNaN && got[1].isNaN && got[2].isNaN)
    #expect(got[3] == 8)
  }

  @Test func `of equal elements the first is the largest`() {
    let got = KernelRunner<Float>.run(
      Kernel("arg_max", ck_arg_max_f32, ck_arg_max_f64), operands: [[1, 3, 3, 2, 2, 2]],
      output: [-7, -7]
    ) {
      $0.rows = 2
      $0.depth = 3
    }
    #expect(got == [1, 0])
  }

  @Test func `flushing to zero can be set, is reported, and can be undone`() {
    let before = ck_set_flush_to_zero(1)
    defer { _ = ck_set_flush_to_zero(before) }
    var step = Float.leastNormalMagnitude
    withUnsafeMutablePointer(to: &step) { ck_accumulate_f32(1, $0, $0, -0.5) }
    #expect(step == 0)
    #expect(ck_set_flush_to_zero(0) == 1)
    step = Float.leastNormalMagnitude
    withUnsafeMutablePointer(to: &step) { ck_accumulate_f32(1, $0, $0, -0.5) }
    #expect(step == Float.leastNormalMagnitude / 2)
    #expect(ck_set_flush_to_zero(0) == 0)
  }
}
