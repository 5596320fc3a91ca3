import ArgumentParser
import CKernels

/// Rows, depth and columns of a product, and which operand is stored transposed.
struct ProductShape {
  var rows: Int
  var depth: Int
  var cols: Int
  var transposesLeft = false
  var transposesRight = false

  var operations: Double { 2 * Double(rows * depth * cols) }
}

/// `rl-bench kernels`: speed of the numeric kernels on one core, beside the processor's limit and, where it
/// is installed, OpenBLAS.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Matrix products beside the limit and OpenBLAS; nanoseconds per element.",
    discussion: """
      Where OpenBLAS is installed (Debian: libopenblas0) each product is measured in turns with it. Its choice \
      of kernel may be fixed by OPENBLAS_CORETYPE: unset that for its best.
      """)

  @Flag(name: .customLong("double"), help: "Double precision instead of single.")
  var isDouble = false

  @Option(help: "Only shapes that contain this text, such as 'NT 8x'.")
  var only = ""

  @Option(
    help: "Times that each product is measured; the best counts, and the median of the ratios.")
  var repeats = 9

  /// What small networks are made of, by rows, depth and columns; then larger ones, and ones that leave
  /// remainders.
  private static let shapes: [(rows: Int, depth: Int, cols: Int)] = [
    (8, 64, 64), (40, 64, 64), (64, 64, 64), (320, 64, 64), (512, 64, 64), (64, 40, 64),
    (64, 320, 64), (40, 4, 64), (320, 4, 64), (40, 64, 2), (320, 64, 2), (40, 64, 1), (40, 1, 64),
    (64, 40, 2), (256, 256, 256), (512, 256, 256), (512, 17, 256), (512, 256, 6), (256, 4, 256),
    (256, 256, 1), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (65, 65, 65),
    (100, 100, 100), (24, 784, 200), (784, 24, 200), (784, 784, 784),
  ]

  func validate() throws {
    guard repeats >= 1 else {
      throw ValidationError("--repeats must be at least 1 but is \(repeats).")
    }
  }

  func run() {
    _ = ck_set_flush_to_zero(1)
    let blas = OpenBLAS()
    var line = JSONLine()
    line.add("benchmark", "limit")
    line.add("vector_bits", Int(ck_vector_bits()))
    for bits in MultiplyAddLimit.widths {
      line.add("gflops_\(bits)", MultiplyAddLimit.measure(bits: bits) / 1e9)
    }
    if let blas { line.add("openblas", blas.name) }
    print(line)
    let count = 2048 * 2048
    withNumbers(count) { left in
      withNumbers(count) { right in
        withNumbers(count) { result in
          products(blas, left, right, result)
          if only.isEmpty && !isDouble { elementwise(left, result) }
        }
      }
    }
  }

  /// Numbers in [−0.5, 0.5], in the precision asked for.
  private func withNumbers(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    func fill<Scalar: BinaryFloatingPoint>(_: Scalar.Type) {
      let numbers = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
      defer { numbers.deallocate() }
      for index in 0..<count {
        (numbers + index).initialize(to: Scalar(index % 251) / 251 - 0.5)
      }
      body(UnsafeMutableRawPointer(numbers))
    }
    isDouble ? fill(Double.self) : fill(Float.self)
  }

  private func products(
    _ blas: OpenBLAS?, _ left: UnsafeMutableRawPointer, _ right: UnsafeMutableRawPointer,
    _ result: UnsafeMutableRawPointer
  ) {
    for (rows, depth, cols) in Self.shapes {
      for (name, left_, right_) in [("NN", false, false), ("NT", false, true), ("TN", true, false)]
      {
        guard only.isEmpty || "\(name) \(rows)x\(depth)x\(cols)".contains(only) else { continue }
        let shape = ProductShape(
          rows: rows, depth: depth, cols: cols, transposesLeft: left_, transposesRight: right_)
        var step = ck_instruction()
        if isDouble { step.kernel = ck_matmul_f64 } else { step.kernel = ck_matmul_f32 }
        (step.rows, step.depth, step.cols) = (Int64(rows), Int64(depth), Int64(cols))
        step.flags = Int32((left_ ? CK_TRANSPOSE_A : 0) | (right_ ? CK_TRANSPOSE_B : 0))
        (step.in.0, step.in.1, step.out) = (UnsafeRawPointer(left), UnsafeRawPointer(right), result)
        measure(name, shape, step, blas)
      }
    }
  }

  private func measure(
    _ name: String, _ shape: ProductShape, _ step: ck_instruction, _ blas: OpenBLAS?
  ) {
    var (own, other, peak, ratios): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    guard let left = step.in.0, let right = step.in.1, let result = step.out else { return }
    // In turns, because the machine's speed changes over minutes.
    for _ in 0..<repeats {
      own.append(
        shape.operations
          / secondsPerCall(atLeast: 2e-4) { withUnsafePointer(to: step) { ck_run($0, 1) } })
      peak.append(MultiplyAddLimit.measure() / (isDouble ? 2 : 1))
      if let blas {
        let seconds = secondsPerCall(atLeast: 2e-4) {
          blas.multiply(shape, isDouble: isDouble, left, right, result)
        }
        other.append(shape.operations / seconds)
        ratios.append(own[own.count - 1] / other[other.count - 1])
      }
    }
    var line = JSONLine()
    line.add("benchmark", isDouble ? "matmul f64" : "matmul f32")
    line.add("case", "\(name) \(shape.rows)x\(shape.depth)x\(shape.cols)")
    let best = own.max() ?? .nan
    line.add("gflops", best / 1e9)
    line.add("share_of_limit", best / (peak.max() ?? .nan))
    if !ratios.isEmpty {
      line.add("openblas_gflops", (other.max() ?? .nan) / 1e9)
      line.add("ratio_to_openblas", median(ratios))
    }
    print(line)
  }

  private func elementwise(_ input: UnsafeMutableRawPointer, _ result: UnsafeMutableRawPointer) {
    let kernels: [(String, ck_kernel)] = [
      ("tanh", ck_tanh_f32), ("exp", ck_exp_f32), ("log", ck_log_f32), ("log1p", ck_log1p_f32),
      ("expm1", ck_expm1_f32), ("sigmoid", ck_sigmoid_f32), ("softplus", ck_softplus_f32),
      ("elu", ck_elu_f32), ("relu", ck_relu_f32), ("multiply", ck_multiply_f32),
      ("tanh_gradient", ck_tanh_gradient_f32),
    ]
    var step = ck_instruction()
    (step.in.0, step.in.1, step.out) = (UnsafeRawPointer(input), UnsafeRawPointer(input), result)
    (step.rows, step.cols) = (40, 64)
    (step.row_stride.0, step.row_stride.1) = (64, 64)
    (step.col_stride.0, step.col_stride.1) = (1, 1)
    for (name, kernel) in kernels {
      step.kernel = kernel
      let seconds = (0..<repeats).map { _ in
        secondsPerCall { withUnsafePointer(to: step) { ck_run($0, 1) } }
      }
      var line = JSONLine()
      line.add("benchmark", "elementwise")
      line.add("kernel", name)
      line.add("elements", 2560)
      line.add("ns_per_element", (seconds.min() ?? .nan) * 1e9 / 2560)
      print(line)
    }
  }
}
