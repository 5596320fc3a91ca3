import CKernels
import Foundation
import Testing

private var matmul: Kernel { Kernel("matmul", ck_matmul_f32, ck_matmul_f64) }

private struct Product {
  var rows: Int
  var cols: Int
  var depth: Int
  var flags: Int
  var activation: Int

  func flag(_ bit: Int) -> Bool { flags & bit != 0 }

  func reference(_ a: [Double], _ b: [Double], _ bias: [Double], _ before: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: rows * cols)
    for i in 0..<rows {
      for j in 0..<cols {
        var sum = flag(CK_ACCUMULATE) ? before[i * cols + j] : 0
        if flag(CK_BIAS) { sum += bias[j] }
        for p in 0..<depth {
          let x = flag(CK_TRANSPOSE_A) ? a[p * rows + i] : a[i * depth + p]
          let y = flag(CK_TRANSPOSE_B) ? b[j * depth + p] : b[p * cols + j]
          sum += x * y
        }
        result[i * cols + j] = activated(sum)
      }
    }
    return result
  }

  private func activated(_ x: Double) -> Double {
    switch activation {
    case 1: tanh(x)
    case 2: max(x, 0)
    case 3: x > 0 ? x : expm1(x)
    case 4: 1 / (1 + exp(-x))
    case 5: log1p(exp(x))
    default: x
    }
  }
}

@Suite struct KernelTestsMatmul {
  /// Operands of one product in [-1, 1): A, B, bias, what was in the output.
  private func operands<Scalar: BinaryFloatingPoint>(
    _ product: Product, _: Scalar.Type
  ) -> [[Double]] {
    var numbers = TestNumbers(seed: UInt64(product.rows * 977 + product.cols * 31 + product.depth))
    return [
      product.rows * product.depth, product.depth * product.cols, product.cols,
      product.rows * product.cols,
    ].map { KernelRunner<Scalar>.rounded(numbers.array($0)) }
  }

  private func run<Scalar: BinaryFloatingPoint>(
    _ product: Product, _ x: [[Double]], rows: Range<Int>? = nil, _: Scalar.Type
  ) -> [Double] {
    KernelRunner<Scalar>.run(matmul, operands: Array(x[0..<3]), output: x[3], rows: rows) {
      $0.rows = Int64(product.rows)
      $0.cols = Int64(product.cols)
      $0.depth = Int64(product.depth)
      $0.flags = Int32(product.flags)
      $0.activation = Int32(product.activation)
      $0.out_row_bytes = Int64(product.cols * MemoryLayout<Scalar>.size)
      $0.in_row_bytes.0 = Int64(product.depth * MemoryLayout<Scalar>.size)
    }
  }

  /// Every combination of flags on shapes that leave every kind of remainder.
  private func products(_ extents: [Int]) -> [Product] {
    var all: [Product] = []
    for rows in extents {
      for cols in extents {
        for (index, depth) in extents.enumerated() {
          for flags in 0..<16 {
            let activation = (rows + cols + index + flags) % 6
            all.append(
              Product(rows: rows, cols: cols, depth: depth, flags: flags, activation: activation))
          }
        }
      }
    }
    return all
  }

  private func check<Scalar: BinaryFloatingPoint>(_ list: [Product], _: Scalar.Type) {
    for product in list {
      let x = operands(product, Scalar.self)
      let expected = product.reference(x[0], x[1], x[2], x[3])
      let tolerance = KernelRunner<Scalar>.tolerance(4 + Double(product.depth) / 2)
      let error = largestError(run(product, x, Scalar.self), expected, floor: 1)
      #expect(error <= tolerance, "\(product): \(error)")
    }
  }

  @Test func `single precision agrees with plain loops for every combination of flags`() {
    check(products([1, 2, 3, 5, 8, 17]), Float.self)
  }

  @Test func `double precision agrees with plain loops for every combination of flags`() {
    check(products([1, 4, 7, 9, 16]), Double.self)
  }

  @Test func `depths and widths beyond one block agree with plain loops`() {
    var list: [Product] = []
    for (rows, cols, depth) in [
      (65, 64, 65), (15, 65, 300), (33, 7, 517), (5, 3, 2100), (7, 260, 300), (300, 5, 17),
      (61, 130, 65), (7, 600, 9), (3, 200, 400), (65, 700, 650), (100, 33, 700),
    ] {
      for flags in 0..<16 {
        list.append(Product(rows: rows, cols: cols, depth: depth, flags: flags, activation: 1))
      }
    }
    check(list, Float.self)
    check(list, Double.self)
  }

  private func checkRowRanges<Scalar: BinaryFloatingPoint>(_: Scalar.Type) {
    var list = products([3, 8, 17, 31]).filter { !$0.flag(CK_TRANSPOSE_A) }
    list.append(Product(rows: 130, cols: 130, depth: 300, flags: 8, activation: 1))
    list.append(Product(rows: 130, cols: 130, depth: 300, flags: 2, activation: 0))
    for product in list {
      let x = operands(product, Scalar.self)
      let whole = run(product, x, Scalar.self)
      let rows = product.rows
      for range in [0..<1, rows / 3..<rows, 1..<max(2, rows - 1), rows - 1..<rows] {
        let part = run(product, x, rows: range, Scalar.self)
        let cells = range.lowerBound * product.cols..<range.upperBound * product.cols
        #expect(Array(part[cells]) == Array(whole[cells]), "\(product) \(range)")
        #expect(Array(part[..<cells.lowerBound]) == Array(x[3][..<cells.lowerBound]))
        #expect(Array(part[cells.upperBound...]) == Array(x[3][cells.upperBound...]))
      }
    }
  }

  @Test func `a range of rows has the same bits as all rows, and touches no other`() {
    checkRowRanges(Float.self)
    checkRowRanges(Double.self)
  }

  @Test func `a product with the wrong operand transposed is noticed`() {
    let product = Product(rows: 8, cols: 8, depth: 8, flags: 0, activation: 0)
    var wrong = product
    wrong.flags = CK_TRANSPOSE_B
    let x = operands(product, Float.self)
    let expected = wrong.reference(x[0], x[1], x[2], x[3])
    #expect(largestError(run(product, x, Float.self), expected, floor: 1) > 0.1)
  }
}
