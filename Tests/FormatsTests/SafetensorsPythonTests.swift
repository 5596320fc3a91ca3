import Formats
import Foundation
import TestSupport
import Testing

private let pythonWithSafetensors = Python(with: "safetensors.numpy")

private struct Printed: Decodable {
  struct Entry: Decodable, Equatable {
    let dtype: String
    let shape: [Int]
    let hex: String
  }
  let metadata: [String: String]
  let tensors: [String: Entry]
}

/// Reads the first file, prints what it holds, and writes it again as the second.
private let script = """
  import json, sys
  from safetensors import safe_open
  from safetensors.numpy import save_file
  source, target = sys.argv[1:]
  with safe_open(source, framework="np") as file:
      metadata = file.metadata()
      tensors = {name: file.get_tensor(name) for name in file.keys()}
  save_file(tensors, target, metadata=metadata)
  print(json.dumps({"metadata": metadata, "tensors": {
      name: {"dtype": str(t.dtype), "shape": list(t.shape), "hex": t.tobytes().hex()}
      for name, t in tensors.items()}}))
  """

@Suite struct `The reference implementation of safetensors` {
  @Test(
    .enabled(
      if: pythonWithSafetensors != nil,
      "Needs a Python with safetensors and numpy: set RELAXRL_PYTHON or run scripts/python-env.sh.")
  )
  func `reads what is written here, and its files are read here`() throws {
    let python = try #require(pythonWithSafetensors)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ours = folder.appending(path: "ours.safetensors")
    let theirs = folder.appending(path: "theirs.safetensors")
    try Data(sampleFile.serialized()).write(to: ours)

    let printed = try JSONDecoder().decode(
      Printed.self, from: try python.run(script, [ours.path, theirs.path]))
    #expect(printed.metadata == sampleFile.metadata)
    let numpyNames: [SafetensorsDType: String] = [
      .float32: "float32", .float64: "float64", .int32: "int32", .int64: "int64",
      .uint8: "uint8", .uint64: "uint64",
    ]
    var expected: [String: Printed.Entry] = [:]
    for entry in sampleFile.tensors {
      expected[entry.name] = Printed.Entry(
        dtype: try #require(numpyNames[entry.tensor.dtype]), shape: entry.tensor.shape,
        hex: entry.tensor.bytes.map { byte in
          (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined())
    }
    #expect(printed.tensors == expected)

    let read = try SafetensorsFile(bytes: [UInt8](try Data(contentsOf: theirs)))
    #expect(read.metadata == sampleFile.metadata)
    #expect(Set(read.tensors) == Set(sampleFile.tensors))
  }
}
