import Glibc

/// OpenBLAS where it is installed, to compare with: loaded when asked for, and nothing links with it.
struct OpenBLAS {
  /// `cblas_sgemm` and `cblas_dgemm`: layout, transpositions, m, n, k, α, A, its row length, B, its row
  /// length, β, C, its row length.
  private typealias SingleProduct =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafeRawPointer?, Int32, UnsafeRawPointer?,
      Int32, Float, UnsafeMutableRawPointer?, Int32
    ) -> Void
  private typealias DoubleProduct =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Double, UnsafeRawPointer?, Int32, UnsafeRawPointer?,
      Int32, Double, UnsafeMutableRawPointer?, Int32
    ) -> Void

  private let single: SingleProduct
  private let double: DoubleProduct
  /// The version, and the kernel that it picked for this processor.
  let name: String

  /// The library, or nil where there is none.
  init?() {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
      let single = dlsym(library, "cblas_sgemm"), let double = dlsym(library, "cblas_dgemm"),
      let threads = dlsym(library, "openblas_set_num_threads"),
      let configuration = dlsym(library, "openblas_get_config")
    else { return nil }
    unsafeBitCast(threads, to: (@convention(c) (Int32) -> Void).self)(1)
    self.single = unsafeBitCast(single, to: SingleProduct.self)
    self.double = unsafeBitCast(double, to: DoubleProduct.self)
    let text = unsafeBitCast(
      configuration, to: (@convention(c) () -> UnsafePointer<CChar>?).self)()
    name = text.map { String(cString: $0) } ?? "OpenBLAS"
  }

  /// One product of the shape that a kernel's instruction has; A or B may be stored transposed.
  func multiply(
    _ shape: ProductShape, isDouble: Bool, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    _ out: UnsafeMutableRawPointer
  ) {
    let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
    let (m, n, k) = (Int32(shape.rows), Int32(shape.cols), Int32(shape.depth))
    let left = shape.transposesLeft ? transposed : plain
    let right = shape.transposesRight ? transposed : plain
    let (leftRow, rightRow) = (shape.transposesLeft ? m : k, shape.transposesRight ? k : n)
    if isDouble {
      double(rowMajor, left, right, m, n, k, 1, a, leftRow, b, rightRow, 0, out, n)
    } else {
      single(rowMajor, left, right, m, n, k, 1, a, leftRow, b, rightRow, 0, out, n)
    }
  }
}
