import Foundation
import GSL
import Networks
import RelaxRL
import Runs
import Testing

/// Checkpoints whose checksum is right and whose contents are not.
@Suite struct `Fuzz: contents of checkpoints` {
  @Test func `no contents end in anything but a refusal or a run`() throws {
    let runs = try FuzzedRuns()
    for number in FuzzCases.numbers(90) {
      var stream = FuzzCases.stream(number, "fuzz-checkpoints")
      let run = stream.element(of: FuzzedRun.all)
      let file = "run/checkpoints/last.safetensors"
      let bytes = try runs.folder.bytes("\(run.name)/checkpoints/last.safetensors")
      var checkpoint = try CheckpointFile(bytes: bytes, file: file)
      let mutation = try CheckpointMutation(of: &checkpoint, &stream)
      try runs.check(
        run, "case \(number), \(mutation.description)", evaluates: number % 3 == 0,
        allowed: mutation.allowed
      ) { try $0.write(checkpoint.serialized(), to: file) }
    }
  }
}

/// A change of a checkpoint's contents, and what may become of it.
struct CheckpointMutation {
  var description: String
  var allowed: Allowed

  /// Keys that checkpoints of earlier versions lack.
  private static let optional: Set = [
    "settings", "environment", "progress_csv_rows", "episodes_csv_rows", "arithmetic",
  ]

  init(of checkpoint: inout CheckpointFile, _ stream: inout RandomStream) throws {
    let keys = checkpoint.state.keys.sorted()
    let index = stream.index(below: checkpoint.tensors.count)
    let entry = checkpoint.tensors[index]
    func replace(_ tensor: SafetensorsTensor) {
      checkpoint.tensors[index] = .init(entry.name, tensor)
    }
    switch stream.index(below: 10) {
    case 0:
      let key = stream.element(of: keys)
      checkpoint.state[key] = nil
      (description, allowed) = (
        "without \(key)", Self.optional.contains(key) ? .sameBytesOrRefusal : .refusal
      )
    case 1:
      checkpoint.tensors.remove(at: index)
      (description, allowed) = ("without the tensor \(entry.name)", .refusal)
    case 2:
      let bytes = Array(entry.tensor.bytes.dropLast(entry.tensor.dtype.size))
      let count = bytes.count / entry.tensor.dtype.size
      replace(SafetensorsTensor(dtype: entry.tensor.dtype, shape: [count], bytes: bytes))
      (description, allowed) = ("a shorter \(entry.name)", .refusal)
    case 3:
      replace(SafetensorsTensor(Array(repeating: Double(1), count: 1), shape: []))
      (description, allowed) = ("\(entry.name) of another type", .refusal)
    case 4:
      checkpoint.tensors.append(.init("nobody's", SafetensorsTensor([Float(1)])))
      checkpoint.state["nobody's"] = "x"
      (description, allowed) = ("a tensor and a text of nobody's", .sameBytesOrRefusal)
    case 5 where entry.tensor.dtype == .float32 && !entry.tensor.bytes.isEmpty:
      var values = try entry.tensor.values(as: Float.self)
      let value = stream.element(of: [Float.nan, .infinity, -.infinity, 1e38, -3])
      values[stream.index(below: values.count)] = value
      replace(SafetensorsTensor(values, shape: entry.tensor.shape))
      (description, allowed) = (
        "\(value) in \(entry.name)", value.isFinite ? .anything : .refusal
      )
    case 6:
      let key = stream.element(of: ["progress_csv_bytes", "episodes_csv_bytes"])
      let length = Int(checkpoint.state[key] ?? "") ?? 0
      let changed = stream.element(of: [0, 1, length / 2, length - 1, length + 1, 1 << 62, -1])
      checkpoint.state[key] = "\(changed)"
      (description, allowed) = (
        "\(key) \(changed) instead of \(length)", changed == length ? .anything : .refusal
      )
    case 7 where entry.name.hasSuffix(".environments"):
      var document = try JSONDocument(entry.tensor.bytes)
      (description, allowed) = document.mutate(&stream)
      replace(SafetensorsTensor(Array(try document.text.utf8)))
    default:
      let texts = keys.filter { checkpoint.state[$0]?.first == "{" }
      let key = stream.element(of: texts)
      var document = try JSONDocument(Array((checkpoint.state[key] ?? "").utf8))
      (description, allowed) = document.mutate(&stream)
      description = "\(key): \(description)"
      // What the checkpoint says of the environment is compared with it.
      if key == "environment" { allowed = .sameBytesOrRefusal }
      checkpoint.state[key] = try document.text
    }
  }
}

/// A JSON text of which one place is changed.
struct JSONDocument {
  private var root: Any

  init(_ bytes: [UInt8]) throws { root = try JSONSerialization.jsonObject(with: Data(bytes)) }

  var text: String {
    get throws {
      String(decoding: try JSONSerialization.data(withJSONObject: root), as: UTF8.self)
    }
  }

  /// Arrays whose length belongs to the run.
  private static let fixed: Set = [
    "streams", "warmUp", "mean", "squaredDeviations", "returns", "lanes", "clocks", "probabilities",
    "means", "values", "recentReturns", "transitions", "rewards", "initial", "isTerminal",
  ]

  private static var hostile: [Any] {
    [
      NSNull(), -1, 0, 1, 7, 0.5, -0.5, 1e308, -1e308, Double.leastNonzeroMagnitude, Int.max,
      Int.min, UInt64.max,
      1 << 53,
      true, false, "", "x", [Any](), [String: Any](), [1, 2, 3], Array(repeating: 0, count: 5000),
    ]
  }

  /// Changes one place.
  mutating func mutate(_ stream: inout RandomStream) -> (description: String, allowed: Allowed) {
    let places = Self.places(in: root, path: [])
    let path = stream.element(of: places)
    let name = path.last { Int($0) == nil } ?? ""
    if let list = Self.value(at: path, in: root) as? [Any], stream.index(below: 2) == 0 {
      let shorter = list.isEmpty ? [0] : Array(list.dropLast())
      root = Self.replaced(root, path[...], by: shorter)
      let isFixed = Self.fixed.contains(path.last ?? "")
      return ("\(path.joined(separator: ".")) of another length", isFixed ? .refusal : .anything)
    }
    let value = stream.element(of: Self.hostile)
    root = Self.replaced(root, path[...], by: value)
    return ("\(path.joined(separator: ".")) = \("\(value)".prefix(40)) (\(name))", .anything)
  }

  private static func places(in value: Any, path: [String]) -> [[String]] {
    var places = path.isEmpty ? [] : [path]
    if let object = value as? [String: Any] {
      for key in object.keys.sorted() {
        places += object[key].map { Self.places(in: $0, path: path + [key]) } ?? []
      }
    } else if let list = value as? [Any] {
      for (index, element) in list.enumerated() {
        places += Self.places(in: element, path: path + ["\(index)"])
      }
    }
    return places
  }

  private static func value(at path: [String], in root: Any) -> Any? {
    var value: Any? = root
    for step in path {
      if let object = value as? [String: Any] {
        value = object[step]
      } else if let list = value as? [Any], let index = Int(step) {
        value = list[index]
      }
    }
    return value
  }

  private static func replaced(_ value: Any, _ path: ArraySlice<String>, by new: Any) -> Any {
    guard let step = path.first else { return new }
    if var object = value as? [String: Any], let inner = object[step] {
      object[step] = replaced(inner, path.dropFirst(), by: new)
      return object
    }
    if var list = value as? [Any], let index = Int(step) {
      list[index] = replaced(list[index], path.dropFirst(), by: new)
      return list
    }
    return value
  }
}
