import GSL

/// An estimate and its percentile interval; any of the three may be infinite.
package struct BootstrapInterval: Sendable, Hashable {
  /// The statistic of the sample itself.
  package var estimate: Double
  /// The lower end.
  package var lower: Double
  /// The upper end.
  package var upper: Double
}

extension BootstrapInterval: Encodable {
  private enum CodingKeys: String, CodingKey { case estimate, lower, upper }

  /// Encodes the numbers that JSON can hold.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    for (number, key) in [
      (estimate, CodingKeys.estimate), (lower, .lower), (upper, .upper),
    ] where number.isFinite { try values.encode(number, forKey: key) }
  }
}

/// Samples drawn anew with replacement, each stratum from itself alone.
///
/// A task is a stratum: its runs are drawn from its own runs, so that every resample has all tasks
/// (Agarwal et al. 2021, section 4). The draws are kept, so that what is compared is compared over the
/// same draws: pairs stay pairs.
package struct StratifiedBootstrap: Sendable {
  /// `[resample][stratum][run]`, indices of runs within their stratum.
  package let draws: [[[Int]]]

  /// Resamples for an interval whose ends lie at the 50th value from either side.
  package static let usualResamples = 2000

  /// Given draws.
  ///
  /// - Parameter draws: `[resample][stratum][run]`, at least one.
  package init(draws: [[[Int]]]) {
    precondition(!draws.isEmpty, "A bootstrap needs at least one resample.")
    self.draws = draws
  }

  /// New draws.
  ///
  /// - Parameters:
  ///   - strata: the number of runs of each.
  ///   - resamples: how many draws, at least 1.
  ///   - stream: the source of randomness.
  package init(
    strata: [Int], resamples: Int = usualResamples, using stream: inout RandomStream
  ) {
    self.init(
      draws: (0..<resamples).map { _ in
        strata.map { count in (0..<count).map { _ in stream.index(below: count) } }
      })
  }

  /// The percentile interval of a statistic.
  ///
  /// - Parameters:
  ///   - scores: `[stratum][run]`.
  ///   - confidence: in (0, 1).
  ///   - statistic: of scores of that shape.
  /// - Returns: the statistic of the scores, and the quantiles of those of the resamples, between
  ///   whose values is interpolated linearly; NaN in a resample gives an interval of NaN.
  package func interval(
    of scores: [[Double]], confidence: Double = 0.95, _ statistic: ([[Double]]) -> Double
  ) -> BootstrapInterval {
    interval(confidence: confidence, estimate: statistic(scores)) { draw in
      statistic(Self.resample(scores, draw))
    }
  }

  /// The percentile interval of a statistic of pairs: the runs of one stratum are drawn together.
  ///
  /// - Parameters:
  ///   - scores: `[stratum][run]`.
  ///   - others: of the same shape; a run is paired with the one at its place.
  ///   - confidence: in (0, 1).
  ///   - statistic: of two such tables.
  /// - Returns: as ``interval(of:confidence:_:)``.
  package func interval(
    of scores: [[Double]], pairedWith others: [[Double]], confidence: Double = 0.95,
    _ statistic: ([[Double]], [[Double]]) -> Double
  ) -> BootstrapInterval {
    interval(confidence: confidence, estimate: statistic(scores, others)) { draw in
      statistic(Self.resample(scores, draw), Self.resample(others, draw))
    }
  }

  /// The percentile interval of a statistic of two independent samples.
  ///
  /// - Parameters:
  ///   - scores: `[stratum][run]`, drawn by this bootstrap.
  ///   - others: `[stratum][run]`, drawn by the other one.
  ///   - bootstrap: the other one, with as many resamples.
  ///   - confidence: in (0, 1).
  ///   - statistic: of two such tables.
  /// - Returns: as ``interval(of:confidence:_:)``.
  package func interval(
    of scores: [[Double]], and others: [[Double]], drawnBy bootstrap: StratifiedBootstrap,
    confidence: Double = 0.95, _ statistic: ([[Double]], [[Double]]) -> Double
  ) -> BootstrapInterval {
    precondition(draws.count == bootstrap.draws.count, "Both must have as many resamples.")
    let values = zip(draws, bootstrap.draws).map {
      statistic(Self.resample(scores, $0), Self.resample(others, $1))
    }
    return Self.interval(values, confidence, estimate: statistic(scores, others))
  }

  private func interval(
    confidence: Double, estimate: Double, _ statistic: ([[Int]]) -> Double
  ) -> BootstrapInterval {
    Self.interval(draws.map(statistic), confidence, estimate: estimate)
  }

  private static func interval(
    _ values: [Double], _ confidence: Double, estimate: Double
  ) -> BootstrapInterval {
    precondition(confidence > 0 && confidence < 1, "A confidence of \(confidence) is none.")
    guard !values.contains(where: \.isNaN) else {
      return BootstrapInterval(estimate: estimate, lower: .nan, upper: .nan)
    }
    let sorted = values.sorted()
    return BootstrapInterval(
      estimate: estimate, lower: quantile((1 - confidence) / 2, of: sorted),
      upper: quantile((1 + confidence) / 2, of: sorted))
  }

  /// With linear interpolation, which must not make a NaN of two infinite neighbors.
  private static func quantile(_ probability: Double, of sorted: [Double]) -> Double {
    let position = probability * Double(sorted.count - 1)
    let index = min(Int(position), sorted.count - 1)
    let (low, high) = (sorted[index], sorted[min(index + 1, sorted.count - 1)])
    let share = position - Double(index)
    return share == 0 || low == high ? low : low + share * (high - low)
  }

  private static func resample(_ scores: [[Double]], _ draw: [[Int]]) -> [[Double]] {
    zip(scores, draw).map { runs, indices in indices.map { runs[$0] } }
  }
}

extension StratifiedBootstrap {
  /// The draws of one stratum alone.
  package func stratum(_ index: Int) -> StratifiedBootstrap {
    StratifiedBootstrap(draws: draws.map { [$0[index]] })
  }
}
