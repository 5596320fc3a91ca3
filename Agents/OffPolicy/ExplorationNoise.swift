import GSL
import ReinforcementLearning

/// Which random process a deterministic policy explores with.
public enum NoiseProcess: String, Codable, Sendable, Hashable, CaseIterable {
  /// Independent normal variates.
  case gaussian
  /// A walk that returns to 0: neighboring steps push the same way, which moves what has inertia.
  ///
  /// Uhlenbeck and Ornstein (1930), as Lillicrap et al. (2016) use it.
  case ornsteinUhlenbeck = "ornstein-uhlenbeck"
}

/// What is added to the actions of a deterministic policy, for each lane from a stream of its own.
///
/// Shapes: N lanes, C components of an action. Ornstein–Uhlenbeck noise goes by Euler's steps,
/// x ← x − θ x Δt + σ √Δt n, and begins at 0 in every episode.
struct ExplorationNoise: Codable, Hashable {
  private let isCorrelated: Bool
  /// What a step keeps of the one before it, 1 − θ Δt.
  private let persistence: Double
  /// What a normal variate is multiplied with.
  private let scale: Double
  private var streams: [RandomStream]
  /// `[N, C]`, x of each component.
  private var values: [Double]

  init(
    _ configuration: any ExplorationSettings, seed: UInt64, firstLane: Int, lanes: Int,
    components: Int
  ) {
    let (deviation, timeStep) = (configuration.noiseDeviation, configuration.noiseTimeStep)
    switch configuration.noise {
    case .gaussian:
      isCorrelated = false
      persistence = 0
      scale = deviation
    case .ornsteinUhlenbeck:
      isCorrelated = true
      persistence = 1 - configuration.noiseReversion * timeStep
      scale = deviation * timeStep.squareRoot()
    }
    streams = (firstLane..<firstLane + lanes).map {
      RandomStream(seed: seed, purpose: "exploration", lane: UInt64($0))
    }
    values = Array(repeating: 0, count: lanes * components)
  }

  /// Says why this noise, read back, cannot take the place of another; nil if it can.
  func fault(replacing fresh: ExplorationNoise) -> String? {
    if (isCorrelated, persistence, scale) != (fresh.isCorrelated, fresh.persistence, fresh.scale) {
      return "its exploration noise is not that of the settings."
    }
    return streams.fault(replacing: fresh.streams)
      ?? StateFault.equal(values.count, fresh.values.count, "the number of noise values")
      ?? StateFault.finite(values, "a noise value")
  }

  /// Draws the noise of one step and adds it to the actions, `[N, C]`.
  mutating func add(to actions: inout [Float]) {
    insist(
      actions.count == values.count,
      "Noise for \(values.count) numbers cannot be added to \(actions.count).")
    let components = values.count / streams.count
    for lane in streams.indices {
      for index in lane * components..<(lane + 1) * components {
        values[index] = persistence * values[index] + scale * streams[lane].gaussian()
        actions[index] += Float(values[index])
      }
    }
  }

  /// Begins a new episode in a lane.
  mutating func restart(lane: Int) {
    guard isCorrelated else { return }
    let components = values.count / streams.count
    for index in lane * components..<(lane + 1) * components { values[index] = 0 }
  }
}
