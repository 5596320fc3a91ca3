import RelaxRL

/// Γ by ridge regression of gradients on the features of the same episodes.
struct LinearFuture {
  private var regression: RidgeRegression

  init(_ past: EpisodeGradients) { self.init(past, episodes: past.gradients.indices) }

  private init(_ past: EpisodeGradients, episodes: Range<Int>) {
    regression = RidgeRegression(
      features: past.features.first?.count ?? 0, targets: past.gradients.first?.count ?? 0,
      ridge: RidgeRegression.usualRidge)
    for index in episodes {
      regression.add(past.features[index].map(Double.init), past.gradients[index])
    }
  }

  /// Gradients without what the features say of them.
  func corrected(_ measured: EpisodeGradients) -> [[Float]] {
    zip(measured.gradients, measured.features).map { gradient, features in
      let prediction = regression.prediction(for: features.map(Double.init))
      return zip(gradient, prediction).map { $0 - Float($1) }
    }
  }

  /// The gradients themselves, each without what the other half says of it.
  static func crossFitted(_ past: EpisodeGradients) -> [[Float]] {
    let count = past.gradients.count
    let half = count / 2
    func corrected(_ part: Range<Int>, by other: Range<Int>) -> [[Float]] {
      LinearFuture(past, episodes: other).corrected(
        EpisodeGradients(
          gradients: Array(past.gradients[part]), features: Array(past.features[part])))
    }
    return corrected(0..<half, by: half..<count) + corrected(half..<count, by: 0..<half)
  }
}
