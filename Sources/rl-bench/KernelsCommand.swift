import ArgumentParser
import CKernels

/// Speed of the numeric kernels on one core, beside OpenBLAS where it has the same operation.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Matrix products against OpenBLAS; nanoseconds per element.")

  /// Rows, depth and columns of the products that small networks are made of.
  private static let shapes: [(rows: Int64, depth: Int64, cols: Int64)] = [
    (64, 64, 64), (8, 64, 64), (40, 64, 64), (512, 64, 64), (512, 256, 256), (40, 4, 64),
    (40, 64, 2), (40, 64, 1), (40, 1, 64), (64, 40, 64), (64, 40, 2), (512, 17, 256),
    (512, 256, 6),
  ]

  func run() {
    _ = ck_set_flush_to_zero(1)
    let count = 512 * 256
    var numbers = [Float](repeating: 0, count: count)
    for index in 0..<count { numbers[index] = Float(index % 251) / 251 - 0.5 }
    var output = [Float](repeating: 0, count: count)
    numbers.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { result in
        var step = ck_instruction()
        step.in.0 = input.baseAddress
        step.in.1 = input.baseAddress
        step.out = result.baseAddress
        products(&step)
        elementwise(&step)
      }
    }
  }

  private func products(_ step: inout ck_instruction) {
    step.kernel = ck_matmul_f32
    for (rows, depth, cols) in Self.shapes {
      for (name, flags) in [("NN", 0), ("NT", CK_TRANSPOSE_B), ("TN", CK_TRANSPOSE_A)] {
        step.rows = rows
        step.depth = depth
        step.cols = cols
        let work = 2 * Double(rows * depth * cols)
        // In turns, because the machine's speed changes over minutes.
        var own = Double.infinity
        var blas = Double.infinity
        for _ in 0..<5 {
          step.flags = Int32(flags | CK_GEMM_OWN)
          own = min(own, nanoseconds(step))
          step.flags = Int32(flags | CK_GEMM_BLAS)
          blas = min(blas, nanoseconds(step))
        }
        print(
          """
          {"benchmark": "matmul", "case": "\(name)", "rows": \(rows), "depth": \(depth), \
          "cols": \(cols), "own_gflops": \(rounded(work / own)), \
          "openblas_gflops": \(rounded(work / blas))}
          """)
      }
    }
    step.flags = 0
  }

  private func elementwise(_ step: inout ck_instruction) {
    let kernels: [(String, ck_kernel)] = [
      ("tanh", ck_tanh_f32), ("exp", ck_exp_f32), ("log", ck_log_f32), ("log1p", ck_log1p_f32),
      ("expm1", ck_expm1_f32), ("sigmoid", ck_sigmoid_f32), ("softplus", ck_softplus_f32),
      ("elu", ck_elu_f32), ("relu", ck_relu_f32), ("multiply", ck_multiply_f32),
      ("tanh_gradient", ck_tanh_gradient_f32),
    ]
    step.rows = 40
    step.cols = 64
    step.row_stride.0 = 64
    step.row_stride.1 = 64
    step.col_stride.0 = 1
    step.col_stride.1 = 1
    for (name, kernel) in kernels {
      step.kernel = kernel
      let time = (0..<5).map { _ in nanoseconds(step) }.min() ?? .nan
      print(
        """
        {"benchmark": "elementwise", "kernel": "\(name)", "elements": 2560, \
        "ns_per_element": \(rounded(time / 2560))}
        """)
    }
  }

  /// Time of one run, over repetitions that take about two milliseconds.
  private func nanoseconds(_ step: ck_instruction) -> Double {
    let clock = ContinuousClock()
    var repetitions = 1
    while true {
      let elapsed = clock.measure {
        for _ in 0..<repetitions { withUnsafePointer(to: step) { ck_run($0, 1) } }
      }
      if elapsed > .milliseconds(2) { return elapsed / .nanoseconds(1) / Double(repetitions) }
      repetitions *= 2
    }
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
