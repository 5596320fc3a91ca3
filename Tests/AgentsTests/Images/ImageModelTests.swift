import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Which network sees what, and what does not go together.
@Suite struct `The network for an observation space` {
  private let picture = BoxSpace(shape: [10, 10, 4], bounds: 0...255, elementType: .uint8)

  private func images(
    _ box: BoxSpace, normalizes: Bool = false, _ change: (inout NetworkSettings) -> Void = { _ in }
  ) throws -> ImageModel? {
    var settings = NetworkSettings()
    change(&settings)
    try settings.validate()
    return try settings.images(of: .box(box), normalizes: normalizes)
  }

  private func expectRefusal(_ key: String, _ pieces: [String], _ body: () throws -> Void) throws {
    let error = try #require(#expect(throws: ConfigurationValueError.self) { try body() })
    #expect(error.key == key)
    for piece in pieces { #expect("\(error)".contains(piece), "\(error)") }
  }

  @Test func `has convolutions where it is bytes with three axes, unless told otherwise`() throws {
    let model = try #require(try images(picture))
    #expect(model.shape == [10, 10, 4] && model.isBytes && model.scale == 1 / 255)
    #expect(try images(picture) { $0.kind = .perceptron } == nil)
    for other in [
      BoxSpace(shape: [128], bounds: 0...255, elementType: .uint8),
      BoxSpace(shape: [10, 40], bounds: 0...255, elementType: .uint8),
      BoxSpace(shape: [10, 10, 4], bounds: 0...1), BoxSpace(shape: [4], bounds: -1...1),
    ] {
      #expect(try images(other) == nil)
    }
    var settings = NetworkSettings()
    #expect(try settings.images(of: .discrete(5), normalizes: true) == nil)
    settings.kind = .convolutional
    #expect(throws: ConfigurationValueError.self) {
      try settings.images(of: .discrete(5), normalizes: false)
    }
  }

  @Test func `does not scale bytes that are 0 or 1, nor numbers`() throws {
    let bits = BoxSpace(shape: [10, 10, 4], bounds: 0...1, elementType: .uint8)
    let model = try #require(try images(bits))
    #expect(model.isBytes && model.scale == 1)
    let numbers = BoxSpace(shape: [10, 10, 4], bounds: 0...255)
    let other = try #require(try images(numbers) { $0.kind = .convolutional })
    #expect(!other.isBytes && other.scale == 1)
  }

  @Test func `is refused where windows do not fit, with the shapes`() throws {
    try expectRefusal(
      "network.kernels", ["[10, 10, 4]", "3×3 with strides 2×2", "convolution 2", "1×1"]
    ) {
      _ = try images(picture) {
        ($0.channels, $0.kernels, $0.strides) = ([8, 8, 8], [3, 3, 3], [2, 2, 2])
      }
    }
    try expectRefusal("network.kernels", ["[10, 10, 4]", "11×11", "convolution 0"]) {
      _ = try images(picture) { $0.kernels = [11] }
    }
    let flat = BoxSpace(shape: [12, 40], bounds: 0...255, elementType: .uint8)
    try expectRefusal("network.kind", ["box([12, 40]", "three axes"]) {
      _ = try images(flat) { $0.kind = .convolutional }
    }
    try expectRefusal("network.shared_torso", ["no convolutions"]) {
      _ = try images(flat) { $0.sharedTorso = true }
    }
    try expectRefusal("normalize_observations", ["false with convolutions"]) {
      _ = try images(picture, normalizes: true)
    }
  }

  @Test func `is refused where something needs a row of numbers`() throws {
    let task = try EnvironmentWrapper.timeLimit(1)(
      EnvironmentBatch<Catch>(count: 2, seed: 1), seed: 1)
    for (key, change) in [
      ("value.sees_time", { $0.value.seesTime = true }),
      ("control_variate.future", { $0.controlVariate.future = true }),
      ("control_variate.gate", { $0.controlVariate.gate = true }),
      ("estimator", { $0.estimator = .linearSurrogate }),
    ] as [(String, (inout ActorCriticConfiguration) -> Void)] {
      var settings = ActorCriticConfiguration()
      settings.network = .small(shared: false)
      try settings.validate(for: task)
      change(&settings)
      try expectRefusal(key, ["catch", "whose observations are images"]) {
        try settings.validate(for: task)
      }
    }
  }

  @Test func `is refused where its settings do not go together`() throws {
    try expectRefusal("network.kernels", ["as many numbers", "[16]"]) {
      _ = try images(picture) { $0.kernels = [3, 3] }
    }
    try expectRefusal("network.strides", ["[0]"]) { _ = try images(picture) { $0.strides = [0] } }
    try expectRefusal("network.channels", ["[]"]) { _ = try images(picture) { $0.channels = [] } }
    try expectRefusal("network.value_weight", ["-1"]) {
      _ = try images(picture) { $0.valueWeight = -1 }
    }
    try expectRefusal("network.shared_torso", ["nothing for Q to share"]) {
      _ = try CatchTask.dqn { $0.network.sharedTorso = true }
    }
  }

  @Test func `scales what it sees in the program, not before`() throws {
    /// The policy's outputs for the first observation, with equal parameters.
    func outputs<E: Environment>(_ task: E.Type) throws -> [Float] {
      var settings = ActorCriticConfiguration()
      (settings.hiddenSizes, settings.network) = ([16], .small(shared: false))
      settings.policyOutputGain = 1
      let agent = try ActorCritic(settings, seed: 3) {
        try EnvironmentBatch<E>(count: $0, seed: 3, firstLane: $1)
      }
      var file = SafetensorsFile()
      try agent.save(to: &file)
      let space = E().observationSpace
      let network = agent.networks[0]
      let compiled = try CompiledNetwork(
        network.network, network.parameters, rows: 1, readsBytes: true)
      let seen = try #require(compiled.inputs as? ExperienceColumn<UInt8>)
      try seen.withMutableRows(0..<1) {
        try EnvironmentBatch<E>(count: 1, seed: 3, firstLane: 0).reset(observations: &$0)
      }
      guard case .box(let box) = space else { return [] }
      #expect(seen.elements(0..<1).max() == UInt8(box.upper[0]))
      compiled.run()
      return Array(compiled.outputs.elements(0..<1))
    }
    let (bytes, bits) = (try outputs(Catch.self), try outputs(BinaryCatch.self))
    #expect(bits.count == 3 && Set(bits).count == 3)
    for (a, b) in zip(bytes, bits) { #expect(abs(a - b) < 1e-6) }
  }
}
