import Differentiation

/// How the processor rounds multiply-adds, on which the last bits of everything that is trained depend.
///
/// With fused multiply-adds the bits are the same for every width of vectors and kind of processor; without,
/// they are others. Checkpoints say which it was.
package enum Arithmetic {
  /// The key of a checkpoint's texts.
  package static let key = "arithmetic"

  /// What this process does.
  package static var current: String {
    VectorWidth.fusesMultiplyAdds ? "fused multiply-adds" : "separate multiply-adds"
  }

  /// What to say before a run goes on.
  ///
  /// - Parameter checkpoint: from which it does.
  /// - Returns: nil where it goes on as it began.
  package static func warning(_ checkpoint: CheckpointFile) -> String? {
    guard let written = checkpoint.state[key], written != current else { return nil }
    return
      "The run was saved on a processor with \(written) and goes on with \(current): its numbers will "
      + "differ in their last bits from those of a run that never changed."
  }
}
