import CKernels

/// The width of the vectors that programs run on.
///
/// The widest that the processor has, unless the environment variable `RELAXRL_VECTOR_BITS` names a narrower
/// one, which is how a run of another machine is reproduced or compared. Of the widths 256 and 512 give
/// the same bits, as does arm64; 128 on x86-64 is the baseline without fused multiply-adds, whose
/// results differ in their last bits.
public enum VectorWidth {
  /// Bits of a vector.
  public static var bits: Int { Int(ck_vector_bits()) }

  /// Whether a · b + c is rounded once.
  ///
  /// Results are the same bits on all machines where it is, and on all where it is not.
  public static var fusesMultiplyAdds: Bool { ck_fuses_multiply_adds() != 0 }

  /// - Throws: `VectorWidthError` when `RELAXRL_VECTOR_BITS` is no width, or one that the processor lacks.
  public static func check() throws(VectorWidthError) {
    if let refused = ck_refused_vector_bits() {
      throw VectorWidthError(value: String(cString: refused), widest: Int(ck_widest_vector_bits()))
    }
  }
}

/// A value of `RELAXRL_VECTOR_BITS` that cannot be had.
public struct VectorWidthError: Error, CustomStringConvertible, Equatable {
  /// What the variable holds.
  public let value: String
  /// The widest vectors that the processor has, in bits.
  public let widest: Int

  /// What is wrong, and what would be right.
  public var description: String {
    let widths = [128, 256, 512].filter { $0 <= widest }.map { "\($0)" }
    let known = ["128", "256", "512"].contains(value)
    return "RELAXRL_VECTOR_BITS is '\(value)', "
      + (known
        ? "but this processor has no vectors of \(value) bits" : "which is no width of vectors")
      + ". It has \(widths.joined(separator: ", ")); without the variable the widest is used."
  }
}
