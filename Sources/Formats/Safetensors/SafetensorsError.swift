/// Why bytes are not a safetensors file, or not the expected one.
public enum SafetensorsError: Error, Hashable {
  /// The file ends inside its header.
  case truncated(needed: Int, available: Int)
  /// The header claims to be larger than any honest one.
  case headerTooLarge(size: UInt64, limit: Int)
  /// The header is not the JSON that the format prescribes; `offset` counts bytes of the header.
  case malformedHeader(offset: Int, reason: String)
  /// A name, or a key inside one entry, comes twice.
  case duplicateName(String)
  /// A tensor has an element type that this implementation does not know.
  case unknownDType(tensor: String, dtype: String)
  /// A tensor's offsets are reversed or lie outside the data; `available` is the size of the data.
  case offsetsOutOfRange(tensor: String, begin: Int, end: Int, available: Int)
  /// A tensor begins before the end of its predecessor.
  case overlappingOffsets(tensor: String, begin: Int, previousEnd: Int)
  /// Bytes that belong to no tensor lie before `begin`, or behind the last tensor.
  case unusedBytes(begin: Int, previousEnd: Int)
  /// The offsets of a tensor do not fit its type and shape.
  case wrongByteCount(tensor: String, dtype: SafetensorsDType, shape: [Int], found: Int)
  /// A tensor that was asked for is not in the file.
  case missingTensor(String)
  /// A tensor has another shape than asked for.
  case wrongShape(tensor: String, expected: [Int], found: [Int])
  /// A tensor has another element type than asked for.
  case wrongDType(expected: SafetensorsDType, found: SafetensorsDType)
  /// A number of steps is negative, or larger than any run's.
  case negativeStep(tensor: String, value: Int64)
  /// A number is not finite where only finite ones belong.
  case notFinite(tensor: String, element: Int, value: Double)
  /// A number is negative where a mean of squares belongs.
  case negative(tensor: String, element: Int, value: Double)
}

extension SafetensorsError: CustomStringConvertible {
  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .truncated(let needed, let available):
      "The safetensors file is cut off: it needs at least \(needed) bytes but has \(available)."
    case .headerTooLarge(let size, let limit):
      "The safetensors header claims \(size) bytes; at most \(limit) are accepted."
    case .malformedHeader(let offset, let reason):
      "The safetensors header is malformed at byte \(offset): \(reason)"
    case .duplicateName(let name):
      "The safetensors header names \"\(name)\" twice; names must be unique."
    case .unknownDType(let tensor, let dtype):
      "The tensor \"\(tensor)\" has the element type \"\(dtype)\"; known are "
        + SafetensorsDType.allCases.map(\.rawValue).joined(separator: ", ") + "."
    case .offsetsOutOfRange(let tensor, let begin, let end, let available):
      "The tensor \"\(tensor)\" claims the bytes \(begin) to \(end) of \(available)."
    case .overlappingOffsets(let tensor, let begin, let previousEnd):
      "The tensor \"\(tensor)\" begins at byte \(begin), inside the tensor that ends at "
        + "\(previousEnd)."
    case .unusedBytes(let begin, let previousEnd):
      "The bytes \(previousEnd) to \(begin) belong to no tensor; tensors must follow without gaps."
    case .wrongByteCount(let tensor, let dtype, let shape, let found):
      "The tensor \"\(tensor)\" of type \(dtype.rawValue) and shape \(shape) has \(found) bytes"
        + (SafetensorsTensor.byteCount(dtype, shape).map { " instead of \($0)." }
          ?? ", but no memory could hold that shape.")
    case .missingTensor(let name):
      "The safetensors file has no tensor named \"\(name)\"."
    case .wrongShape(let tensor, let expected, let found):
      "The tensor \"\(tensor)\" has the shape \(found); expected is \(expected)."
    case .wrongDType(let expected, let found):
      "The elements are of type \(found.rawValue); expected is \(expected.rawValue)."
    case .negativeStep(let tensor, let value):
      "The number of steps \"\(tensor)\" must be from 0 to 2⁵³ but is \(value)."
    case .notFinite(let tensor, let element, let value):
      "Element \(element) of the tensor \"\(tensor)\" is \(value), where a finite number belongs."
    case .negative(let tensor, let element, let value):
      "Element \(element) of the tensor \"\(tensor)\" is \(value), where a mean of squares belongs."
    }
  }
}
