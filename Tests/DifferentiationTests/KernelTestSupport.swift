import CKernels

/// One kernel in both precisions.
struct Kernel {
  let name: String
  let single: ck_kernel
  let double: ck_kernel

  init(_ name: String, _ single: @escaping ck_kernel, _ double: @escaping ck_kernel) {
    self.name = name
    self.single = single
    self.double = double
  }
}

/// Runs kernels on numbers given in Double, in either precision.
enum KernelRunner<Scalar: BinaryFloatingPoint> {
  /// The numbers as `Scalar` has them, so that a reference sees what the kernel sees.
  static func rounded(_ values: [Double]) -> [Double] { values.map { Double(Scalar($0)) } }

  /// The largest relative error that `units` roundings explain.
  static func tolerance(_ units: Double) -> Double { units * Double(Scalar.ulpOfOne) }

  /// Runs one instruction and returns its output.
  ///
  /// With `inPlace` the first operand's memory is the output too; with a range of rows the
  /// instruction is run by `ck_run_rows` on that range alone.
  static func run(
    _ kernel: Kernel, operands: [[Double]], output: [Double], inPlace: Bool = false,
    rows: Range<Int>? = nil, configure: (inout ck_instruction) -> Void
  ) -> [Double] {
    var owned: [UnsafeMutablePointer<Scalar>] = []
    defer { for pointer in owned { pointer.deallocate() } }
    func copy(_ values: [Double]) -> UnsafeMutablePointer<Scalar> {
      let pointer = UnsafeMutablePointer<Scalar>.allocate(capacity: max(values.count, 1))
      for (index, value) in values.enumerated() { pointer[index] = Scalar(value) }
      owned.append(pointer)
      return pointer
    }
    var step = ck_instruction()
    let inputs = operands.map { UnsafeRawPointer(copy($0)) }
    if inputs.count > 0 { step.in.0 = inputs[0] }
    if inputs.count > 1 { step.in.1 = inputs[1] }
    if inputs.count > 2 { step.in.2 = inputs[2] }
    let out = inPlace ? owned[0] : copy(output)
    step.out = UnsafeMutableRawPointer(out)
    step.kernel = MemoryLayout<Scalar>.size == 4 ? kernel.single : kernel.double
    configure(&step)
    if let rows {
      ck_run_rows(&step, 1, Int64(rows.lowerBound), Int64(rows.count))
    } else {
      ck_run(&step, 1)
    }
    return (0..<output.count).map { Double(out[$0]) }
  }
}

/// A small linear congruential generator: tests need variety, not quality.
struct TestNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

  /// Uniform in [-1, 1).
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-52 - 1
  }

  mutating func array(_ count: Int, scale: Double = 1) -> [Double] {
    (0..<count).map { _ in scale * next() }
  }
}

/// The largest |got - expected| / (|expected| + floor); infinite if one alone is not finite.
func largestError(_ got: [Double], _ expected: [Double], floor: Double = 0) -> Double {
  guard got.count == expected.count else { return .infinity }
  var worst = 0.0
  for (x, y) in zip(got, expected) where !(x == y || (x.isNaN && y.isNaN)) {
    let error = abs(x - y) / (abs(y) + floor)
    worst = error.isFinite ? max(worst, error) : .infinity
  }
  return worst
}

/// Extents that leave every kind of remainder.
let awkwardExtents = [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65]
