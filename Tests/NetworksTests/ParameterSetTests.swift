import Foundation
import Networks
import Testing

private let layout = ParameterLayout([
  ParameterEntry("policy.0.weight", [4, 3]), ParameterEntry("policy.0.bias", [3]),
  ParameterEntry("temperature", []), ParameterEntry("value.0.weight", [2, 3, 5]),
])

@Suite struct `Parameters in one buffer` {
  @Test func `views follow each other in the order of their declaration, without gaps`() {
    #expect(layout.views.map(\.range) == [0..<12, 12..<15, 15..<16, 16..<46])
    #expect(layout.count == 46)
    #expect(layout.names == ["policy.0.weight", "policy.0.bias", "temperature", "value.0.weight"])
  }

  @Test func `every element of the buffer is traced to its name and indices`() {
    var labels: [String] = []
    for a in 0..<4 { for b in 0..<3 { labels.append("policy.0.weight[\(a), \(b)]") } }
    for a in 0..<3 { labels.append("policy.0.bias[\(a)]") }
    labels.append("temperature")
    for a in 0..<2 {
      for b in 0..<3 { for c in 0..<5 { labels.append("value.0.weight[\(a), \(b), \(c)]") } }
    }
    #expect((0..<layout.count).map { layout.label(ofElement: $0) } == labels)
  }

  @Test func `a layout survives encoding`() throws {
    let data = try JSONEncoder().encode(layout)
    #expect(try JSONDecoder().decode(ParameterLayout.self, from: data) == layout)
  }

  @Test(arguments: [
    #"[{"name":"a","shape":[2]},{"name":"a","shape":[3]}]"#, #"[{"name":"a","shape":[0]}]"#,
    #"[{"name":"a","shape":[-1]}]"#, #"[{"name":"a","shape":[4294967296,4294967296]}]"#,
    #"[{"name":"a","shape":[9223372036854775807]},{"name":"b","shape":[1]}]"#,
  ])
  func `an encoded layout that cannot be is refused`(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ParameterLayout.self, from: Data(json.utf8))
    }
  }

  @Test func `the buffer is aligned to 64 bytes and starts at zero`() {
    for extent in [1, 3, 17, 1000] {
      let set = ParameterSet<Float>([ParameterEntry("a", [extent])])
      #expect(UInt(bitPattern: set.pointer) % 64 == 0)
      #expect(set.values == [Float](repeating: 0, count: extent))
    }
  }

  @Test func `an empty layout makes an empty set`() {
    let set = ParameterSet<Double>(ParameterLayout())
    #expect(set.values == [])
    #expect(set.allFinite)
    #expect(set.littleEndianFloat32Bytes == [])
  }

  @Test func `views write into the contiguous buffer and nowhere else`() {
    let set = ParameterSet<Double>(layout)
    set["policy.0.bias"] = [1, 2, 3]
    set.withMutableValues(of: "temperature") { $0[0] = 4 }
    var expected = [Double](repeating: 0, count: 46)
    expected.replaceSubrange(12..<16, with: [1, 2, 3, 4])
    #expect(set.values == expected)
    #expect(set.withValues(of: "policy.0.bias") { $0[2] } == 3)
    #expect(set["temperature"] == [4])
  }

  @Test func `a copy is independent of its origin`() {
    let set = ParameterSet<Float>(layout)
    set.fill(2)
    let copy = set.copy()
    set["temperature"] = [7]
    #expect(copy.values == [Float](repeating: 2, count: 46))
  }

  @Test func `copying between precisions rounds once`() {
    let double = ParameterSet<Double>(layout)
    double.values = (0..<46).map { 1 / (Double($0) + 3) }
    let float = ParameterSet<Float>(layout)
    float.copy(from: double)
    #expect(float.values == double.values.map { Float($0) })
    double.copy(from: float)
    #expect(double.values == float.values.map { Double($0) })
    #expect(float.values.map { Double($0) } != (0..<46).map { 1 / (Double($0) + 3) })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 13, 45])
  func `the first element that is not finite is found`(value: Float, position: Int) {
    let set = ParameterSet<Float>(layout)
    #expect(set.allFinite)
    set.pointer[45] = .nan
    set.pointer[position] = value
    #expect(set.firstNonFinite == position)
    #expect(!set.allFinite)
  }

  @Test func `the digest bytes are little-endian Float32 for either scalar`() {
    let double = ParameterSet<Double>([ParameterEntry("a", [3])])
    double.values = [1, -2, 0.1]
    let float = ParameterSet<Float>(double.layout)
    float.copy(from: double)
    let expected: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0xCD, 0xCC, 0xCC, 0x3D]
    #expect(double.littleEndianFloat32Bytes == expected)
    #expect(float.littleEndianFloat32Bytes == expected)
    #expect(float.withBytes { Array($0) } == expected)
  }
}

@Suite struct `Parameters in a safetensors file` {
  @Test func `are restored bit for bit`() throws {
    let set = ParameterSet<Float>(layout)
    set.values = (0..<46).map { Float(bitPattern: UInt32($0) &* 2_654_435_761) }
    let file = SafetensorsFile(tensors: set.safetensorsEntries(prefix: "parameters/"))
    let restored = ParameterSet<Float>(layout)
    try restored.restore(from: try SafetensorsFile(bytes: file.serialized()), prefix: "parameters/")
    #expect(restored.values.map(\.bitPattern) == set.values.map(\.bitPattern))
  }

  @Test func `that do not fit change nothing`() throws {
    let set = ParameterSet<Float>(layout)
    set.fill(1)
    let good = SafetensorsFile(tensors: ParameterSet<Float>(layout).safetensorsEntries())
    var missing = good
    missing.tensors.removeLast()
    #expect(throws: SafetensorsError.missingTensor("value.0.weight")) {
      try set.restore(from: missing)
    }
    missing.append("value.0.weight", SafetensorsTensor([Float](repeating: 0, count: 30)))
    #expect(
      throws: SafetensorsError.wrongShape(
        tensor: "value.0.weight", expected: [2, 3, 5], found: [30])
    ) { try set.restore(from: missing) }
    let double = SafetensorsFile(tensors: ParameterSet<Double>(layout).safetensorsEntries())
    #expect(throws: SafetensorsError.wrongDType(expected: .float32, found: .float64)) {
      try set.restore(from: double)
    }
    #expect(set.values == [Float](repeating: 1, count: 46))
    try set.restore(from: good)
    #expect(set.values == [Float](repeating: 0, count: 46))
  }
}
