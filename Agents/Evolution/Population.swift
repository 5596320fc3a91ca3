import GSL
import Networks
import ReinforcementLearning

/// The perturbed policies of an update: member m plays with θ + s σ ε, ε being that of the pair m / 2 and
/// s being 1 or −1 in turn.
///
/// The noise of a pair comes from a stream that is named by the pair and the update, so it is drawn again
/// where it is needed and nowhere stored.
struct Population {
  let seed: UInt64
  /// σ.
  let deviation: Double

  /// 1 for the first of a pair, −1 for the second.
  static func sign(ofMember member: Int) -> Float { member.isMultiple(of: 2) ? 1 : -1 }

  /// Calls a function with each element of a pair's noise, in the order of the parameters.
  func forEachVariate(
    ofMember member: Int, update: Int, count: Int, _ body: (_ index: Int, _ variate: Float) -> Void
  ) {
    var stream = RandomStream(
      seed: seed, purpose: "perturbation", lane: UInt64(member / 2), episode: UInt64(update))
    for index in 0..<count { body(index, Float(stream.gaussian())) }
  }

  /// Writes θ + s σ ε.
  func perturb(
    _ parameters: ParameterSet<Float>, member: Int, update: Int, into target: ParameterSet<Float>
  ) {
    let scale = Self.sign(ofMember: member) * Float(deviation)
    let (center, result) = (parameters.buffer, target.buffer)
    forEachVariate(ofMember: member, update: update, count: center.count) {
      result[$0] = center[$0] + scale * $1
    }
  }

  /// Centred ranks: from −½ for the least to ½ for the largest; equal numbers share the mean of theirs.
  static func centeredRanks(_ values: [Double]) -> [Double] {
    guard values.count > 1 else { return values.map { _ in 0 } }
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = Array(repeating: 0.0, count: values.count)
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
      let rank = Double(first + last) / 2
      for place in first...last { ranks[order[place]] = rank }
      first = last + 1
    }
    return ranks.map { $0 / Double(values.count - 1) - 0.5 }
  }
}
