import Networks
import Testing

@Suite struct `Numbers that do not stay finite` {
  private static let optimizers: [OptimizerConfiguration] = [
    .sgd(momentum: 0.9), .rmsProp(), .adam(),
  ]

  private func state(
    _ configuration: OptimizerConfiguration, gradient: Float
  ) -> (Optimizer<Float>, parameters: ParameterSet<Float>, gradient: ParameterSet<Float>) {
    let parameters = ParameterSet<Float>([ParameterEntry("w", [2, 3])])
    let slope = ParameterSet<Float>(parameters.layout)
    slope.values = [0, 0, 0, 0, 0, gradient]
    return (Optimizer(configuration, for: parameters.layout), parameters, slope)
  }

  @Test(arguments: [OptimizerConfiguration.rmsProp(), .adam()])
  func `a square that overflows in a running average is named`(
    configuration: OptimizerConfiguration
  ) throws {
    // (1 − 0.999) · (1e21)² is beyond single precision, though 1e21 is not.
    let (optimizer, parameters, gradient) = state(configuration, gradient: 1e21)
    let error = #expect(throws: GradientError.self) {
      try optimizer.update(parameters, gradient: gradient, learningRate: 0.01)
    }
    let text = try #require(error).description
    #expect(text.contains("w[1, 2] inf") && text.contains("learning rate 0.01"), "\(text)")
  }

  @Test(arguments: optimizers, [3e38, 1e300])
  func `a learning rate that makes a parameter infinite is named`(
    configuration: OptimizerConfiguration, rate: Double
  ) throws {
    let (optimizer, parameters, gradient) = state(configuration, gradient: 100)
    let error = #expect(throws: GradientError.self) {
      for _ in 0..<3 { try optimizer.update(parameters, gradient: gradient, learningRate: rate) }
    }
    #expect(try #require(error).description.contains("w["), "\(error?.description ?? "")")
  }

  @Test(arguments: optimizers)
  func `what is large and finite is let through`(configuration: OptimizerConfiguration) throws {
    let (optimizer, parameters, gradient) = state(configuration, gradient: 1e18)
    for _ in 0..<2000 { try optimizer.update(parameters, gradient: gradient, learningRate: 1e-3) }
    #expect(parameters.allFinite && optimizer.moments.allSatisfy { $0.values.allFinite })
    // Clipped, a gradient may be as long as it likes.
    gradient.values = [0, 0, 0, 0, 0, 1e30]
    try optimizer.update(parameters, gradient: gradient, learningRate: 1e-3, maximumNorm: 1)
    #expect(parameters.allFinite)
  }

  @Test func `small steps that end beyond the numbers are found within a thousand`() throws {
    let (optimizer, parameters, gradient) = state(.sgd(momentum: 0), gradient: 1e3)
    parameters.values = [0, 0, 0, 0, 0, -.greatestFiniteMagnitude]
    parameters.pointer[0] = .infinity
    let error = #expect(throws: GradientError.self) {
      for _ in 0..<1024 {
        try optimizer.update(parameters, gradient: gradient, learningRate: 1e-3)
      }
    }
    #expect(optimizer.stepCount == 1024)
    #expect(try #require(error).description.contains("w[0, 0] inf"))
  }

  @Test func `a record of variances begins anew behind a gradient that has none`() throws {
    let gradient = ParameterSet<Float>([ParameterEntry("w", [2])])
    let variance = GradientVariance(gradient.layout)
    func add(_ values: [Float]) {
      gradient.values = values
      variance.add(gradient)
    }
    for index in 0..<5 { add([Float(index), 1]) }
    let before = try #require(variance.logMeanVariance)
    add([1e25, 0])
    #expect(variance.logMeanVariance == nil)
    for index in 0..<5 { add([Float(index), 1]) }
    #expect(variance.logMeanVariance == before)
    var file = SafetensorsFile()
    variance.save(to: &file, name: "v")
    try file.requireFinite()
  }

  @Test func `a file with one is refused by the tensor's name`() throws {
    var file = SafetensorsFile()
    file.append("whole", SafetensorsTensor([Int32(7), .max]))
    file.append("none", SafetensorsTensor([Float]()))
    file.append("single", SafetensorsTensor((0..<1000).map { Float($0) }))
    try file.requireFinite()
    var wide = (0..<300).map { Double($0) }
    wide[290] = -.infinity
    file.append("double", SafetensorsTensor(wide))
    #expect(throws: NonFiniteNumber("double", element: 290, value: -.infinity)) {
      try file.requireFinite()
    }
  }
}
