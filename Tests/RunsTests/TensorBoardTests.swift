import Formats
import Foundation
import Runs
import TestSupport
import Testing

@Suite struct `An event file` {
  @Test(
    .enabled(
      if: tensorBoardPython != nil,
      "Needs a Python with tensorboard: set RELAXRL_PYTHON or make .venv in the package's folder."))
  func `TensorBoard reads every point of it`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/tensorboard"
    var expected: [String: [[Double]]] = [:]
    do {
      let writer = try TensorBoardWriter(folder: path)
      for step in stride(from: 0, through: 300_000, by: 1000) {
        let values = [("train/return", Double(step) * 0.5), ("variance/ζ", -1 / Double(step + 1))]
        try writer.write(
          values.map { (tag: $0.0, value: $0.1) }, step: step, wallTime: 1e9 + Double(step))
        for (tag, value) in values {
          expected[tag, default: []]
            .append([Double(step), Double(Float(value)), 1e9 + Double(step)])
        }
      }
    }
    let read = try #require(tensorBoardPython).run(tensorBoardReader, [path])
    let found = try JSONDecoder().decode([String: [[Double]]].self, from: read)
    #expect(found == expected)
  }

  @Test(
    .enabled(
      if: tensorBoardPython != nil,
      "Needs a Python with tensorboard: set RELAXRL_PYTHON or make .venv in the package's folder."))
  func `a resumed session takes back what came after its beginning`() throws {
    let folder = try TemporaryFolder()
    func session(resumedAt: Int?, steps: [Int], value: Double) throws -> String {
      let writer = try TensorBoardWriter(folder: folder.path, resumedAtStep: resumedAt)
      for step in steps { try writer.write([("x", value)], step: step, wallTime: 1e9) }
      return writer.path
    }
    let first = try session(resumedAt: nil, steps: [1, 2, 3, 4], value: 1)
    let second = try session(resumedAt: 3, steps: [4, 5], value: 2)
    #expect(first != second && FileManager.default.fileExists(atPath: first))
    let read = try #require(tensorBoardPython).run(tensorBoardReader, [folder.path])
    let found = try JSONDecoder().decode([String: [[Double]]].self, from: read)
    #expect(
      found["x"]?.map { Array($0.prefix(2)) } == [[1, 1], [2, 1], [3, 1], [4, 2], [5, 2]])
  }

  @Test func `it begins with a record that names the version`() throws {
    let folder = try TemporaryFolder()
    let path = try TensorBoardWriter(folder: folder.path).path
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    // Length 24: the time's key and 8 bytes, the version's key, its length and 13 letters.
    #expect(bytes.prefix(8) == [24, 0, 0, 0, 0, 0, 0, 0] && bytes.count == 8 + 4 + 24 + 4)
    #expect(bytes[12] == 0x09 && bytes[21] == 0x1A && bytes[22] == 13)
    #expect(String(decoding: bytes[23..<36], as: UTF8.self) == "brain.Event:2")
    for (data, position) in [(bytes[..<8], 8), (bytes[12..<36], 36)] {
      let check = CRC32C.masked(data)
      #expect(
        bytes[position..<position + 4].elementsEqual(
          (0..<4).map { UInt8(check >> (8 * $0) & 0xFF) })
      )
    }
  }
}
