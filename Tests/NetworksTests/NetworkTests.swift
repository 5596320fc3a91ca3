import Differentiation
import GSL
import Networks
import Testing

/// What holds for every network, whatever is inside.
@Suite struct `A network` {
  /// A network with two inputs of 3 and 2 numbers, in a layout that holds something else before it.
  struct Sample: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let layout: ParameterLayout
    let network: any Network

    static let all: [Sample] = [
      Sample("MLP") {
        MLP("n", MLPConfiguration(inputSize: 5, hiddenSizes: [4, 3], outputSize: 2), in: &$0)
      },
      Sample("linear map") {
        MLP("n", MLPConfiguration(inputSize: 5, hiddenSizes: [], outputSize: 1), in: &$0)
      },
      Sample("convolutional") {
        // An image of 3 × 1 pixels.
        let torso = ConvolutionalTorso(
          "n",
          ConvolutionalConfiguration(
            imageShape: [3, 1, 1],
            layers: [.init(channels: 3, kernel: 1), .init(channels: 2, kernel: 1, stride: 2)],
            hiddenSizes: [4], activation: .tanh), in: &$0)
        let head = MLP(
          "n", MLPConfiguration(inputSize: 6, hiddenSizes: [3], outputSize: 2), in: &$0)
        return ConvolutionalNetwork(torso, head)
      },
      Sample("joined") {
        JoinedNetwork(
          "n", inputs: [(name: "image", size: 3), (name: "sample", size: 2)], hiddenSizes: [4, 3],
          activation: .tanh, in: &$0)
      },
    ]

    init(_ name: String, _ make: (inout ParameterLayout) -> any Network) {
      var layout = ParameterLayout([ParameterEntry("before", [7])])
      testDescription = name
      network = make(&layout)
      self.layout = layout
    }

    /// Parameters drawn from a normal distribution, so that biases count too.
    func parameters() -> ParameterSet<Double> {
      let set = ParameterSet<Double>(layout)
      var stream = RandomStream(seed: 3, purpose: "network-tests")
      set.values = (0..<set.count).map { _ in stream.gaussian() }
      return set
    }
  }

  private static let rows = 6

  @Test(arguments: Sample.all)
  func `names what it has added to its layout, and nothing else`(sample: Sample) {
    let added = sample.layout.views.dropFirst().map { ParameterEntry($0.name, $0.shape) }
    #expect(sample.network.parameters == Array(added))
    // The bias of the output is the last.
    #expect(
      sample.network.parameters.last?.shape == [max(1, sample.network.outputShape.first ?? 1)])
    #expect(sample.network.inputShape == [5])
  }

  @Test(arguments: Sample.all)
  func `draws its own parameters and leaves the others`(sample: Sample) {
    let set = ParameterSet<Double>(sample.layout)
    var stream = RandomStream(seed: 1, purpose: "network-tests")
    sample.network.initialize(set, from: &stream)
    #expect(set["before"].allSatisfy { $0 == 0 })
    for entry in sample.network.parameters where entry.shape.count > 1 {
      #expect(set[entry.name].contains { $0 != 0 }, "\(entry.name)")
    }
  }

  @Test(arguments: Sample.all)
  func `takes its inputs side by side in one tensor or one by one`(sample: Sample) throws {
    let graph = Graph()
    let set = sample.parameters()
    var stream = RandomStream(seed: 2, purpose: "network-tests")
    let inputs = [3, 2].map { width in
      graph.literal(
        (0..<Self.rows * width).map { _ in stream.gaussian() }, shape: [Self.rows, width])
    }
    let tensors = ParameterTensors(sample.layout, inputsOf: graph)
    let apart = sample.network(inputs, parameters: tensors)
    let whole = sample.network(Tensor.concatenate(inputs, axis: 1), parameters: tensors)
    #expect(apart.shape.dimensions == [Self.rows] + sample.network.outputShape)
    #expect(whole.shape == apart.shape)
    let program = try Program<Double>(
      stages: [
        ProgramStage(outputs: [ProgramOutput("apart", apart), ProgramOutput("whole", whole)])
      ],
      bindings: tensors.bindings(to: set))
    program.run()
    for (a, b) in zip(program.output("apart"), program.output("whole")) {
      #expect(abs(a - b) < 1e-12)
    }
    #expect(Set(program.output("apart")).count > Self.rows / 2)
  }

  @Test(arguments: Sample.all)
  func `takes an input with fewer rows for each block of another's`(sample: Sample) throws {
    let graph = Graph()
    let set = sample.parameters()
    var stream = RandomStream(seed: 4, purpose: "network-tests")
    let few = graph.literal((0..<3 * 3).map { _ in stream.gaussian() }, shape: [3, 3])
    let many = graph.literal((0..<6 * 2).map { _ in stream.gaussian() }, shape: [6, 2])
    let tensors = ParameterTensors(sample.layout, inputsOf: graph)
    let program = try Program<Double>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("few", sample.network([few, many], parameters: tensors)),
          ProgramOutput(
            "repeated",
            sample.network(
              [Tensor.concatenate([few, few], axis: 0), many], parameters: tensors)),
        ])
      ], bindings: tensors.bindings(to: set))
    program.run()
    for (a, b) in zip(program.output("few"), program.output("repeated")) {
      #expect(abs(a - b) < 1e-12)
    }
  }

  @Test func `with the wrong number of inputs is refused`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let sample = try #require(Sample.all.last)
      let graph = Graph()
      let x = graph.constant(0, shape: [2, 1])
      _ = sample.network(
        [x, x, x], parameters: ParameterTensors(sample.layout, inputsOf: graph))
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("The network has 2 inputs but got 3."), "\(message)")
  }
}
