import CKernels

/// Turns operations into instructions: kernels, addresses, strides.
struct InstructionBuilder {
  let lowering: Lowering
  let table: KernelTable
  /// The address of a value's first element.
  let address: (Int) -> UnsafeMutableRawPointer

  /// The instructions of one operation.
  ///
  /// - Throws: `ProgramError.mixesRows`.
  func instructions(for operation: Operation) throws(ProgramError) -> [ck_instruction] {
    let shape = shape(operation.result)
    let rows = lowering.rowCount(of: operation)
    try lowering.checkRows(operation)
    var instruction = ck_instruction()
    instruction.out = address(operation.result)
    instruction.rows = Int64(rows ?? 1)
    instruction.cols = Int64(shape.count / (rows ?? 1))
    instruction.row_blocks = 1
    for (index, operand) in operation.operands.prefix(CK_INPUTS).enumerated() {
      instruction.setInput(index, UnsafeRawPointer(address(operand)))
    }
    if let rows {
      instruction.out_row_bytes = Int64(shape.count / rows * table.elementSize)
      for (index, operand) in operation.operands.prefix(CK_INPUTS).enumerated()
      where lowering.movesWithRows(index, of: operation) {
        let size = lowering.values[operand].isBytes ? 1 : table.elementSize
        instruction.setRowBytes(index, Int64(self.shape(operand).count / rows * size))
      }
    }

    switch operation.kind {
    case .unary(let kernel):
      instruction.kernel = table.entries(kernel)
    case .constantOperand(let kernel, let constant):
      instruction.kernel = table.entries(kernel)
      instruction.scalar = constant
    case .fill(let constant):
      instruction.kernel = table.entries(.fill)
      instruction.scalar = constant
    case .broadcasting(let kernel):
      instruction.kernel = table.entries(kernel)
      guard let plan = lowering.broadcasting(operation, operation.operands) else {
        fatalError("An operand of \(kernel) was not written out.")
      }
      instruction.rows = Int64(plan.rows)
      instruction.cols = Int64(plan.columns)
      for (index, strides) in plan.strides.enumerated() {
        instruction.setStrides(index, Int64(strides.row), Int64(strides.column))
      }
    case .matrixProduct(let product):
      instruction.kernel = table.entries(.matmul)
      setMatrixProduct(&instruction, product, operation)
    case .reduction(let kernel, let axis):
      let operand = self.shape(operation.operands[0])
      instruction.kernel = table.entries(kernel)
      instruction.rows = Int64(operand.dimensions[..<axis].reduce(1, *))
      instruction.depth = Int64(operand[axis])
      instruction.cols = Int64(operand.dimensions[(axis + 1)...].reduce(1, *))
    case .alongLastAxis(let kernel):
      let operand = self.shape(operation.operands[0])
      instruction.kernel = table.entries(kernel)
      instruction.depth = Int64(operand[operand.rank - 1])
      instruction.rows = Int64(shape.count)
      instruction.cols = 1
    case .oneHot:
      instruction.kernel = table.entries(.oneHot)
      instruction.cols = Int64(shape[shape.rank - 1])
      instruction.rows = Int64(shape.count) / instruction.cols
    case .literal: return []
    case .copy, .transpose, .broadcast, .slice, .pad, .concatenate, .windows, .accumulateWindows:
      return copies(operation, instruction)
    }
    if let rows { instruction.row_blocks = instruction.rows / Int64(rows) }
    return [instruction]
  }

  private func shape(_ value: Int) -> Shape { lowering.values[value].shape }

  private func setMatrixProduct(
    _ instruction: inout ck_instruction, _ product: Operation.MatrixProduct, _ operation: Operation
  ) {
    let left = lowering.leftShape(of: operation, product)
    let right = shape(operation.operands[1])
    instruction.rows = Int64(product.transposeLeft ? left[1] : left[0])
    instruction.cols = Int64(product.transposeRight ? right[0] : right[1])
    instruction.depth = Int64(product.transposeLeft ? left[0] : left[1])
    var flags = 0
    if product.transposeLeft { flags |= CK_TRANSPOSE_A }
    if product.transposeRight { flags |= CK_TRANSPOSE_B }
    if product.hasBias { flags |= CK_BIAS }
    if product.accumulates { flags |= CK_ACCUMULATE }
    if let windows = product.windows {
      flags |= CK_WINDOWS
      let images = shape(operation.operands[0])
      let strides = windows.strides(inImages: images)
      for (axis, extent) in windows.shape(ofImages: images).dimensions.enumerated() {
        instruction.setAxis(axis, extent: extent, input: strides[axis], output: 0)
      }
    }
    instruction.flags = Int32(flags)
    let activation =
      switch product.activation {
      case .tanh: CK_TANH
      case .relu: CK_RELU
      case .elu: CK_ELU
      case .sigmoid: CK_SIGMOID
      case .softplus: CK_SOFTPLUS
      default: CK_LINEAR
      }
    instruction.activation = Int32(activation)
  }

  /// Strided copies: axis 0 first, the rest at the end, so that the innermost loop is the last axis.
  private func copies(_ operation: Operation, _ base: ck_instruction) -> [ck_instruction] {
    let result = shape(operation.result)
    let size = table.elementSize
    func copy(extents: [Int], from input: [Int], to output: [Int]) -> ck_instruction {
      demand(
        extents.count <= CK_AXES,
        "Tensors of more than \(CK_AXES) axes cannot be moved but the shape is \(extents).")
      var instruction = base
      instruction.kernel = table.entries(.copy)
      let axes = CK_AXES
      for axis in 0..<axes { instruction.setAxis(axis, extent: 1, input: 0, output: 0) }
      for axis in extents.indices {
        let isFirstRowAxis = axis == 0 && base.out_row_bytes != 0
        let position = isFirstRowAxis ? 0 : axes - extents.count + axis
        instruction.setAxis(
          position, extent: extents[axis], input: input[axis], output: output[axis])
        if isFirstRowAxis { instruction.row_blocks = Int64(extents[0]) / base.rows }
      }
      return instruction
    }
    switch operation.kind {
    case .transpose(let permutation):
      let strides = shape(operation.operands[0]).strides
      return [
        copy(extents: result.dimensions, from: permutation.map { strides[$0] }, to: result.strides)
      ]
    case .broadcast:
      let operand = shape(operation.operands[0])
      let padded = operand.padded(toRank: result.rank)
      let dense = [Int](repeating: 0, count: result.rank - operand.rank) + operand.strides
      let strides = zip(padded, dense).map { $0 == 1 ? 0 : $1 }
      return [copy(extents: result.dimensions, from: strides, to: result.strides)]
    case .slice(let axis, let start):
      let strides = shape(operation.operands[0]).strides
      var instruction = copy(extents: result.dimensions, from: strides, to: result.strides)
      instruction.setInput(
        0, UnsafeRawPointer(address(operation.operands[0]) + start * strides[axis] * size))
      return [instruction]
    case .pad(let axis, let before):
      let operand = shape(operation.operands[0])
      var fill = base
      fill.kernel = table.entries(.fill)
      fill.scalar = 0
      var instruction = copy(
        extents: operand.dimensions, from: operand.strides, to: result.strides)
      instruction.out = address(operation.result) + before * result.strides[axis] * size
      return [fill, instruction]
    case .concatenate(let axis):
      var start = 0
      var instructions: [ck_instruction] = []
      for value in operation.operands {
        let operand = shape(value)
        let place = address(operation.result) + start * result.strides[axis] * size
        start += operand[axis]
        // A piece that was computed in its place need not be moved.
        if place == address(value) { continue }
        var instruction = copy(
          extents: operand.dimensions, from: operand.strides, to: result.strides)
        instruction.setInput(0, UnsafeRawPointer(address(value)))
        if base.out_row_bytes != 0 {
          instruction.setRowBytes(0, Int64(operand.count) / base.rows * Int64(size))
        }
        instruction.out = place
        instructions.append(instruction)
      }
      return instructions
    case .windows(let windows):
      let strides = windows.strides(inImages: shape(operation.operands[0]))
      return [copy(extents: result.dimensions, from: strides, to: result.strides)]
    case .accumulateWindows(let windows):
      let operand = shape(operation.operands[0])
      var fill = base
      fill.kernel = table.entries(.fill)
      fill.scalar = 0
      var instruction = copy(
        extents: operand.dimensions, from: operand.strides, to: windows.strides(inImages: result))
      instruction.kernel = table.entries(.scatterAdd)
      return [fill, instruction]
    default:
      if base.out_row_bytes != 0 {
        return [copy(extents: result.dimensions, from: result.strides, to: result.strides)]
      }
      return [copy(extents: [result.count], from: [1], to: [1])]
    }
  }
}

extension ck_instruction {
  mutating func setInput(_ index: Int, _ pointer: UnsafeRawPointer) {
    withUnsafeMutableBytes(of: &`in`) {
      $0.storeBytes(
        of: pointer, toByteOffset: index * MemoryLayout<UnsafeRawPointer?>.stride,
        as: UnsafeRawPointer?.self)
    }
  }

  mutating func setRowBytes(_ index: Int, _ bytes: Int64) {
    Self.store(bytes, at: index, in: &in_row_bytes)
  }

  mutating func setStrides(_ index: Int, _ row: Int64, _ column: Int64) {
    Self.store(row, at: index, in: &row_stride)
    Self.store(column, at: index, in: &col_stride)
  }

  mutating func setAxis(_ axis: Int, extent extentValue: Int, input: Int, output: Int) {
    Self.store(Int64(extentValue), at: axis, in: &extent)
    Self.store(Int64(input), at: axis, in: &in_stride)
    Self.store(Int64(output), at: axis, in: &out_stride)
  }

  /// C's fixed arrays arrive as tuples.
  private static func store<T>(_ value: Int64, at index: Int, in tuple: inout T) {
    withUnsafeMutableBytes(of: &tuple) {
      $0.storeBytes(
        of: value, toByteOffset: index * MemoryLayout<Int64>.stride, as: Int64.self)
    }
  }
}
