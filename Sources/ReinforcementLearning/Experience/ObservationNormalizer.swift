import GSL

/// Shifts and scales each element of an observation to mean 0 and variance 1, then clips.
///
/// The statistics are frozen while a rollout is collected: the same observation always looks the same
/// to the policy and to its gradient. `update` takes in a rollout's moments afterwards. The form is
/// that of Stable-Baselines3's VecNormalize: clip((x − mean) / √(variance + ε), ±10).
public struct ObservationNormalizer: Hashable, Sendable {
  /// Statistics of all observations so far.
  public private(set) var moments: ElementMoments
  /// The largest magnitude of a normalized element; VecNormalize's default is 10.
  public let clip: Float
  /// Added to the variance, so that constant elements do not divide by 0.
  public let epsilon: Double
  /// What is taken from each element first.
  package private(set) var shift: [Float]
  /// What each element is multiplied with then.
  package private(set) var scale: [Float]

  /// Makes a normalizer that only clips until its first update.
  ///
  /// - Parameters:
  ///   - size: D, the length of an observation.
  ///   - clip: the largest magnitude, above 0.
  ///   - epsilon: added to the variance, above 0.
  public init(size: Int, clip: Float = 10, epsilon: Double = 1e-8) {
    insist(clip > 0, "The clipping bound must be above 0 but is \(clip). Usual is 10.")
    insist(epsilon > 0, "Epsilon must be above 0 but is \(epsilon). Usual is 1e-8.")
    moments = ElementMoments(size: size)
    self.clip = clip
    self.epsilon = epsilon
    shift = Array(repeating: 0, count: size)
    scale = Array(repeating: 1, count: size)
  }

  /// Takes in the raw observations of a rollout.
  public mutating func update(with rollout: ElementMoments) {
    moments.merge(rollout)
    refresh()
  }

  /// Checks that the statistics can still be used.
  ///
  /// - Throws: ``StatisticsError`` where they have overflowed, or where an element is spread so widely
  ///   that its scale vanishes in single precision.
  public func requireFinite() throws(StatisticsError) {
    let unusable = shift.indices.first { !shift[$0].isFinite || !scale[$0].isNormal }
    guard let element = moments.firstNonFinite ?? unusable else { return }
    throw StatisticsError(
      of: "element \(element) of the observations", setting: "normalize_observations")
  }

  private mutating func refresh() {
    guard moments.count > 0 else { return }
    for element in shift.indices {
      shift[element] = Float(moments.mean[element])
      scale[element] = Float(1 / (moments.variance(element) + epsilon).squareRoot())
    }
  }

  /// Normalizes rows in place.
  ///
  /// - Parameter rows: `[N, D]`, raw before and normalized after.
  public func normalize(_ rows: inout MutableSpan<Float>) {
    let size = shift.count
    insist(
      rows.count % size == 0, "Rows of \(size) elements cannot have \(rows.count) in all.")
    rows.withUnsafeMutableBufferPointer { rows in
      shift.withUnsafeBufferPointer { shift in
        scale.withUnsafeBufferPointer { scale in
          for start in stride(from: 0, to: rows.count, by: size) {
            for element in 0..<size {
              let value = (rows[start + element] - shift[element]) * scale[element]
              rows[start + element] = min(max(value, -clip), clip)
            }
          }
        }
      }
    }
  }
}

extension ObservationNormalizer: Codable {
  private enum CodingKeys: String, CodingKey {
    case moments, clip, epsilon
  }

  /// Restores the statistics; what follows from them is computed again.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let moments = try values.decode(ElementMoments.self, forKey: .moments)
    let clip = try values.decode(Float.self, forKey: .clip)
    let epsilon = try values.decode(Double.self, forKey: .epsilon)
    let size = moments.mean.count
    if let fault = moments.fault(size: max(1, size)) {
      throw DecodingError.dataCorruptedError(
        forKey: .moments, in: values, debugDescription: fault)
    }
    guard clip > 0, epsilon > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .clip, in: values,
        debugDescription: "clip and epsilon must be above 0 but are \(clip) and \(epsilon).")
    }
    self.init(size: size, clip: clip, epsilon: epsilon)
    self.moments = moments
    refresh()
  }

  /// Encodes statistics and settings.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(moments, forKey: .moments)
    try values.encode(clip, forKey: .clip)
    try values.encode(epsilon, forKey: .epsilon)
  }
}

extension ObservationNormalizer {
  /// Says why this one, read back, cannot take the place of another; nil if it can.
  package func fault(replacing fresh: ObservationNormalizer) -> String? {
    moments.fault(size: fresh.moments.mean.count)
      ?? StateFault.equal(clip, fresh.clip, "clip")
      ?? StateFault.equal(epsilon, fresh.epsilon, "epsilon")
  }
}
