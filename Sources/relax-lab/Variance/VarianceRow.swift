import Foundation
import GSL
import RelaxRL

/// One estimator at one policy.
struct VarianceRow {
  private let name: String
  private let isUnbiased: Bool
  private let variance: ConfidenceInterval
  private let ratioToNone: Interval
  let ratioToValue: Interval
  /// As a share of the gradient's length; nil where that length is lost in noise.
  private let bias: Interval?

  /// An estimate with its 95 % interval.
  struct Interval {
    var value: Double
    var lower: Double
    var upper: Double
  }

  /// - Parameters:
  ///   - name: what the table calls the estimator.
  ///   - isUnbiased: whether it claims to be.
  ///   - sample: its gradients.
  ///   - withoutBaseline: those of the score function alone, of the same episodes.
  ///   - withValue: those with V(s), of the same episodes.
  ///   - seed: of the bootstrap.
  /// - Throws: `GSLError` for samples too small or not finite.
  init(
    _ name: String, isUnbiased: Bool, _ sample: GradientSample, withoutBaseline: GradientSample,
    withValue: GradientSample, seed: UInt64
  ) throws {
    self.name = name
    self.isUnbiased = isUnbiased
    variance = try ConfidenceInterval(ofMean: sample.squaredDistances)
    ratioToNone = try Self.ratio(sample, to: withoutBaseline, seed: seed)
    ratioToValue = try Self.ratio(sample, to: withValue, seed: seed)
    let length = withValue.squaredNorm
    if length.estimate > 2 * length.standardError {
      let (distance, error) = sample.difference(from: withValue).squaredNorm
      func share(_ squared: Double) -> Double {
        (max(0, squared) / length.estimate).squareRoot()
      }
      bias = Interval(
        value: share(distance), lower: share(distance - 1.96 * error),
        upper: share(distance + 1.96 * error))
    } else {
      bias = nil
    }
  }

  /// The ratio of two variances by the bootstrap, which draws the episodes behind both together.
  private static func ratio(
    _ sample: GradientSample, to other: GradientSample, seed: UInt64
  ) throws -> Interval {
    let (a, b) = (sample.squaredDistances, other.squaredDistances)
    var stream = RandomStream(seed: seed, purpose: "variance-bootstrap")
    let ratios = (0..<2_000).map { _ in
      var sums = (0.0, 0.0)
      for _ in a.indices {
        let index = stream.index(below: a.count)
        sums = (sums.0 + a[index], sums.1 + b[index])
      }
      return sums.0 / sums.1
    }
    return Interval(
      value: a.reduce(0, +) / b.reduce(0, +), lower: try Statistics.quantile(0.025, of: ratios),
      upper: try Statistics.quantile(0.975, of: ratios))
  }

  static let title =
    "                                             variance of the gradient         ratio to V(s)          bias"

  /// The row as it is read on a terminal.
  var text: String {
    func column(_ text: String, _ width: Int) -> String {
      text.count < width ? text.padding(toLength: width, withPad: " ", startingAt: 0) : text + "  "
    }
    let spread = String(
      format: "%.4g (%.4g–%.4g)", variance.mean, variance.lower, variance.upper)
    let ratio = String(
      format: "%.4f (%.4f–%.4f)", ratioToValue.value, ratioToValue.lower, ratioToValue.upper)
    let biasText =
      bias.map { String(format: "%.4f (%.4f–%.4f)", $0.value, $0.lower, $0.upper) } ?? "unknown"
    return "  " + column(name, 43) + column(spread, 33) + column(ratio, 26) + biasText
  }

  static let header =
    "agent,env,step,mean_return_100,estimator,unbiased,variance,variance_lower,variance_upper,"
    + "ratio_to_none,ratio_to_none_lower,ratio_to_none_upper,"
    + "ratio_to_value,ratio_to_value_lower,ratio_to_value_upper,bias,bias_lower,bias_upper"

  /// The row as CSV, see `header`; what is unknown is empty.
  func line(agent: String, env: String, _ point: FrozenPolicies.Point) -> String {
    func columns(_ interval: Interval) -> [String] {
      [interval.value, interval.lower, interval.upper].map { "\($0)" }
    }
    let leading = [
      agent, env, "\(point.step)", point.meanReturn.map { "\($0)" } ?? "", "\"\(name)\"",
      "\(isUnbiased)", "\(variance.mean)", "\(variance.lower)", "\(variance.upper)",
    ]
    return
      (leading + columns(ratioToNone) + columns(ratioToValue)
      + (bias.map(columns) ?? ["", "", ""])).joined(separator: ",")
  }
}
