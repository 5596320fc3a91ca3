import Foundation
import RelaxRL
import TestSupport
import Testing

/// A Python with ONNX's runtime; nil where there is none.
private let onnxPython = Python(with: "onnxruntime, numpy")
private let needsONNX: Comment =
  "Needs a Python with onnxruntime: make python, or set RELAXRL_PYTHON to one."

@Suite struct `An exported policy acts as the policy does` {
  private static let rows = 200

  @Test(
    .enabled(if: SimulatorTools.compiler != nil, SimulatorTools.needsCompiler),
    arguments: ExportScenario.all)
  func `as C`(scenario: ExportScenario) throws {
    let policy = try scenario.policy()
    let actions = try CompiledExport(policy, scenario).actions(Self.rows)
    let expected = try scenario.actions(of: policy, Self.rows)
    #expect(scenario.differences(actions, from: expected) == [])
  }

  @Test(.enabled(if: onnxPython != nil, needsONNX), arguments: ExportScenario.all)
  func `as ONNX, whatever the number of observations`(scenario: ExportScenario) throws {
    let policy = try scenario.policy()
    let expected = try scenario.actions(of: policy, Self.rows)
    for batch in [1, 7, Self.rows] {
      let actions = try onnxActions(policy, scenario, batch: batch)
      #expect(scenario.differences(actions, from: expected) == [], "\(batch) at once")
    }
  }

  @Test func `and no other policy does, so that the comparison can fail`() throws {
    for scenario in ExportScenario.all {
      let expected = try scenario.actions(of: scenario.policy(seed: 1), Self.rows)
      let other = try scenario.actions(of: scenario.policy(seed: 2), Self.rows)
      #expect(scenario.differences(other, from: expected).count > 20, "\(scenario)")
      // No policy is one that does always the same.
      #expect(Set(expected).count > 1, "\(scenario)")
    }
  }

  @Test func `the same bytes each time`() throws {
    let scenario = ExportScenario("ppo", .discrete(3), hasMask: true)
    let (one, two) = (try scenario.policy(), try scenario.policy())
    #expect(try one.onnxModel() == two.onnxModel())
    #expect(try one.cSource(named: "p") == two.cSource(named: "p"))
  }

  /// What ONNX's runtime gives for all rows, so many at once.
  private func onnxActions(
    _ policy: Policy, _ scenario: ExportScenario, batch: Int
  ) throws -> [[Double]] {
    let folder = try TemporaryFolder()
    try folder.write(try policy.onnxModel(), to: "policy.onnx")
    let inputs = scenario.inputs(Self.rows)
    let numbers = ["observation": inputs.map(\.observation)].merging(
      scenario.hasMask ? ["mask": inputs.map { $0.mask ?? [] }] : [:]
    ) { first, _ in first }
    try folder.write(Array(try JSONEncoder().encode(numbers)), to: "inputs.json")
    let script = """
      import json, sys, numpy, onnxruntime
      options = onnxruntime.SessionOptions()
      options.intra_op_num_threads = 1
      session = onnxruntime.InferenceSession(sys.argv[1] + "/policy.onnx", options,
                                             providers=["CPUExecutionProvider"])
      inputs = {name: numpy.array(rows, dtype=numpy.float32)
                for name, rows in json.load(open(sys.argv[1] + "/inputs.json")).items()}
      assert {port.name for port in session.get_inputs()} == set(inputs), session.get_inputs()
      batch = int(sys.argv[2])
      actions = []
      for start in range(0, len(inputs["observation"]), batch):
        (action,) = session.run(["action"], {name: rows[start:start + batch]
                                             for name, rows in inputs.items()})
        assert action.dtype == (numpy.int64 if sys.argv[3] == "whole" else numpy.float32)
        actions += action.reshape(len(action), -1).tolist()
      print(json.dumps(actions))
      """
    let printed = try #require(onnxPython).run(
      script, [folder.path, "\(batch)", scenario.actionSpace.isWholeNumbers ? "whole" : "real"])
    return try JSONDecoder().decode([[Double]].self, from: printed)
  }
}

/// A policy as C, compiled with a program around it that reads rows and prints actions.
struct CompiledExport {
  private let folder: TemporaryFolder
  private let scenario: ExportScenario

  /// Compiles with all warnings as errors.
  init(_ policy: Policy, _ scenario: ExportScenario) throws {
    folder = try TemporaryFolder()
    self.scenario = scenario
    let text = try policy.cSource(named: "policy")
    try folder.write(Array(text.source.utf8), to: "policy.c")
    try folder.write(Array(text.header.utf8), to: "policy.h")
    try folder.write(Array(main.utf8), to: "main.c")
    let compiler = try #require(SimulatorTools.compiler)
    let ended = try RunningProgram(
      compiler,
      ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1", "-o", "act"]
        + ["policy.c", "main.c", "-lm"], in: folder.path
    ).wait()
    try #require(ended.status == 0, "\(ended.errors)")
  }

  /// What it does for the scenario's rows.
  func actions(_ count: Int) throws -> [[Double]] {
    let numbers = scenario.inputs(count).flatMap { $0.observation + ($0.mask ?? []) }
    try folder.write(numbers.withUnsafeBytes { Array($0) }, to: "rows")
    let ended = try RunningProgram(folder.path + "/act", ["rows"], in: folder.path).wait()
    try #require(ended.status == 0, "\(ended.errors)")
    return ended.outputLines.map { line in line.split(separator: " ").compactMap { Double($0) } }
  }

  private var main: String {
    let mask = scenario.hasMask ? ", mask" : ""
    let isSingle = scenario.actionSpace.choiceCounts.count == 1
    let type = scenario.actionSpace.isWholeNumbers ? "int" : "float"
    let call =
      isSingle
      ? "action[0] = policy_act(observation\(mask));" : "policy_act(observation\(mask), action);"
    return """
      #include <stdio.h>
      #include "policy.h"
      #ifndef POLICY_MASK_SIZE
      #define POLICY_MASK_SIZE 0
      #endif
      int main(int count, char **words) {
        FILE *rows = count == 2 ? fopen(words[1], "rb") : NULL;
        float observation[POLICY_OBSERVATION_SIZE];
        float mask[POLICY_MASK_SIZE + 1];
        \(type) action[POLICY_ACTION_SIZE];
        if (!rows) return 1;
        while (fread(observation, sizeof observation, 1, rows) == 1) {
          if (fread(mask, sizeof *mask, POLICY_MASK_SIZE, rows) != POLICY_MASK_SIZE) return 2;
          \(call)
          for (int i = 0; i < POLICY_ACTION_SIZE; i++) printf("%.9g ", (double)action[i]);
          printf("\\n");
        }
        return 0;
      }

      """
  }
}
