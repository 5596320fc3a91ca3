import Differentiation
import GSL
import Networks

/// A network as surrogate of f, fitted to the last evaluations by Adam on small batches drawn from them.
final class ReplaySurrogate {
  /// Units of its one layer.
  static let units = 64
  /// Evaluations that are kept.
  static let capacity = 2000
  private static let batch = 64
  private static let stepsPerUpdate = 4

  let network: ControlNetwork
  let phi: ParameterSet<Float>
  private let width: Int
  private let gradientOfPhi: ParameterSet<Float>
  private let program: Program<Float>
  private let inputs: UnsafeMutableBufferPointer<Float>
  private let targets: UnsafeMutableBufferPointer<Float>
  private var optimizer: Optimizer<Float>
  private var features: [[Float]] = []
  private var values: [Float] = []
  private var oldest = 0

  init(variables: Int, contextSize: Int) throws {
    width = variables + contextSize
    network = ControlNetwork(
      variables: variables, contextSize: contextSize, units: Self.units, isRelaxed: false)
    phi = ParameterSet(network.layout)
    gradientOfPhi = ParameterSet(network.layout)
    optimizer = Optimizer(.adam(), for: network.layout)
    let graph = Graph()
    let tensors = ParameterTensors(network.layout, inputsOf: graph)
    let points = graph.input("points", shape: [Self.batch, width])
    let spins = points.slice(axis: 1, 0..<variables)
    let contexts = contextSize > 0 ? points.slice(axis: 1, variables..<width) : nil
    let wanted = graph.input("targets", shape: [Self.batch])
    let loss = 0.5 * (network(spins: spins, contexts: contexts, tensors) - wanted).squared().mean()
    program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("phi", gradient(of: loss, withRespectTo: tensors.tensors))
        ])
      ],
      bindings: tensors.bindings(to: phi), destinations: ["phi": gradientOfPhi.pointer])
    inputs = UnsafeMutableBufferPointer(
      start: program.inputPointer(points), count: Self.batch * width)
    targets = UnsafeMutableBufferPointer(start: program.inputPointer(wanted), count: Self.batch)
  }

  /// Forgets everything.
  func reset(from stream: inout RandomStream) {
    network.initialize(phi, logTemperature: 0, from: &stream)
    optimizer = Optimizer(.adam(), for: network.layout)
    (features, values, oldest) = ([], [], 0)
  }

  /// Keeps an evaluation.
  func add(_ point: [Float], _ value: Float) {
    if values.count < Self.capacity {
      features.append(point)
      values.append(value)
    } else {
      (features[oldest], values[oldest]) = (point, value)
      oldest = (oldest + 1) % Self.capacity
    }
  }

  /// Some steps of the fit.
  ///
  /// A constant in c changes no estimate, so that c is fitted to f less its mean.
  func fit(learningRate: Double, from stream: inout RandomStream) throws {
    let mean = values.reduce(0, +) / Float(values.count)
    for _ in 0..<Self.stepsPerUpdate {
      for row in 0..<Self.batch {
        let index = stream.index(below: values.count)
        targets[row] = values[index] - mean
        for column in 0..<width { inputs[row * width + column] = features[index][column] }
      }
      program.run()
      try optimizer.update(phi, gradient: gradientOfPhi, learningRate: learningRate)
    }
  }
}
