import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import Networks
import Noise

/// Fits what a method has to fit before it is measured, on draws of its own.
enum CheckTraining {
  private static let rows = 50
  private static let steps = 1500
  private static let learningRate = 0.02

  /// φ after training on the variance, or on the method's own loss.
  static func fit(
    _ method: CheckMethod, to problem: CheckProblem, seed: UInt64
  ) throws -> ParameterSet<Double> {
    let layout = method.layout(for: problem)
    let phi = ParameterSet<Double>(layout)
    if layout.count == 0 { return phi }
    var stream = RandomStream(seed: seed, purpose: "estimator-check-training")
    initialize(phi, &stream)

    let graph = Graph()
    let tensors = ParameterTensors(layout, inputsOf: graph)
    var noises: [(kind: NoiseKind, tensor: Tensor)] = []
    let inputs = CheckInputs(
      graph: graph, rows: rows,
      noise: { kind, shape in
        let tensor = graph.input("noise\(noises.count)", shape: shape)
        noises.append((kind, tensor))
        return tensor
      }, data: { graph.literal($0, shape: $1) }, phi: tensors)
    let built = method.estimate(problem, inputs)
    let loss =
      built.loss?.mean()
      ?? built.gradient.squaredNorm(
        weights: graph.constant(1 / Double(rows).squareRoot(), shape: [rows]))
    let gradientOfPhi = ParameterSet<Double>(layout)
    var outputs = [ProgramOutput("phi", gradient(of: loss, withRespectTo: tensors.tensors))]
    let training = method.recipe.training
    if training == .average, let signal = built.signal {
      outputs.append(ProgramOutput("signal", signal))
    }
    if training == .optimalScale, let term = built.term {
      outputs.append(ProgramOutput("estimate", built.gradient.distributionGradient))
      outputs.append(ProgramOutput("term", term.distributionGradient))
    }
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: outputs)], bindings: tensors.bindings(to: phi),
      destinations: ["phi": gradientOfPhi.pointer])
    let optimizer = Optimizer<Double>(.adam(), for: layout)
    var average = MovingAverage(decay: 0.99)
    var optimal = OptimalScale()
    for step in 0..<steps {
      for (kind, tensor) in noises where program.reads(tensor) {
        program.withInput(tensor) { stream.fill(kind, &$0) }
      }
      program.run()
      switch training {
      case .average: average.update(program.output("signal").reduce(0, +) / Double(rows))
      case .optimalScale:
        addPairs(program, parameters: built.gradient.parameters.count, to: &optimal)
      case .none, .variance, .fit, .regression:
        // From a fast start to a standstill, or φ would end somewhere around the optimum.
        let rate = learningRate * (1 - Double(step) / Double(steps))
        try optimizer.update(phi, gradient: gradientOfPhi, learningRate: rate)
      }
    }
    if training == .average { phi.values = [average.mean] }
    if training == .optimalScale { phi.values = [optimal.scale] }
    return phi
  }

  /// η is 0 while pairs are collected, so that the estimate is the plain one.
  private static func addPairs(
    _ program: Program<Double>, parameters: Int, to optimal: inout OptimalScale
  ) {
    let (plain, term) = (program.output("estimate"), program.output("term"))
    // Each parameter's block holds one part of every row.
    let width = plain.count / rows / parameters
    for row in 0..<rows {
      let places = (0..<parameters).flatMap { block in
        (0..<width).map { block * rows * width + row * width + $0 }
      }
      optimal.add(gradient: places.map { plain[$0] }, control: places.map { term[$0] })
    }
  }

  private static func initialize(_ phi: ParameterSet<Double>, _ stream: inout RandomStream) {
    for view in phi.layout.views {
      switch view.name {
      case "log_temperature": phi[view.name] = [log(0.5)]
      case "scale": phi[view.name] = [phi.layout.views.count > 1 ? 1 : 0]
      case "weight1", "weight2":
        phi[view.name] = Initializer.glorotUniform(gain: 1).values(shape: view.shape, from: &stream)
      default: break
      }
    }
  }
}
