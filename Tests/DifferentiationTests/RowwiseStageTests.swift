import Differentiation
import GSL
import TestSupport
import Testing

struct RowwiseStageTests {
  private static let rows = 12
  private static let splits = [[12], [1, 11], [5, 7], [4, 4, 4], [2, 3, 1, 6]]

  /// A small policy, with an operation that all rows share and one of each kind that rows may see.
  private struct Policy {
    let graph = Graph()
    let observation, index, weight, bias: Tensor
    let logits: Tensor
    let outputs: [Tensor]
    let loss: Tensor

    init() {
      observation = graph.input("observation", shape: [rows, 4])
      index = graph.input("index", shape: [rows])
      weight = graph.input("weight", shape: [4, 32])
      bias = graph.input("bias", shape: [32])
      let shared = weight.squared().sum(axis: 0).tanh()
      let hidden = (observation.matrixProduct(weight) + bias).tanh()
      let residual = hidden + (observation * 0.5).matrixProduct(weight * 1.5) + shared
      logits = residual.matrixProduct(weight, transposingOther: true).logSoftmax()
      let picked = logits.gather(index)
      // What all rows share, but with a row for each of them.
      let table =
        (shared * 0.1).broadcast(to: [rows, 32])
        * graph.literal(
          (0..<rows).map(Double.init), shape: [rows, 1])
      let joined = Tensor.concatenate([logits, residual + table, table.exp()], axis: 1)
      // Each row as several: one choice below the other.
      let choices = (residual + table).reshaped([rows * 8, 4])
      let normalized = choices - choices.logSumExp(keepingAxis: true)
      let chosen = normalized.argMax()
      outputs = [
        logits, picked, index.oneHot(depth: 4), joined.slice(axis: 1, 3..<20), logits.argMax(),
        residual.max(axis: 1), shared,
        logits.reshaped([rows, 2, 2]).transposed(permutation: [0, 2, 1]),
        normalized.reshaped([rows, 32]), chosen.reshaped([rows, 8]), chosen.oneHot(depth: 4),
        (normalized.exp() * normalized).sum(axis: 1).reshaped([rows, 8]).sum(axis: 1),
        Tensor.concatenate([choices, choices.exp()], axis: 1), choices.slice(axis: 1, 1..<3),
        choices.matrixProduct(graph.literal((0..<12).map(Double.init), shape: [4, 3])),
      ]
      loss = (picked * joined.sum(axis: 1)).sum() + shared.sum()
    }

    func program<Scalar: ProgramScalar>() throws -> Program<Scalar> {
      let program = try Program<Scalar>(stages: [
        ProgramStage(
          rowInputs: [observation, index],
          outputs: outputs.enumerated().map { ProgramOutput("\($0.offset)", $0.element) }),
        ProgramStage(outputs: [
          ProgramOutput("gradient", gradient(of: loss, withRespectTo: [weight, bias]))
        ]),
      ])
      fill(program, weight, draw("weight", 128))
      fill(program, bias, draw("bias", 32))
      return program
    }

    func draw(_ purpose: StreamPurpose, _ count: Int) -> [Double] {
      var stream = RandomStream(seed: 5, purpose: purpose)
      return (0..<count).map { _ in stream.gaussian() }
    }
  }

  @Test(arguments: splits)
  func `rows run in any split give the same bits as all at once`(split: [Int]) throws {
    try checkSplit(split, as: Float.self)
    try checkSplit(split, as: Double.self)
  }

  private func checkSplit<Scalar: ProgramScalar>(_ split: [Int], as: Scalar.Type) throws {
    let policy = Policy()
    let observations = policy.draw("observation", Self.rows * 4)
    let indices = (0..<Self.rows).map { Double($0 * 7 % 4) }
    let whole: Program<Scalar> = try policy.program()
    fill(whole, policy.observation, observations)
    fill(whole, policy.index, indices)
    whole.run(stage: 0)
    whole.run(stage: 1)

    let parts: Program<Scalar> = try policy.program()
    var first = 0
    for count in split {
      // Rows are filled as they are met, as an agent does.
      parts.withInput(policy.observation) { span in
        for i in first * 4..<(first + count) * 4 { span[i] = Scalar(observations[i]) }
      }
      parts.withInput(policy.index) { span in
        for i in first..<first + count { span[i] = Scalar(indices[i]) }
      }
      parts.run(stage: 0, rows: first..<first + count)
      first += count
    }
    parts.run(stage: 1)
    for name in policy.outputs.indices.map(String.init) + ["gradient"] {
      #expect(whole.output(name) == parts.output(name), "\(Scalar.self) \(name)")
    }
    let expected = interpret(
      policy.graph,
      [
        (policy.observation, observations), (policy.index, indices),
        (policy.weight, policy.draw("weight", 128)), (policy.bias, policy.draw("bias", 32)),
      ])
    for (name, tensor) in policy.outputs.enumerated() {
      let tolerance = Scalar.self == Float.self ? 1e-3 : 1e-11
      for (found, exact) in zip(whole.output("\(name)"), expected[tensor.index]) {
        #expect(abs(Double(found) - exact) <= tolerance * max(1, abs(exact)), "\(name)")
      }
    }
  }

  @Test func `rows that were not run keep what they had`() throws {
    let policy = Policy()
    let program: Program<Float> = try policy.program()
    fill(program, policy.observation, policy.draw("observation", Self.rows * 4))
    program.run(stage: 0)
    let before = program.output("0")
    fill(program, policy.observation, policy.draw("other", Self.rows * 4))
    program.run(stage: 0, rows: 3..<5)
    let after = program.output("0")
    #expect(before[..<12] == after[..<12] && before[20...] == after[20...])
    #expect(before[12..<20] != after[12..<20])
  }

  static let mixing: [(name: String, build: @Sendable (Tensor, Tensor) -> Tensor)] = [
    ("a sum over the rows", { x, _ in x.sum(axis: 0) }),
    ("a sum of all", { x, _ in x.exp().sum() }),
    ("a transposition", { x, _ in x.exp().transposed() }),
    ("a product of rows with rows", { x, _ in x.matrixProduct(x, transposingOther: true) }),
    ("a product transposed", { x, _ in x.matrixProduct(x, transposingSelf: true) }),
    ("a slice of rows", { x, _ in x.slice(1..<3).exp() }),
    ("rows one behind the other", { x, _ in Tensor.concatenate([x, x.exp()], axis: 0) }),
    ("a row on a column", { x, r in x.matrixProduct(x.graph.constant(1, shape: [3, 4])) + r }),
    ("rows widened along a new axis", { _, r in r.broadcast(to: [4, 4]).exp() }),
    ("a change of shape across rows", { x, _ in x.reshaped([3, 4]).exp() }),
    ("a part of rows that are several each", { x, _ in x.reshaped([12, 1]).slice(0..<4).exp() }),
    ("a sum over several rows each", { x, _ in x.reshaped([12, 1]).sum(axis: 0) }),
    ("a log-sum-exp over rows", { _, r in r.logSumExp() }),
  ]

  @Test(arguments: mixing.indices)
  func `an operation that mixes rows is refused by name`(index: Int) throws {
    let graph = Graph()
    let x = graph.input("x", shape: [4, 3])
    let r = graph.input("r", shape: [4])
    let result = Self.mixing[index].build(x, r)
    let error = #expect(throws: ProgramError.self, "\(Self.mixing[index].name)") {
      try Program<Float>(stages: [
        ProgramStage(rowInputs: [x, r], outputs: [ProgramOutput("y", result)])
      ])
    }
    #expect(error.map { "\($0)".contains("mixes the 4 rows") } == true)
  }
}
