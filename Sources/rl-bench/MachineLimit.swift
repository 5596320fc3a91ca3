import CKernels
import Differentiation

/// What the processor does with matrices: a 64×64×64 product through CBLAS.
struct ProductLimit {
  static let side = 64
  private let left = Self.matrix(0)
  private let right = Self.matrix(1)

  private static func matrix(_ seed: Int) -> [Float] {
    (0..<side * side).map { Float(($0 * 29 + seed) % 97 - 48) / 100 }
  }

  /// Floating-point operations of the product.
  static let flops = 2 * Double(side * side * side)

  /// Seconds of one product.
  func measure() -> Double {
    let side = Self.side
    var seconds = 0.0
    withUnsafeTemporaryAllocation(of: Float.self, capacity: side * side) { result in
      var instruction = ck_instruction()
      instruction.out = UnsafeMutableRawPointer(result.baseAddress)
      instruction.rows = Int64(side)
      instruction.cols = Int64(side)
      instruction.depth = Int64(side)
      // CBLAS is called through the kernels: its header and GSL's define the same names differently.
      instruction.flags = Int32(CK_GEMM_BLAS)
      left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
          instruction.in.0 = left.baseAddress
          instruction.in.1 = right.baseAddress
          seconds = secondsPerCall(atLeast: 2e-4) { ck_matmul_f32(&instruction) }
        }
      }
    }
    return seconds
  }
}

/// What one measurement of the machine gave.
struct LimitTimes {
  /// Seconds of one 64×64×64 product.
  var product: Double
  /// Seconds per element, by kernel.
  var elements: [String: Double]
}

/// The time that a program's work would take at the machine's own speed.
struct MachineLimit {
  private static let side = ProductLimit.side

  private let cost: ProgramCost
  private let work: [ElementWork]
  private let kernels: [String: Program<Float>]
  private let product = ProductLimit()

  init(of program: Program<Float>) throws {
    cost = program.cost(ofStage: 0)
    work = program.elementWork(ofStage: 0)
    var kernels: [String: Program<Float>] = [:]
    for name in Set(work.map(\.kernel)) { kernels[name] = try Self.program(of: name) }
    self.kernels = kernels
  }

  func measure() -> LimitTimes {
    LimitTimes(
      product: product.measure(),
      elements: kernels.mapValues { program in
        secondsPerCall(atLeast: 1e-4) { program.run() } / Double(Self.side * Self.side)
      })
  }

  /// The limit by the medians of several measurements.
  func seconds(_ times: [LimitTimes]) -> (total: Double, matrix: Double, flopsPerSecond: Double) {
    let product = median(times.map(\.product))
    let flopsPerSecond = ProductLimit.flops / product
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
      case "copy": x.transposed()
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
}
