import Differentiation
import Foundation
import GSL
import Networks
import Testing

private func apply(_ activation: Activation, _ x: Double) -> Double {
  switch activation {
  case .tanh: tanh(x)
  case .relu: max(x, 0)
  case .elu: x > 0 ? x : expm1(x)
  }
}

/// The network written out in plain loops, independent of the graph.
private func forward(
  _ parameters: ParameterSet<Double>, name: String, sizes: [Int], _ activation: Activation,
  _ input: [Double]
) -> [Double] {
  var x = input
  for layer in 0..<sizes.count - 1 {
    let weight = parameters["\(name).\(layer).weight"]
    let bias = parameters["\(name).\(layer).bias"]
    let y = (0..<sizes[layer + 1]).map { output in
      (0..<sizes[layer]).reduce(bias[output]) {
        $0 + x[$1] * weight[$1 * sizes[layer + 1] + output]
      }
    }
    x = layer < sizes.count - 2 ? y.map { apply(activation, $0) } : y
  }
  return x
}

private struct Fixture {
  let network: MLP
  let parameters: ParameterSet<Double>
  let inputs: [Double]
  let batch = 5

  init(_ configuration: MLPConfiguration) {
    var layout = ParameterLayout()
    // Something else lies in front, so that offsets matter.
    layout.add("other", [3])
    network = MLP("policy", configuration, in: &layout)
    parameters = ParameterSet(layout)
    var stream = RandomStream(seed: 8, purpose: "test-mlp")
    network.initialize(parameters, from: &stream)
    for layer in network.layers {
      parameters[layer.bias] = parameters[layer.bias].map { _ in stream.gaussian() }
    }
    inputs = (0..<batch * configuration.inputSize).map { _ in stream.gaussian() }
  }

  func row(_ index: Int) -> [Double] {
    let size = network.configuration.inputSize
    return Array(inputs[index * size..<(index + 1) * size])
  }

  func expected() -> [Double] {
    (0..<batch).flatMap {
      forward(
        parameters, name: "policy", sizes: network.configuration.sizes,
        network.configuration.activation, row($0))
    }
  }
}

@Suite struct `A multilayer perceptron` {
  @Test func `registers its parameters from input to output`() {
    var layout = ParameterLayout()
    _ = MLP(
      "policy", MLPConfiguration(inputSize: 4, hiddenSizes: [8, 6], outputSize: 2), in: &layout)
    #expect(
      layout.views.map { ParameterEntry($0.name, $0.shape) } == [
        ParameterEntry("policy.0.weight", [4, 8]), ParameterEntry("policy.0.bias", [8]),
        ParameterEntry("policy.1.weight", [8, 6]), ParameterEntry("policy.1.bias", [6]),
        ParameterEntry("policy.2.weight", [6, 2]), ParameterEntry("policy.2.bias", [2]),
      ])
  }

  @Test func `starts with orthogonal weights of the configured gains and zero biases`() {
    var layout = ParameterLayout()
    let network = MLP(
      "v", MLPConfiguration(inputSize: 6, hiddenSizes: [4], outputSize: 1, outputGain: 0.01),
      in: &layout)
    let set = ParameterSet<Double>(layout)
    set.fill(9)
    var stream = RandomStream(seed: 1, purpose: "test-mlp")
    network.initialize(set, from: &stream)
    func squares(_ name: String) -> Double { set[name].reduce(0) { $0 + $1 * $1 } }
    #expect(abs(squares("v.0.weight") - 2 * 4) < 1e-12)
    #expect(abs(squares("v.1.weight") - 1e-4) < 1e-16)
    #expect(set["v.0.bias"] + set["v.1.bias"] == [0, 0, 0, 0, 0])
  }

  @Test(arguments: Activation.allCases, [[], [7], [7, 4]])
  func `computes what plain loops compute`(activation: Activation, hidden: [Int]) throws {
    let fixture = Fixture(
      MLPConfiguration(inputSize: 3, hiddenSizes: hidden, outputSize: 2, activation: activation))
    let graph = Graph()
    let tensors = ParameterTensors(fixture.parameters.layout, inputsOf: graph)
    let x = graph.input("x", shape: [fixture.batch, 3])
    let y = fixture.network(x, parameters: tensors)
    #expect(y.shape == [fixture.batch, 2])
    let program = try Program<Double>(
      stages: [.init(outputs: [.init("y", y)])],
      bindings: tensors.bindings(to: fixture.parameters))
    program.withInput(x) { for i in fixture.inputs.indices { $0[i] = fixture.inputs[i] } }
    program.run()
    let before = program.output("y")
    for (ours, plain) in zip(before, fixture.expected()) { #expect(abs(ours - plain) < 1e-13) }
    // The program reads the set itself, so a change shows at the next run.
    fixture.parameters.values = fixture.parameters.values.map { 1.25 * $0 }
    program.run()
    #expect(program.output("y") != before)
    for (ours, plain) in zip(program.output("y"), fixture.expected()) {
      #expect(abs(ours - plain) < 1e-13)
    }
  }

  @Test(arguments: Activation.allCases)
  func `has a gradient in the order of its parameters that finite differences confirm`(
    activation: Activation
  ) throws {
    let fixture = Fixture(
      MLPConfiguration(inputSize: 3, hiddenSizes: [5, 4], outputSize: 2, activation: activation))
    let set = fixture.parameters
    let graph = Graph()
    let tensors = ParameterTensors(set.layout, inputsOf: graph)
    let x = graph.input("x", shape: [fixture.batch, 3])
    let loss = fixture.network(x, parameters: tensors).squared().sum()
    let found = ParameterSet<Double>(set.layout)
    let program = try Program<Double>(
      stages: [
        .init(outputs: [
          .init("gradient", gradient(of: loss, withRespectTo: tensors.tensors))
        ])
      ],
      bindings: tensors.bindings(to: set), destinations: ["gradient": found.pointer])
    program.withInput(x) { for i in fixture.inputs.indices { $0[i] = fixture.inputs[i] } }
    program.run()

    func plainLoss() -> Double { fixture.expected().reduce(0) { $0 + $1 * $1 } }
    let step = 1e-6
    for element in 0..<set.count {
      let original = set.pointer[element]
      set.pointer[element] = original + step
      let above = plainLoss()
      set.pointer[element] = original - step
      let below = plainLoss()
      set.pointer[element] = original
      let expected = (above - below) / (2 * step)
      #expect(
        abs(found.pointer[element] - expected) < 1e-7 * max(1, abs(expected)),
        "\(set.layout.label(ofElement: element))")
    }
    #expect(found["other"] == [0, 0, 0])
  }

  @Test(arguments: [
    MLPConfiguration(inputSize: 0, hiddenSizes: [], outputSize: 1),
    MLPConfiguration(inputSize: 1, hiddenSizes: [4, -2], outputSize: 1),
    MLPConfiguration(inputSize: 1, hiddenSizes: [], outputSize: 1, outputGain: .nan),
  ])
  func `that cannot be built is refused`(configuration: MLPConfiguration) {
    #expect(throws: MLPConfigurationError.self) { try configuration.validate() }
  }
}
