/// Joins operations that one kernel does in a single pass over memory.
///
/// * A broadcast is read through its strides instead of being written out.
/// * The derivatives of activations become one kernel each.
/// * Windows of images that products alone read are taken by those, a part at a time.
/// * A bias and an activation are applied while the matrix product's tile is at hand.
/// * A sum of matrix products accumulates in place.
/// * A product that is summed, or added to something, is not written out.
/// * Slices that are padded and added are one concatenation, made where its pieces are computed.
struct Fusion {
  var lowering: Lowering
  /// Where each value is computed in `lowering.operations`.
  private(set) var producer: [Int32] = []
  let outputs: Set<Int>

  /// The same operations, fewer; `outputs` are the values that must exist in memory after the run.
  static func apply(to lowering: Lowering, outputs: Set<Int>) -> Lowering {
    var fusion = Fusion(lowering: lowering, outputs: outputs)
    fusion.index()
    fusion.readThroughBroadcasts()
    fusion.fuseActivationGradients()
    fusion.fuseCurvatureOfTanh()
    fusion.foldSigns()
    fusion.joinPaddedSlices()
    fusion.removeUnused()
    fusion.readThroughWindows()
    fusion.fuseIntoMatrixProducts()
    fusion.fuseProducts()
    fusion.placeConcatenatedPieces()
    return fusion.lowering
  }

  mutating func index() {
    producer = Array(repeating: -1, count: lowering.values.count)
    for (position, operation) in lowering.operations.enumerated() {
      producer[operation.result] = Int32(position)
    }
  }

  /// The operation that computes a value, unless it is an input or a view.
  func operation(producing value: Int) -> Operation? {
    guard value < producer.count, producer[value] >= 0 else { return nil }
    return lowering.operations[Int(producer[value])]
  }

  /// The operand of the operation that computes a value, if that operation is of the given kind.
  func operand(of value: Int, _ kind: Operation.Kind) -> Int? {
    guard let operation = operation(producing: value), operation.kind == kind else { return nil }
    return operation.operands[0]
  }

  /// How often each value's memory is read, by itself or through a view.
  func countUses() -> [Int32] {
    var uses = [Int32](repeating: 0, count: lowering.values.count)
    for output in outputs { uses[lowering.root(of: output).value] += 2 }
    for operation in lowering.operations {
      for operand in operation.operands { uses[lowering.root(of: operand).value] += 1 }
    }
    return uses
  }

  /// Whether one operation may be done where another is: in the same stage, over the same rows.
  func areTogether(_ first: Operation, _ second: Operation) -> Bool {
    first.stage == second.stage && lowering.rowCount(of: first) == lowering.rowCount(of: second)
  }

  mutating func remove(_ positions: [Bool]) {
    lowering.operations = lowering.operations.indices.filter { !positions[$0] }.map {
      lowering.operations[$0]
    }
    index()
  }

  private mutating func readThroughBroadcasts() {
    for position in lowering.operations.indices {
      guard case .broadcasting = lowering.operations[position].kind else { continue }
      for index in lowering.operations[position].operands.indices {
        var operands = lowering.operations[position].operands
        guard let narrow = operand(of: operands[index], .broadcast) else { continue }
        operands[index] = narrow
        if lowering.broadcasting(lowering.operations[position], operands) != nil {
          lowering.operations[position].operands = operands
        }
      }
    }
  }

  private mutating func removeUnused() {
    var isUsed = [Bool](repeating: false, count: lowering.values.count)
    for output in outputs { isUsed[lowering.root(of: output).value] = true }
    var isRemoved = [Bool](repeating: true, count: lowering.operations.count)
    for (position, operation) in lowering.operations.enumerated().reversed()
    where isUsed[operation.result] {
      for operand in operation.operands { isUsed[lowering.root(of: operand).value] = true }
      isRemoved[position] = false
    }
    remove(isRemoved)
  }
}
