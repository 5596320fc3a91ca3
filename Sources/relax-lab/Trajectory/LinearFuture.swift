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

/// g = g_V − η (g_V − g_reduced): an estimate that cannot be much worse than the plain one.
///
/// η minimizes the variance on earlier episodes, within 0 and 1.
struct Gate {
  let share: Float

  /// - Parameters:
  ///   - plain: gradients of earlier episodes.
  ///   - reduced: those of the same episodes with control variates.
  init(plain: [[Float]], reduced: [[Float]]) {
    let count = Float(max(1, plain.count))
    var mean = [Float](repeating: 0, count: plain.first?.count ?? 0)
    for gradient in plain { for index in mean.indices { mean[index] += gradient[index] / count } }
    var (along, square) = (0.0, 0.0)
    for (plain, reduced) in zip(plain, reduced) {
      for index in mean.indices {
        // The difference has mean 0, as both have the same mean.
        let difference = Double(plain[index] - reduced[index])
        along += Double(plain[index] - mean[index]) * difference
        square += difference * difference
      }
    }
    share = square > 0 ? Float(min(max(along / square, 0), 1)) : 0
  }

  /// The gated gradients of other episodes.
  func applied(plain: [[Float]], reduced: [[Float]]) -> [[Float]] {
    zip(plain, reduced).map { zip($0, $1).map { $0 - share * ($0 - $1) } }
  }
}
