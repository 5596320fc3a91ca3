import GSL

/// f(y) = Σ J_ij y_i y_j / √D of spins y = ±1 over the edges of a sparse random graph, J = ±1.
///
/// A spin glass: no variable does anything by itself, f is the same for y and −y, and cycles whose signs
/// cannot all be satisfied make many local maxima.
public struct IsingModel: PseudoBooleanFunction {
  /// The mean number of neighbors of a spin.
  public static let degree = 3

  /// D.
  public let variableCount: Int
  private let graph: RandomGraph
  /// J / √D of each edge.
  private let couplings: [Double]

  /// A random one.
  ///
  /// - Parameters:
  ///   - variables: D ≥ 2.
  ///   - stream: where graph and signs come from.
  public init(variables: Int, from stream: inout RandomStream) {
    variableCount = variables
    graph = RandomGraph(vertices: variables, degree: Self.degree, from: &stream)
    let scale = 1 / Double(variables).squareRoot()
    couplings = graph.edges.map { _ in stream.bernoulli(probability: 0.5) ? scale : -scale }
  }

  /// f.
  public func value(of bits: Span<Float>) -> Double {
    var total = 0.0
    for (edge, coupling) in zip(graph.edges, couplings) {
      total += bits[edge.first] == bits[edge.second] ? coupling : -coupling
    }
    return total
  }

  /// E f and its derivative.
  public func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double {
    for index in gradient.indices { gradient[index] = 0 }
    var total = 0.0
    for (edge, coupling) in zip(graph.edges, couplings) {
      let (first, second) = (spin(probabilities[edge.first]), spin(probabilities[edge.second]))
      total += coupling * first * second
      gradient[edge.first] += 2 * coupling * second
      gradient[edge.second] += 2 * coupling * first
    }
    return total
  }
}
