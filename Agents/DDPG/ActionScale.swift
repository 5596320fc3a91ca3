import ReinforcementLearning

/// The map from ±1, where tanh ends, to the bounds of each component of an action.
package struct ActionScale {
  private let lower: [Float]
  private let upper: [Float]

  /// Number of components, C.
  var count: Int { lower.count }

  /// What an agent with such a policy can act in.
  package static let need = "real-valued actions with finite bounds"

  /// The map to a space; nil where it is none of real numbers or has a bound that is infinite.
  package init?(_ space: Space) {
    guard case .box(let box) = space, !box.elementType.isWholeNumber else { return nil }
    lower = box.lower.map { Float($0) }
    upper = box.upper.map { Float($0) }
    guard (lower + upper).allSatisfy(\.isFinite) else { return nil }
  }

  /// Scales actions `[N, C]` within ±1; the results never leave the bounds, not by rounding either.
  func apply(to actions: [Float], into scaled: inout [Float]) {
    var component = 0
    for index in actions.indices {
      let (low, high) = (lower[component], upper[component])
      // Halves first: the difference of two large bounds may overflow.
      let value = (high / 2 + low / 2) + (high / 2 - low / 2) * actions[index]
      scaled[index] = min(max(value, low), high)
      component = component + 1 == count ? 0 : component + 1
    }
  }
}
