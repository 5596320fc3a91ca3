import CKernels

/// The instructions of one stage: those that all rows share, then the rest.
///
/// Not nested in `Program`, whose scalar type would make it generic: running would then ask the
/// runtime for types, which cost a sixth of a small training step.
struct CompiledStage {
  var shared: [ck_instruction] = []
  var rows: [ck_instruction] = []
  var rowCount: Int?
  /// The operations behind the instructions, in the same order.
  var steps: [CompiledStep] = []

  /// Runs all rows.
  func run() {
    flushingDenormals {
      shared.withUnsafeBufferPointer { ck_run($0.baseAddress, Int64($0.count)) }
      rows.withUnsafeBufferPointer { ck_run($0.baseAddress, Int64($0.count)) }
    }
  }

  /// Runs some rows of the stage with this number.
  func run(rows range: Range<Int>, ofStage number: Int) {
    checkRange(range, ofStage: number)
    flushingDenormals {
      shared.withUnsafeBufferPointer { ck_run($0.baseAddress, Int64($0.count)) }
      rows.withUnsafeBufferPointer {
        ck_run_rows($0.baseAddress, Int64($0.count), Int64(range.lowerBound), Int64(range.count))
      }
    }
  }

  func checkRange(_ range: Range<Int>, ofStage number: Int) {
    guard let rowCount else {
      fatalError("Stage \(number) is not row-wise; run it as a whole.")
    }
    demand(
      range.lowerBound >= 0 && range.upperBound <= rowCount,
      "Stage \(number) has \(rowCount) rows but rows \(range) were asked for.")
  }
}

/// An operation and its instructions, for printing and checking.
struct CompiledStep {
  let operation: Operation
  let instructionCount: Int
  /// Where the result lies.
  let result: UnsafeRawPointer
}

/// Treats denormal numbers as zero meanwhile and then restores the caller's mode.
func flushingDenormals<E: Error>(_ body: () throws(E) -> Void) throws(E) {
  let previous = ck_set_flush_to_zero(1)
  defer { if previous == 0 { _ = ck_set_flush_to_zero(0) } }
  try body()
}
