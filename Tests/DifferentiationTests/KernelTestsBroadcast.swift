import CKernels
import Testing

private struct Case {
  let kernel: Kernel
  let count: Int
  let reference: ([Double]) -> Double
}

/// How an operand is laid out over [rows, cols].
private enum Layout: CaseIterable {
  case dense, row, column, number, paddedRows, stridedColumn

  func strides(cols: Int) -> (row: Int, col: Int) {
    switch self {
    case .dense: (cols, 1)
    case .row: (0, 1)
    case .column: (1, 0)
    case .number: (0, 0)
    case .paddedRows: (cols + 3, 1)
    case .stridedColumn: (3, 0)
    }
  }
}

private var cases: [Case] {
  [
    Case(kernel: Kernel("add", ck_add_f32, ck_add_f64), count: 2) { $0[0] + $0[1] },
    Case(kernel: Kernel("subtract", ck_subtract_f32, ck_subtract_f64), count: 2) { $0[0] - $0[1] },
    Case(kernel: Kernel("multiply", ck_multiply_f32, ck_multiply_f64), count: 2) { $0[0] * $0[1] },
    Case(kernel: Kernel("divide", ck_divide_f32, ck_divide_f64), count: 2) { $0[0] / $0[1] },
    Case(kernel: Kernel("minimum", ck_minimum_f32, ck_minimum_f64), count: 2) {
      min($0[0], $0[1])
    },
    Case(kernel: Kernel("maximum", ck_maximum_f32, ck_maximum_f64), count: 2) {
      max($0[0], $0[1])
    },
    Case(kernel: Kernel("greater", ck_greater_f32, ck_greater_f64), count: 2) {
      $0[0] > $0[1] ? 1 : 0
    },
    Case(kernel: Kernel("greater_equal", ck_greater_equal_f32, ck_greater_equal_f64), count: 2) {
      $0[0] >= $0[1] ? 1 : 0
    },
    Case(kernel: Kernel("equal", ck_equal_f32, ck_equal_f64), count: 2) {
      $0[0] == $0[1] ? 1 : 0
    },
    Case(kernel: Kernel("tanh_gradient", ck_tanh_gradient_f32, ck_tanh_gradient_f64), count: 2) {
      $0[0] * (1 - $0[1] * $0[1])
    },
    Case(
      kernel: Kernel("sigmoid_gradient", ck_sigmoid_gradient_f32, ck_sigmoid_gradient_f64),
      count: 2
    ) { $0[0] * $0[1] * (1 - $0[1]) },
    Case(kernel: Kernel("relu_gradient", ck_relu_gradient_f32, ck_relu_gradient_f64), count: 2) {
      $0[1] > 0 ? $0[0] : 0
    },
    Case(kernel: Kernel("elu_gradient", ck_elu_gradient_f32, ck_elu_gradient_f64), count: 2) {
      $0[1] > 0 ? $0[0] : $0[0] * ($0[1] + 1)
    },
    Case(kernel: Kernel("select", ck_select_f32, ck_select_f64), count: 3) {
      $0[0] != 0 ? $0[1] : $0[2]
    },
    Case(kernel: Kernel("multiply_add", ck_multiply_add_f32, ck_multiply_add_f64), count: 3) {
      $0[0] * $0[1] + $0[2]
    },
    Case(kernel: Kernel("tanh_curvature", ck_tanh_curvature_f32, ck_tanh_curvature_f64), count: 3) {
      -2 * $0[0] * $0[1] * $0[2]
    },
  ]
}

@Suite struct KernelTestsBroadcast {
  /// Multiples of 1/4 in [-2, 2], so that equal and zero operands occur.
  private func values(_ count: Int, _ numbers: inout TestNumbers) -> [Double] {
    (0..<count).map { _ in (numbers.next() * 8).rounded() / 4 }
  }

  private func expected(
    _ test: Case, _ x: [[Double]], _ strides: [(row: Int, col: Int)], rows: Int, cols: Int
  ) -> [Double] {
    (0..<rows * cols).map { index in
      let (i, j) = (index / cols, index % cols)
      return test.reference((0..<x.count).map { x[$0][i * strides[$0].row + j * strides[$0].col] })
    }
  }

  private func run<Scalar: BinaryFloatingPoint>(
    _ test: Case, _ x: [[Double]], _ strides: [(row: Int, col: Int)], rows: Int, cols: Int,
    inPlace: Bool = false, range: Range<Int>? = nil, _: Scalar.Type
  ) -> [Double] {
    let size = MemoryLayout<Scalar>.size
    let output = [Double](repeating: -7, count: rows * cols)
    return KernelRunner<Scalar>.run(
      test.kernel, operands: x, output: output, inPlace: inPlace, rows: range
    ) {
      $0.rows = Int64(rows)
      $0.cols = Int64(cols)
      $0.row_stride.0 = Int64(strides[0].row)
      $0.col_stride.0 = Int64(strides[0].col)
      $0.row_stride.1 = Int64(strides[1].row)
      $0.col_stride.1 = Int64(strides[1].col)
      $0.out_row_bytes = Int64(cols * size)
      $0.in_row_bytes.0 = Int64(strides[0].row * size)
      $0.in_row_bytes.1 = Int64(strides[1].row * size)
      if strides.count > 2 {
        $0.row_stride.2 = Int64(strides[2].row)
        $0.col_stride.2 = Int64(strides[2].col)
        $0.in_row_bytes.2 = Int64(strides[2].row * size)
      }
    }
  }

  private func check<Scalar: BinaryFloatingPoint>(
    extents: [(rows: Int, cols: Int)], _: Scalar.Type
  ) {
    var numbers = TestNumbers(seed: 11)
    for (rows, cols) in extents {
      for test in cases {
        for first in Layout.allCases {
          for second in Layout.allCases {
            let third: [Layout] = test.count == 3 ? [.dense, .row, .column, .number] : [.dense]
            for last in third {
              let strides = [first, second, last].prefix(test.count).map { $0.strides(cols: cols) }
              let x = strides.map { values(rows * max($0.row, 1) + cols + 3, &numbers) }
              let got = run(test, x, strides, rows: rows, cols: cols, Scalar.self)
              let want = expected(test, x, strides, rows: rows, cols: cols)
              let error = largestError(got, want, floor: 1e-3)
              #expect(
                error <= KernelRunner<Scalar>.tolerance(4),
                "\(test.kernel.name) \(rows)×\(cols) \(first) \(second) \(last): \(error)")
            }
          }
        }
      }
    }
  }

  private var extents: [(rows: Int, cols: Int)] {
    [
      (1, 1), (1, 17), (17, 1), (3, 2), (33, 3), (65, 5), (8, 8), (31, 7), (5, 16), (3, 33),
      (7, 64), (300, 2), (2, 600),
    ]
  }

  @Test func `every broadcast agrees with plain loops in single precision`() {
    check(extents: extents, Float.self)
  }

  @Test func `every broadcast agrees with plain loops in double precision`() {
    check(extents: extents, Double.self)
  }

  @Test func `the output may be the first operand's memory`() {
    var numbers = TestNumbers(seed: 5)
    for test in cases {
      for (rows, cols) in extents {
        for layout in [Layout.dense, .row, .column, .number] {
          let strides = [Layout.dense, layout, layout].prefix(test.count).map {
            $0.strides(cols: cols)
          }
          // Only the dense part: the output is read back from it.
          var x = strides.map { values(rows * max($0.row, 1) + cols, &numbers) }
          x[0] = Array(x[0].prefix(rows * cols))
          let got = run(test, x, strides, rows: rows, cols: cols, inPlace: true, Float.self)
          let want = expected(test, x, strides, rows: rows, cols: cols)
          #expect(largestError(got, want, floor: 1e-3) <= KernelRunner<Float>.tolerance(4))
        }
      }
    }
  }

  @Test func `a range of rows has the same bits as all rows`() {
    var numbers = TestNumbers(seed: 7)
    for test in cases {
      for (rows, cols) in extents where rows > 2 {
        for layout in [Layout.dense, .row, .column, .number] {
          let strides = [layout, .dense, .row].prefix(test.count).map { $0.strides(cols: cols) }
          let x = strides.map { values(rows * max($0.row, 1) + cols, &numbers) }
          let whole = run(test, x, strides, rows: rows, cols: cols, Float.self)
          let range = 1..<rows - 1
          let part = run(test, x, strides, rows: rows, cols: cols, range: range, Float.self)
          let cells = range.lowerBound * cols..<range.upperBound * cols
          #expect(largestError(Array(part[cells]), Array(whole[cells])) == 0)
          #expect(part[..<cells.lowerBound].allSatisfy { $0 == -7 })
          #expect(part[cells.upperBound...].allSatisfy { $0 == -7 })
        }
      }
    }
  }

  @Test func `NaN in either operand of a minimum or maximum is passed on`() {
    for name in ["minimum", "maximum"] {
      for test in cases where test.kernel.name == name {
        let x: [[Double]] = [[.nan, 1, .nan, 1], [1, .nan, .nan, 2]]
        let y = run(test, x, [(4, 1), (4, 1)], rows: 1, cols: 4, Float.self)
        #expect(y[0].isNaN && y[1].isNaN && y[2].isNaN && !y[3].isNaN)
      }
    }
  }

  @Test func `a row read as a column is noticed`() {
    var numbers = TestNumbers(seed: 13)
    let x = [values(64, &numbers), values(64, &numbers)]
    for test in cases where test.kernel.name == "add" {
      let got = run(test, x, [(8, 1), (0, 1)], rows: 8, cols: 8, Float.self)
      let wrong = expected(test, x, [(8, 1), (1, 0)], rows: 8, cols: 8)
      #expect(largestError(got, wrong, floor: 1) > 0.1)
    }
  }
}
