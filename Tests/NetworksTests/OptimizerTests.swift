import Foundation
import GSL
import Networks
import Testing

/// What scripts/reference/optimizers_torch.py wrote.
struct OptimizerReference: Decodable {
  struct Run: Decodable {
    let parameters: [[Double]]
    let norms: [Double]
  }
  struct Case: Decodable, CustomTestStringConvertible {
    let configuration: OptimizerConfiguration
    let maximumNorm: Double?
    let float32: Run
    let float64: Run
    var testDescription: String { "\(configuration), norm at most \(maximumNorm ?? .infinity)" }
  }
  let entries: [ParameterEntry]
  let start: [Double]
  let gradients: [[Double]]
  let learningRates: [Double]
  let cases: [Case]

  static func load() throws -> OptimizerReference {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/optimizers.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: path))
  }

  /// The largest distance between our parameters and PyTorch's after any update.
  func distance<Scalar: ParameterScalar>(
    of configuration: OptimizerConfiguration, maximumNorm: Double?, from run: Run, in: Scalar.Type
  ) throws -> (parameters: Double, norms: Double) {
    let parameters = ParameterSet<Scalar>(entries)
    parameters.values = start.map { Scalar($0) }
    let gradient = ParameterSet<Scalar>(entries)
    let optimizer = Optimizer<Scalar>(configuration, for: parameters.layout)
    var farthest = 0.0
    var farthestNorm = 0.0
    for step in gradients.indices {
      gradient.values = gradients[step].map { Scalar($0) }
      let norm = try optimizer.update(
        parameters, gradient: gradient, learningRate: learningRates[step],
        maximumNorm: maximumNorm)
      farthestNorm = max(farthestNorm, abs(norm - run.norms[step]) / max(1, run.norms[step]))
      for (ours, theirs) in zip(parameters.values, run.parameters[step]) {
        farthest = max(farthest, abs(Double(ours) - theirs) / max(1, abs(theirs)))
      }
    }
    return (farthest, farthestNorm)
  }
}

@Suite struct `Optimizers as PyTorch defines them` {
  // Twelve updates may each round once more or less than PyTorch: 12 units in the last place.
  static let single = 12 * Double(Float.ulpOfOne)
  static let double = 12 * Double.ulpOfOne

  @Test(arguments: 0..<6) func `give the same parameters in both precisions`(index: Int) throws {
    let reference = try OptimizerReference.load()
    #expect(reference.cases.count == 6)
    let item = reference.cases[index]
    let wide = try reference.distance(
      of: item.configuration, maximumNorm: item.maximumNorm, from: item.float64, in: Double.self)
    #expect(wide.parameters < Self.double, "\(item.testDescription)")
    #expect(wide.norms < Self.double, "\(item.testDescription)")
    let narrow = try reference.distance(
      of: item.configuration, maximumNorm: item.maximumNorm, from: item.float32, in: Float.self)
    #expect(narrow.parameters < Self.single, "\(item.testDescription)")
    #expect(narrow.norms < Self.single, "\(item.testDescription)")
  }

  static let wrong: [(Int, OptimizerConfiguration, Double?)] = [
    (0, .sgd(momentum: 0.01), nil), (1, .sgd(momentum: 0.9), nil),
    (1, .sgd(momentum: 0.9), 0.51), (2, .rmsProp(decay: 0.98), nil),
    (2, .rmsProp(epsilon: 1e-7), nil), (3, .rmsProp(decay: 0.9, epsilon: 1e-3), nil),
    (4, .adam(beta1: 0.89), nil), (4, .adam(beta2: 0.99), nil), (4, .adam(epsilon: 1e-7), nil),
    (5, .adam(beta1: 0.8, beta2: 0.95, epsilon: 1e-3), nil), (4, .rmsProp(), nil),
  ]

  @Test(arguments: wrong) func `are told apart from slightly different ones`(
    index: Int, configuration: OptimizerConfiguration, maximumNorm: Double?
  ) throws {
    let reference = try OptimizerReference.load()
    let item = reference.cases[index]
    let distance = try reference.distance(
      of: configuration, maximumNorm: maximumNorm, from: item.float32, in: Float.self)
    #expect(distance.parameters > 20 * Self.single)
  }
}

private let layout = ParameterLayout([
  ParameterEntry("policy.0.weight", [30, 3]), ParameterEntry("policy.0.bias", [3]),
])

private func randomSet(_ seed: UInt64) -> ParameterSet<Float> {
  var stream = RandomStream(seed: seed, purpose: "test-optimizer")
  let set = ParameterSet<Float>(layout)
  set.values = (0..<set.count).map { _ in Float(stream.gaussian()) }
  return set
}

private let configurations: [OptimizerConfiguration] = [
  .sgd(), .sgd(momentum: 0.9), .rmsProp(), .adam(),
]

@Suite struct `An update` {
  @Test(arguments: configurations, [Float.nan, .infinity, -.infinity])
  func `with a non-finite gradient is refused by name and changes nothing`(
    configuration: OptimizerConfiguration, bad: Float
  ) throws {
    let parameters = randomSet(1)
    let optimizer = Optimizer<Float>(configuration, for: layout)
    try optimizer.update(parameters, gradient: randomSet(2), learningRate: 0.1)
    let before = parameters.values
    let state = optimizer.safetensorsEntries()

    let gradient = randomSet(3)
    gradient.pointer[91] = bad
    gradient.pointer[92] = .nan
    let error = #expect(throws: GradientError.self) {
      try optimizer.update(parameters, gradient: gradient, learningRate: 0.1, maximumNorm: 1)
    }
    guard case .notFinite(let name, let element, let label, let value) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(name == "policy.0.bias")
    #expect(element == 1)
    #expect(label == "policy.0.bias[1]")
    #expect(value.isNaN == bad.isNaN && (bad.isNaN || value == Double(bad)))
    #expect(parameters.values == before)
    #expect(optimizer.safetensorsEntries() == state)
    #expect(optimizer.stepCount == 1)
  }

  @Test func `with a gradient whose norm overflows is refused`() {
    let gradient = ParameterSet<Double>(layout)
    gradient.fill(1e200)
    let parameters = ParameterSet<Double>(layout)
    #expect(throws: GradientError.normOverflows) {
      try Optimizer<Double>(.sgd(), for: layout).update(
        parameters, gradient: gradient, learningRate: 1)
    }
    #expect(parameters.values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [0.1, 1, 5, 1000])
  func `clips the global norm, and leaves the gradient and shorter ones alone`(
    maximum: Double
  ) throws {
    let gradient = randomSet(4)
    let original = gradient.values
    let norm = original.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let parameters = ParameterSet<Float>(layout)
    let returned = try Optimizer<Float>(.sgd(), for: layout).update(
      parameters, gradient: gradient, learningRate: 1, maximumNorm: maximum)
    #expect(abs(returned - norm) < 1e-12 * norm)
    #expect(gradient.values == original)
    let step = parameters.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(step - min(norm, maximum)) < 1e-5 * norm)
    if maximum > norm { #expect(parameters.values == original.map { -$0 }) }
  }

  @Test(arguments: configurations)
  func `goes on exactly where a stored optimizer stopped`(
    configuration: OptimizerConfiguration
  ) throws {
    let whole = randomSet(5)
    let first = Optimizer<Float>(configuration, for: layout)
    for step in 0..<5 {
      try first.update(whole, gradient: randomSet(UInt64(10 + step)), learningRate: 0.01)
    }
    let file = SafetensorsFile(tensors: first.safetensorsEntries(prefix: "optimizer/"))
    let second = Optimizer<Float>(configuration, for: layout)
    try second.restore(from: SafetensorsFile(bytes: file.serialized()), prefix: "optimizer/")
    #expect(second.stepCount == 5)
    let resumed = whole.copy()
    let fresh = whole.copy()
    let third = Optimizer<Float>(configuration, for: layout)
    for step in 5..<8 {
      let gradient = randomSet(UInt64(10 + step))
      try first.update(whole, gradient: gradient, learningRate: 0.01)
      try second.update(resumed, gradient: gradient, learningRate: 0.01)
      try third.update(fresh, gradient: gradient, learningRate: 0.01)
    }
    #expect(resumed.values == whole.values)
    if configuration != .sgd() { #expect(fresh.values != whole.values) }
  }

  @Test func `is refused a state that does not fit`() throws {
    let adam = Optimizer<Float>(.adam(), for: layout)
    try adam.update(randomSet(1), gradient: randomSet(2), learningRate: 0.1)
    let state = adam.safetensorsEntries()
    #expect(state.map(\.name) == ["first_moment", "second_moment", "step"])
    let other = Optimizer<Float>(.adam(), for: ParameterLayout([ParameterEntry("a", [3])]))
    let bad: [SafetensorsFile] = [
      SafetensorsFile(), SafetensorsFile(tensors: Array(state.dropLast())),
      SafetensorsFile(tensors: other.safetensorsEntries()),
      SafetensorsFile(
        tensors: state.dropLast() + [.init("step", SafetensorsTensor([Int64(-1)], shape: []))]),
      SafetensorsFile(tensors: Optimizer<Double>(.adam(), for: layout).safetensorsEntries()),
    ]
    for file in bad {
      #expect(throws: SafetensorsError.self) { try adam.restore(from: file) }
      #expect(adam.safetensorsEntries() == state)
    }
  }

  @Test func `by Adam first moves every parameter by the learning rate against its gradient`()
    throws
  {
    let parameters = ParameterSet<Float>(layout)
    let gradient = randomSet(6)
    try Optimizer<Float>(.adam(), for: layout).update(
      parameters, gradient: gradient, learningRate: 0.25)
    for (value, slope) in zip(parameters.values, gradient.values) {
      #expect(abs(value + (slope > 0 ? 0.25 : -0.25)) < 1e-5)
    }
  }
}

@Suite struct `Optimizer settings` {
  @Test(arguments: [
    (#"{"adam":{}}"#, OptimizerConfiguration.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)),
    (#"{"rmsprop":{"epsilon":1e-5}}"#, .rmsProp(decay: 0.99, epsilon: 1e-5)),
    (#"{"sgd":{}}"#, .sgd(momentum: 0)), (#""rmsprop""#, .rmsProp(decay: 0.99, epsilon: 1e-8)),
  ])
  func `that are left out take their defaults`(
    json: String, expected: OptimizerConfiguration
  ) throws {
    let read = try JSONDecoder().decode(OptimizerConfiguration.self, from: Data(json.utf8))
    #expect(read == expected)
  }

  @Test(arguments: configurations) func `survive encoding`(
    configuration: OptimizerConfiguration
  ) throws {
    try configuration.validate()
    let data = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(OptimizerConfiguration.self, from: data) == configuration)
  }

  @Test(arguments: [
    #""adamw""#, #"{}"#, #"{"adam":{},"sgd":{}}"#, #"{"adam":{"beta_1":0.8}}"#,
    #"{"rmsprop":{"epsilon":0}}"#, #"{"sgd":{"momentum":"much"}}"#, "3",
  ])
  func `that make no sense are refused when read`(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(OptimizerConfiguration.self, from: Data(json.utf8))
    }
  }

  @Test(
    arguments: [
      .sgd(momentum: 1), .sgd(momentum: -0.1), .rmsProp(decay: .nan), .rmsProp(epsilon: 0),
      .adam(beta1: 1.5), .adam(beta2: 1), .adam(epsilon: .infinity),
    ] as [OptimizerConfiguration])
  func `outside their range are refused`(configuration: OptimizerConfiguration) {
    #expect(throws: OptimizerConfigurationError.self) { try configuration.validate() }
  }
}
