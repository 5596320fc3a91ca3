import Differentiation
import Networks
import ReinforcementLearning

/// What a trained policy computes, as a graph, for whoever is to compute it elsewhere.
///
/// It is the graph that the policy itself runs, so that both do the same whatever the network is.
///
/// Shapes: R rows, D observation, M flags of a mask, C numbers of an action.
public struct PolicyFunction {
  /// R, for how many observations at once the graph is written.
  package let rows: Int
  /// `[R, D]`, normalized where there is a normalizer.
  package let observation: Tensor
  /// `[R, M]`; nil where no action can be forbidden.
  package let mask: Tensor?
  /// The likeliest action as a policy numbers it: `[R]`, or `[R, C]`.
  package let likeliest: Tensor
  /// How the environment takes it.
  package let actions: ActionModel
  /// With which observations were seen in training, where they were normalized.
  package let normalizer: ObservationNormalizer?
  private let parameters: [Int: ProgramBinding<Float>]

  init(
    _ table: ExperienceGraph, likeliest: Tensor, actions: ActionModel,
    normalizer: ObservationNormalizer?
  ) {
    guard let observation = table.tensor(of: .observation) else {
      fatalError("A policy needs a column \"observation\" that it reads.")
    }
    rows = table.experience.capacity
    self.observation = observation
    mask = table.tensor(of: .mask)
    self.likeliest = likeliest
    self.actions = actions
    self.normalizer = normalizer
    parameters = Dictionary(table.bindings.map { ($0.input.index, $0) }) { first, _ in first }
  }

  /// The numbers of a parameter as they are now, by its place in the graph; nil for another input.
  package func values(ofInput index: Int) -> [Float]? {
    guard let binding = parameters[index], index != observation.index, index != mask?.index
    else { return nil }
    let start = UnsafeRawPointer(binding.memory).assumingMemoryBound(to: Float.self)
    return Array(UnsafeBufferPointer(start: start, count: binding.input.shape.count))
  }
}

/// A trained policy whose actions are what a graph gives.
public protocol GraphPolicy: TrainedPolicy {
  /// What it computes where it acts as seems best to it.
  var function: PolicyFunction { get }
}
