import Differentiation
import GSL
import TestSupport
import Testing

struct WindowsTests {
  /// Images, and windows of several sizes and strides in them.
  private static let cases: [(images: Shape, windows: Windows)] = [
    ([3, 5, 6, 2], Windows(side: 3)), ([2, 10, 10, 4], Windows(side: 3)),
    ([2, 9, 11, 3], Windows(height: 2, width: 4, verticalStride: 3, horizontalStride: 2)),
    ([1, 4, 4, 1], Windows(side: 1, stride: 2)), ([4, 3, 7, 1], Windows(height: 3, width: 5)),
    ([2, 12, 12, 16], Windows(side: 8, stride: 4)),
    ([2, 2, 3, 50], Windows(height: 1, width: 3)),
  ]

  private func numbers(_ count: Int) -> [Double] {
    var stream = RandomStream(seed: UInt64(count), purpose: "windows-tests")
    return (0..<count).map { _ in Double(Float(stream.gaussian())) }
  }

  @Test(arguments: cases.indices)
  func `are what they show, and their derivative adds up where they lie`(index: Int) throws {
    let (shape, windows) = Self.cases[index]
    let graph = Graph()
    let x = graph.input("images", shape: shape)
    let taken = x.windows(windows)
    let weights = graph.input("weights", shape: taken.shape)
    let slope = gradient(of: (taken * weights).sum(), withRespectTo: [x])[0]
    let inputs = [(x, numbers(shape.count)), (weights, numbers(taken.shape.count))]
    let found = try evaluate([taken, slope], inputs, as: Float.self)
    let expected = interpret(graph, inputs)
    #expect(found[0] == expected[taken.index], "\(windows) of \(shape)")
    for (a, b) in zip(found[1], expected[slope.index]) {
      #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(windows) of \(shape)")
    }
  }

  @Test(arguments: cases.indices)
  func `are taken row by row, bytes too, as all at once`(index: Int) throws {
    let (shape, windows) = Self.cases[index]
    let rows = shape[0]
    let graph = Graph()
    let x = graph.byteInput("images", shape: [rows, shape.count / rows])
    let images = (x * 0.5).reshaped(shape)
    let taken = images.windows(windows)
    let size = taken.shape[3] * taken.shape[4]
    let weight = graph.literal(numbers(size * 5), shape: [size, 5])
    let y = taken.reshaped([taken.shape.count / size, size]).matrixProduct(weight).relu()
    let pooled = images.maximumPooled(windows)
    let back = gradient(of: y.squared().sum(), withRespectTo: [images])[0]
    func run(rowwise: Bool) throws -> [[Float]] {
      let program = try Program<Float>(stages: [
        ProgramStage(
          rowInputs: rowwise ? [x] : [],
          outputs: [
            ProgramOutput("y", y), ProgramOutput("pooled", pooled), ProgramOutput("back", back),
          ])
      ])
      let bytes = program.byteInputPointer(x)
      var stream = RandomStream(seed: 3, purpose: "windows-tests")
      for index in 0..<shape.count { bytes[index] = UInt8(stream.index(below: 256)) }
      if rowwise {
        for row in (0..<rows).reversed() { program.run(stage: 0, rows: row..<row + 1) }
      } else {
        program.run()
      }
      return ["y", "pooled", "back"].map { program.output($0) }
    }
    let whole = try run(rowwise: false)
    #expect(try run(rowwise: true) == whole, "\(windows) of \(shape)")
    #expect(whole.allSatisfy { Set($0).count > 1 })
  }

  /// Deeper than what a product keeps in the cache at a time, for most of them.
  private static let products: [(shape: Shape, windows: Windows)] = [
    ([3, 20, 20, 32], Windows(side: 3)), ([2, 12, 12, 64], Windows(side: 3)),
    ([2, 40, 36, 3], Windows(height: 5, width: 7, verticalStride: 2, horizontalStride: 3)),
    ([5, 10, 10, 4], Windows(side: 3)), ([2, 3, 14, 1], Windows(side: 1, stride: 2)),
  ]

  @Test(arguments: products.indices, [64, 19, 5, 3])
  func `give products the bits that they give when they are written out`(
    index: Int, outputs: Int
  ) throws {
    let image = Self.products[index]
    func run(writingOut: Bool) throws -> (found: [[Float]], instructions: Int) {
      let graph = Graph()
      let x = graph.input("images", shape: image.shape)
      let taken = x.windows(image.windows)
      let size = taken.shape[3] * taken.shape[4]
      let rows = taken.shape.count / size
      let weight = graph.input("weight", shape: [size, outputs])
      let bias = graph.input("bias", shape: [outputs])
      let y = (taken.reshaped([rows, size]).matrixProduct(weight) + bias).relu()
      let slope = gradient(of: y.squared().sum(), withRespectTo: [weight, bias, x])
      let program = try Program<Float>(stages: [
        ProgramStage(
          outputs: [ProgramOutput("y", y), ProgramOutput("slope", slope)]
            + (writingOut ? [ProgramOutput("windows", taken)] : []))
      ])
      for (input, count) in [(x, image.shape.count), (weight, size * outputs), (bias, outputs)] {
        fill(program, input, numbers(count))
      }
      program.run()
      return (
        ["y", "slope"].map { program.output($0) }, program.instructionCount(ofStage: 0)
      )
    }
    let (fused, apart) = (try run(writingOut: false), try run(writingOut: true))
    #expect(fused.instructions == apart.instructions - 1)
    for (found, expected) in zip(fused.found, apart.found) {
      if outputs > 8 {
        #expect(found == expected)
      } else {
        // So narrow products are computed in another way, where the windows are there.
        let scale = expected.map(abs).max() ?? 0
        for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5 * scale) }
      }
    }
  }

  @Test func `of images that have been mixed over their rows are refused row by row`() {
    let graph = Graph()
    let x = graph.input("images", shape: [4, 3, 3, 1])
    let mixed = x.transposed(permutation: [1, 0, 2, 3]).windows(Windows(side: 2))
    #expect(throws: ProgramError.self) {
      try Program<Float>(stages: [
        ProgramStage(rowInputs: [x], outputs: [ProgramOutput("mixed", mixed)])
      ])
    }
  }

  @Test func `leave out what no window reaches`() throws {
    let graph = Graph()
    let x = graph.input("images", shape: [1, 5, 5, 1])
    let taken = x.windows(Windows(side: 2, stride: 2))
    #expect(taken.shape == [1, 2, 2, 2, 2])
    let slope = gradient(of: taken.sum(), withRespectTo: [x])[0]
    let found = try evaluate([slope], [(x, numbers(25))])[0]
    #expect(found == (0..<25).map { $0 % 5 < 4 && $0 / 5 < 4 ? 1 : 0 })
  }

  @Test func `pools are the mean and the largest number of each window`() throws {
    let graph = Graph()
    // Rows of two pixels with two channels.
    let x = graph.literal([1, 10, 2, 20, 3, 30, 6, 0], shape: [1, 2, 2, 2])
    let pools = [x.averagePooled(Windows(side: 2)), x.maximumPooled(Windows(side: 2))]
    #expect(pools.allSatisfy { $0.shape == [1, 1, 1, 2] })
    #expect(try evaluate(pools, []) == [[3, 15], [6, 30]])
  }
}

struct ByteInputTests {
  @Test func `are read where they lie, as numbers from 0 to 255`() throws {
    let graph = Graph()
    let x = graph.byteInput("bytes", shape: [256])
    #expect(x.isByteInput && !graph.input("numbers", shape: [1]).isByteInput)
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    defer { memory.deallocate() }
    for index in 0..<256 { memory[index] = UInt8(255 - index) }
    let slope = gradient(of: x.squared().sum(), withRespectTo: [x])[0]
    let program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [ProgramOutput("half", x * 0.5), ProgramOutput("slope", slope)])
      ], bindings: [ProgramBinding(bytes: x, memory)])
    #expect(program.reads(x))
    program.run()
    #expect(program.output("half") == (0..<256).map { Float(255 - $0) / 2 })
    // A derivative by the numbers that the bytes are made into; the bytes themselves have none.
    #expect(program.output("slope") == (0..<256).map { 2 * Float(255 - $0) })
    #expect(program.description.contains("\"bytes\"[256]"))
    memory[0] = 7
    try program.runChecked()
    #expect(program.output("half")[0] == 3.5)
  }

  @Test func `cannot be bound to numbers, or read as such`() async {
    await #expect(processExitsWith: .failure) {
      let x = Graph().byteInput("bytes", shape: [4])
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: 4)
      _ = ProgramBinding<Float>(x, memory)
    }
    await #expect(processExitsWith: .failure) {
      let graph = Graph()
      let x = graph.byteInput("bytes", shape: [4])
      let program = try Program<Float>(
        stages: [ProgramStage(outputs: [ProgramOutput("y", x + 1)])])
      _ = program.inputPointer(x)
    }
  }
}
