import Foundation
import TestSupport
import Testing

/// The checks of relaxrl.py and of the bridge are programs in Python themselves.
@Suite struct `The Python module` {
  private static func check(_ python: String) throws {
    let root = SimulatorTools.root
    let folder = try TemporaryFolder()
    let ended = try RunningProgram(
      "/usr/bin/env",
      [
        "PYTHONPATH=\(root)/Environments/Subprocess/Python", "PYTHONDONTWRITEBYTECODE=1", python,
        "-W", "ignore",
      ]
        + ["\(root)/Tests/EnvironmentsTests/Simulators/relaxrl_checks.py"],
      in: folder.path
    ).wait(seconds: 300)
    #expect(ended.status == 0, "\(ended.errors.suffix(4000))")
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `needs nothing but Python`() throws {
    try Self.check(try #require(SimulatorTools.python))
  }

  @Test func `knows NumPy and Gymnasium`() throws {
    guard let python = Python(with: "gymnasium, numpy") else {
      try Test.cancel("Needs a Python with gymnasium: run scripts/python-env.sh.")
    }
    try Self.check(python.path)
  }
}
