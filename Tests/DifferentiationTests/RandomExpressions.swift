import Differentiation
import GSL

/// A graph of random operations, its inputs and their elements.
struct RandomExpressions {
  let graph = Graph()
  private(set) var inputs: [(tensor: Tensor, elements: [Double])] = []
  private(set) var pool: [Tensor] = []
  private var stream: RandomStream

  init(seed: UInt64, operations: Int) {
    stream = RandomStream(seed: seed, purpose: "random-expressions")
    let shapes: [Shape] = [[], [3], [4, 3], [4, 1], [4, 4], [3, 4], [2, 4, 3]]
    for shape in shapes { addInput(shape) }
    while pool.count < shapes.count + operations { pool.append(next()) }
  }

  /// The last results, the ones that most others lead to.
  var results: [Tensor] { Array(pool.suffix(4)) }

  private mutating func addInput(_ shape: Shape) {
    let tensor = graph.input("x\(inputs.count)", shape: shape)
    inputs.append((tensor, (0..<shape.count).map { _ in stream.gaussian() }))
    pool.append(tensor)
  }

  private mutating func integer(below bound: Int) -> Int { Int(stream.next() % UInt64(bound)) }

  /// Recent tensors more often, so that long chains arise.
  private mutating func pick(where fits: (Tensor) -> Bool = { _ in true }) -> Tensor? {
    let fitting = pool.filter(fits)
    guard !fitting.isEmpty else { return nil }
    let recent = max(fitting.count - 6, 0)
    let first = integer(below: 3) == 0 ? 0 : recent
    return fitting[first + integer(below: fitting.count - first)]
  }

  /// One more operation; arguments are kept inside the domain and results of ordinary size.
  private mutating func next() -> Tensor {
    guard let a = pick() else { return graph.constant(1) }
    switch integer(below: 24) {
    case 0: return a.tanh()
    case 1: return a.sigmoid()
    case 2: return a.tanh().exp()
    case 3: return (a.squared() + 0.5).log()
    case 4: return a.softplus()
    case 5: return a.relu()
    case 6: return a.elu()
    case 7: return (1 + a.squared()).reciprocal()
    case 8: return 0.7 - 0.3 * a
    case 9: return (a.absolute() + 0.1).squareRoot()
    case 10, 11:
      return pick { $0.shape.broadcast(with: a.shape) != nil }.map { 0.5 * (a + $0) } ?? a
    case 12: return pick { $0.shape.broadcast(with: a.shape) != nil }.map { a - $0 } ?? a
    case 13, 14: return pick { $0.shape.broadcast(with: a.shape) != nil }.map { a * $0.tanh() } ?? a
    case 15:
      return pick { $0.shape.broadcast(with: a.shape) != nil }.map {
        a / (1.5 + $0.squared())
      } ?? a
    case 16:
      return pick { $0.shape.broadcast(with: a.shape) != nil }.map {
        Tensor.greater(a, $0).select(a, otherwise: $0.tanh())
      } ?? a
    case 17, 18: return product(a)
    case 19: return a.shape.rank > 0 ? a.sum(axis: integer(below: a.shape.rank)) * 0.5 : a.tanh()
    case 20: return a.shape.rank > 0 ? a.logSoftmax() * 0.3 : a.sigmoid()
    case 21: return movement(a)
    case 22: return a.shape.rank > 0 ? a.max(axis: a.shape.rank - 1, keepingAxis: true) : a.elu()
    default: return a.tanh() * a.stopGradient()
    }
  }

  private mutating func product(_ a: Tensor) -> Tensor {
    guard a.shape.rank == 2 else { return a.tanh() }
    let left = integer(below: 2) == 0
    let right = integer(below: 2) == 0
    let inner = a.shape[left ? 0 : 1]
    guard let b = pick(where: { $0.shape.rank == 2 && $0.shape[right ? 1 : 0] == inner }) else {
      return a.tanh()
    }
    let result = 0.3 * a.matrixProduct(b, transposingSelf: left, transposingOther: right)
    let bias = pick { $0.shape == [result.shape[1]] }
    switch integer(below: 4) {
    case 0: return bias.map { result + $0 } ?? result
    case 1: return bias.map { (result + $0).tanh() } ?? result.relu()
    case 2:
      return pick { $0.shape == result.shape }.map {
        a.matrixProduct(b, transposingSelf: left, transposingOther: right) + $0
      } ?? result
    default: return result
    }
  }

  private mutating func movement(_ a: Tensor) -> Tensor {
    guard a.shape.rank > 0 else { return a.broadcast(to: [3]) }
    let axis = integer(below: a.shape.rank)
    switch integer(below: 5) {
    case 0: return a.transposed()
    case 1: return a.reshaped([a.shape.count])
    case 2 where a.shape[axis] > 1:
      return a.slice(axis: axis, 1..<a.shape[axis])
    case 3 where a.shape[axis] > 1:
      // Halves exchanged: its derivative pads and adds.
      let tail = a.slice(axis: axis, 1..<a.shape[axis])
      return Tensor.concatenate([tail.tanh(), a.slice(axis: axis, 0..<1)], axis: axis)
    default:
      return Tensor.concatenate([a, a.tanh()], axis: axis).slice(axis: axis, 0..<a.shape[axis])
    }
  }
}
