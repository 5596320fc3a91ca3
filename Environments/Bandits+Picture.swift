import ReinforcementLearning

extension BernoulliBandit {
  /// Draws how likely each arm pays, the one that was pulled in another color.
  public func render(after action: Int?) -> Picture? {
    armsPicture(probabilities, within: 0...1, deviation: 0, pulled: action)
  }
}

extension GaussianBandit {
  /// Draws the mean of each arm and its standard deviation, the one that was pulled in another color.
  public func render(after action: Int?) -> Picture? {
    armsPicture(means, within: range(means), deviation: standardDeviation, pulled: action)
  }
}

extension ContextualBandit {
  /// Draws the arms in the present context, which the cells at the top show.
  public func render(after action: Int?) -> Picture? {
    var picture = armsPicture(
      means[context], within: range(means.flatMap { $0 }), deviation: standardDeviation,
      pulled: action)
    let width = 4 / Double(means.count)
    for index in means.indices {
      let left = Double(index) * width
      picture.rectangle(
        from: [left + width / 16, 2.74], to: [left + width * 15 / 16, 2.94],
        index == context ? .purple : .faint)
    }
    return picture
  }
}

/// From the lowest mean to the highest, and 0.
private func range(_ means: [Double]) -> ClosedRange<Double> {
  min(means.min() ?? 0, 0)...max(means.max() ?? 0, 0)
}

/// Bars from 0, with whiskers of one standard deviation either way.
private func armsPicture(
  _ means: [Double], within range: ClosedRange<Double>, deviation: Double, pulled: Int?
) -> Picture {
  var picture = Picture(x: 0...4, y: 0...3, background: .paper)
  let (lowest, highest) = (range.lowerBound - deviation, range.upperBound + deviation)
  func height(_ value: Double) -> Double {
    0.2 + 2.4 * (value - lowest) / max(highest - lowest, 1e-9)
  }
  let width = 4 / Double(means.count)
  let whisker = min(0.03, width / 10)
  for (index, mean) in means.enumerated() {
    let left = Double(index) * width
    picture.rectangle(
      from: [left + width / 6, height(0)], to: [left + width * 5 / 6, height(mean)],
      index == pulled ? .orange : .paleBlue)
    if index == pulled {
      // A bar may have no height.
      picture.rectangle(
        from: [left + width / 6, 0.03], to: [left + width * 5 / 6, 0.1], .orange)
    }
    guard deviation > 0 else { continue }
    let middle = left + width / 2
    picture.line(
      from: [middle, height(mean - deviation)], to: [middle, height(mean + deviation)],
      width: whisker, .ink)
  }
  picture.line(from: [0.05, height(0)], to: [3.95, height(0)], width: 0.03, .ink)
  return picture
}
