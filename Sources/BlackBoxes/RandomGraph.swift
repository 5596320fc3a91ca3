import GSL

/// The edges of a sparse graph: M pairs of N vertices, drawn uniformly among all sets of M pairs.
struct RandomGraph: Sendable {
  /// Each with the smaller vertex first, in the order in which they were drawn.
  let edges: [(first: Int, second: Int)]

  /// A random graph.
  ///
  /// - Parameters:
  ///   - vertices: N ≥ 2.
  ///   - degree: the mean number of edges at a vertex; M = N · degree / 2, at most all pairs.
  ///   - stream: where the edges come from.
  init(vertices: Int, degree: Int, from stream: inout RandomStream) {
    let count = min(vertices * degree / 2, vertices * (vertices - 1) / 2)
    var known: Set<Int> = []
    var edges: [(first: Int, second: Int)] = []
    while edges.count < count {
      let (one, other) = (stream.index(below: vertices), stream.index(below: vertices))
      let (first, second) = (min(one, other), max(one, other))
      guard first < second, known.insert(first * vertices + second).inserted else { continue }
      edges.append((first, second))
    }
    self.edges = edges
  }
}
