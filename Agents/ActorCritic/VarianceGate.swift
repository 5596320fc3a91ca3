import Networks

/// g = g_V − η (g_V − g_c): control variates as far as they have lowered the variance of earlier gradients.
///
/// η = E⟨g_V, g_V − g_c⟩ / E‖g_V − g_c‖² minimizes the variance, as both have the same mean. It is kept within 0
/// and 1 and comes from earlier gradients alone: a factor that knew its own would bias them.
package struct VarianceGate: Codable, Hashable, Sendable {
  private var along = 0.0
  private var square = 0.0

  /// A gate that lets nothing through before it has seen a gradient.
  package init() {}

  /// η.
  package var share: Double { square > 0 ? min(max(along / square, 0), 1) : 0 }

  /// Multiplies what is known by a memory in [0, 1].
  package mutating func fade(_ memory: Double) {
    along *= memory
    square *= memory
  }

  /// Takes in a gradient without and with control variates.
  ///
  /// - Parameters:
  ///   - plain: g_V.
  ///   - reduced: g_c of the same episodes.
  package mutating func add(plain: [Float], reduced: [Float]) {
    for (plain, reduced) in zip(plain, reduced) {
      let difference = Double(plain) - Double(reduced)
      along += Double(plain) * difference
      square += difference * difference
    }
  }

  /// The gated gradient.
  package func combined(plain: [Float], reduced: [Float]) -> [Float] {
    let share = Float(share)
    return zip(plain, reduced).map { $0 - share * ($0 - $1) }
  }

  /// Says what cannot be a gate's; nil if nothing is.
  var fault: String? {
    square >= 0 && square.isFinite && along.isFinite ? nil : "its gate is not that of gradients."
  }
}
