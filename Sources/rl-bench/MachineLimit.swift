import CKernels
import Differentiation

/// What the processor can do at most: fused multiply-adds that never leave its registers.
struct MultiplyAddLimit {
  /// The widths of vectors that the processor has, in bits.
  static let widths = [128, 256, 512].filter { $0 <= Int(ck_widest_vector_bits()) }

  /// Single-precision operations per second at one width.
  static func measure(bits: Int) -> Double {
    let rounds: Int64 = 20_000
    var operations: Int64 = 0
    let seconds = secondsPerCall(atLeast: 2e-4) {
      operations = ck_multiply_adds_f32(Int32(bits), rounds)
    }
    return Double(operations) / seconds
  }

  /// Single-precision operations per second at the best width.
  static func measure() -> Double { widths.suffix(2).map { measure(bits: $0) }.max() ?? .nan }
}

/// What one measurement of the machine gave.
struct LimitTimes {
  /// Multiply-adds in registers, operations per second.
  var flopsPerSecond: Double
  /// Seconds per element, by kernel.
  var elements: [String: Double]
}

/// The time that a program's work would take at the machine's own speed.
struct MachineLimit {
  private static let side = 64

  private let cost: ProgramCost
  private let work: [ElementWork]
  private let kernels: [String: Program<Float>]

  init(of program: Program<Float>) throws {
    cost = program.cost(ofStage: 0)
    work = program.elementWork(ofStage: 0)
    var kernels: [String: Program<Float>] = [:]
    for name in Set(work.map(\.kernel)) { kernels[name] = try Self.program(of: name) }
    self.kernels = kernels
  }

  func measure() -> LimitTimes {
    LimitTimes(
      flopsPerSecond: MultiplyAddLimit.measure(),
      elements: kernels.mapValues { program in
        secondsPerCall(atLeast: 1e-4) { program.run() } / Double(Self.side * Self.side)
      })
  }

  /// The limit by the medians of several measurements.
  func seconds(_ times: [LimitTimes]) -> (total: Double, matrix: Double, flopsPerSecond: Double) {
    let flopsPerSecond = median(times.map(\.flopsPerSecond))
    let matrix = Double(cost.matrixFlops) / flopsPerSecond
    let elements = work.reduce(0) { sum, item in
      sum + Double(item.elements) * median(times.map { $0.elements[item.kernel] ?? 0 })
    }
    return (matrix + elements, matrix, flopsPerSecond)
  }

  /// A program of one operation on 4096 elements, which lie in the first-level cache.
  private static func program(of kernel: String) throws -> Program<Float> {
    let graph = Graph()
    let x = graph.input("x", shape: [side, side])
    let y = graph.input("y", shape: [side, side])
    let z = graph.input("z", shape: [side, side])
    let result: Tensor =
      switch kernel {
      case "tanh": x.tanh()
      case "relu": x.relu()
      case "elu": x.elu()
      case "exp": x.exp()
      case "square": x.squared()
      case "step": x.step()
      case "scale": x * 3
      case "offset": x + 3
      case "add": x + y
      case "subtract": x - y
      case "multiply": x * y
      case "multiplyAdd": x * y + z
      case "tanhGradient": x * (1 - y.squared())
      case "tanhCurvature": 2 * (-(x * y) * z)
      case "reluGradient": x * y.step()
      case "sum": x.sum(axis: 0)
      case "max": x.max(axis: 0)
      case "copy": x.transposed()
      case "scatterAdd": windowsAddedUp(in: graph, y)
      case "fromBytes": graph.byteInput("bytes", shape: [side, side])
      case "fill": x.broadcast(to: [side, side])
      default: preconditionFailure("No benchmark for the kernel \(kernel).")
      }
    let program = try Program<Float>(
      stages: [ProgramStage(outputs: [ProgramOutput("result", result)])])
    for input in [x, y, z] where program.reads(input) {
      program.withInput(input) { span in
        for index in 0..<span.count { span[index] = Float((index * 53 + 7) % 89 - 44) / 40 }
      }
    }
    return program
  }

  /// Windows of one pixel each, added up where they lie.
  private static func windowsAddedUp(in graph: Graph, _ windows: Tensor) -> Tensor {
    let image = graph.input("image", shape: [1, side, side, 1])
    let taken = image.windows(Windows(side: 1))
    return pullback(of: [(taken, cotangent: windows.reshaped(taken.shape))], to: [image])[0]
  }
}
