import RelaxRL

/// Γ by ridge regression of gradients on the features of the same episodes.
struct LinearFuture {
  private var regression: RidgeRegression

  /// Ridges to choose from, as shares of each feature's sum of squares: the more features for the episodes that
  /// there are, the larger it has to be.
  private static let ridges = [0.01, 0.03, 0.1, 0.3, 1, 3, 10]

  /// Learns from all episodes, with the ridge that predicts best what it has not learned from.
  init(_ past: EpisodeGradients) {
    self.init(past, without: 0..<0, ridge: Self.bestRidge(past))
  }

  private init(_ past: EpisodeGradients, without part: Range<Int>, ridge: Double) {
    regression = RidgeRegression(
      features: past.features.first?.count ?? 0, targets: past.gradients.first?.count ?? 0,
      ridge: ridge)
    for index in past.gradients.indices where !part.contains(index) {
      regression.add(past.features[index].map(Double.init), past.gradients[index])
    }
  }

  /// A gradient without what its features say of it.
  private func corrected(_ gradient: [Float], _ features: [Float]) -> [Float] {
    zip(gradient, regression.prediction(for: features.map(Double.init))).map { $0 - Float($1) }
  }

  /// Gradients without what the features say of them.
  func corrected(_ measured: EpisodeGradients) -> [[Float]] {
    zip(measured.gradients, measured.features).map { corrected($0, $1) }
  }

  /// The gradients that it has learned from, each without what the others say of it, a part at a time.
  func crossFitted(_ past: EpisodeGradients) -> [[Float]] {
    Self.parts(of: past).flatMap { part in
      let future = LinearFuture(past, without: part, ridge: regression.ridge)
      return part.map { future.corrected(past.gradients[$0], past.features[$0]) }
    }
  }

  /// The ridge by cross-validation.
  private static func bestRidge(_ past: EpisodeGradients) -> Double {
    var errors = [Double](repeating: 0, count: ridges.count)
    for part in parts(of: past) {
      var future = LinearFuture(past, without: part, ridge: RidgeRegression.usualRidge)
      for (candidate, ridge) in ridges.enumerated() {
        future.regression.ridge = ridge
        for index in part {
          errors[candidate] += future.corrected(past.gradients[index], past.features[index])
            .reduce(0) { $0 + Double($1) * Double($1) }
        }
      }
    }
    return zip(ridges, errors).min { $0.1 < $1.1 }?.0 ?? RidgeRegression.usualRidge
  }

  /// Eight parts of the episodes, in their order.
  private static func parts(of past: EpisodeGradients) -> [Range<Int>] {
    let count = past.gradients.count
    return (0..<8).map { $0 * count / 8..<($0 + 1) * count / 8 }
  }
}
