import Differentiation
import Foundation
import Networks

extension ToyTraining {
  /// The control variate that one run has learned, at given relaxed samples.
  ///
  /// - Parameters:
  ///   - run: its number, from 0.
  ///   - points: z.
  /// - Returns: c(z), one for each point.
  /// - Throws: `ProgramError` when the control variate cannot be compiled.
  func controlVariate(ofRun run: Int, at points: [Double]) throws -> [Double] {
    let graph = Graph()
    let layout = estimator.controlParameters(runs: 1)
    let tensors = ParameterTensors(
      layout,
      tensors: zip(layout.views, phi.layout.views).map { one, all in
        graph.literal(
          Array(phi[all.name].dropFirst(run * one.range.count).prefix(one.range.count)),
          shape: Shape(one.shape))
      })
    let c = estimator.controlVariate(
      graph.literal(points, shape: [points.count, 1]), phi: tensors, target: settings.target)
    let program = try Program<Double>(
      stages: [ProgramStage(outputs: [ProgramOutput("c", c)])])
    program.run()
    return program.output("c")
  }
}
