import GSL

/// f(b) = how many edges of a sparse random graph join a vertex of value 0 and one of value 1, over √D.
public struct MaximumCut: PseudoBooleanFunction {
  /// The mean number of edges at a vertex.
  public static let degree = 4

  /// D, the number of vertices.
  public let variableCount: Int
  private let graph: RandomGraph
  private let scale: Double

  /// A random one.
  ///
  /// - Parameters:
  ///   - variables: D ≥ 2.
  ///   - stream: where the graph comes from.
  public init(variables: Int, from stream: inout RandomStream) {
    variableCount = variables
    graph = RandomGraph(vertices: variables, degree: Self.degree, from: &stream)
    scale = 1 / Double(variables).squareRoot()
  }

  /// f.
  public func value(of bits: Span<Float>) -> Double {
    var cut = 0
    for edge in graph.edges where bits[edge.first] != bits[edge.second] { cut += 1 }
    return scale * Double(cut)
  }

  /// E f and its derivative.
  public func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double {
    for index in gradient.indices { gradient[index] = 0 }
    var total = 0.0
    for edge in graph.edges {
      let (first, second) = (spin(probabilities[edge.first]), spin(probabilities[edge.second]))
      total += scale * 0.5 * (1 - first * second)
      gradient[edge.first] -= scale * second
      gradient[edge.second] -= scale * first
    }
    return total
  }
}
