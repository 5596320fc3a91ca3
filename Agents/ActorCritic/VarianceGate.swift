import Networks

/// g = g_V − η (g_V − g_c): control variates as far as they have lowered the variance of earlier gradients.
///
/// η = E⟨g_V, g_V − g_c⟩ / E‖g_V − g_c‖² minimizes the variance, as both have the same mean. Of its estimate from
/// earlier gradients one standard error is left off, so that few of them do not open the gate by chance; it is kept
/// within 0 and 1. A factor that knew its own gradient would bias it.
package struct VarianceGate: Codable, Hashable, Sendable {
  // a = ⟨g_V, g_V − g_c⟩ and s = ‖g_V − g_c‖²: their sums, and those of their products.
  private var along = 0.0
  private var square = 0.0
  private var alongAlong = 0.0
  private var alongSquare = 0.0
  private var squareSquare = 0.0

  /// A gate that lets nothing through before it has seen a gradient.
  package init() {}

  /// η.
  package var share: Double {
    guard square > 0 else { return 0 }
    let ratio = along / square
    // Of a ratio of sums by the delta method: Σ (a − ratio · s)² / (Σ s)².
    let spread = alongAlong - 2 * ratio * alongSquare + ratio * ratio * squareSquare
    return min(max(ratio - max(0, spread).squareRoot() / square, 0), 1)
  }

  /// Multiplies what is known by a memory in [0, 1].
  package mutating func fade(_ memory: Double) {
    along *= memory
    square *= memory
    // Weights of products are squares of weights.
    alongAlong *= memory * memory
    alongSquare *= memory * memory
    squareSquare *= memory * memory
  }

  /// Takes in a gradient without and with control variates.
  ///
  /// - Parameters:
  ///   - plain: g_V.
  ///   - reduced: g_c of the same episodes.
  package mutating func add(plain: [Float], reduced: [Float]) {
    var (a, s) = (0.0, 0.0)
    for (plain, reduced) in zip(plain, reduced) {
      let difference = Double(plain) - Double(reduced)
      a += Double(plain) * difference
      s += difference * difference
    }
    along += a
    square += s
    alongAlong += a * a
    alongSquare += a * s
    squareSquare += s * s
  }

  /// The gated gradient.
  package func combined(plain: [Float], reduced: [Float]) -> [Float] {
    let share = Float(share)
    return zip(plain, reduced).map { $0 - share * ($0 - $1) }
  }

  /// Says what cannot be a gate's; nil if nothing is.
  var fault: String? {
    let sums = [along, square, alongAlong, alongSquare, squareSquare]
    let isPossible =
      sums.allSatisfy(\.isFinite) && square >= 0 && alongAlong >= 0 && squareSquare >= 0
    return isPossible ? nil : "its gate is not that of gradients."
  }
}
