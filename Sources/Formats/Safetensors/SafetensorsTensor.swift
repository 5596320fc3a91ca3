#if _endian(big)
  #error("Safetensors stores little-endian numbers; this implementation copies them as they are.")
#endif

/// The element types of a safetensors file that this implementation reads and writes.
public enum SafetensorsDType: String, Sendable, CaseIterable {
  /// Floating-point numbers of 32 bits.
  case float32 = "F32"
  /// Floating-point numbers of 64 bits.
  case float64 = "F64"
  /// Whole numbers of 32 bits.
  case int32 = "I32"
  /// Whole numbers of 64 bits.
  case int64 = "I64"
  /// Bytes.
  case uint8 = "U8"
  /// Whole numbers of 64 bits that are not negative.
  case uint64 = "U64"

  /// The size of one element in bytes.
  public var size: Int {
    switch self {
    case .float32, .int32: 4
    case .float64, .int64, .uint64: 8
    case .uint8: 1
    }
  }
}

/// A Swift number type with a counterpart in safetensors files.
public protocol SafetensorsScalar: BitwiseCopyable {
  /// The element type that stores this number bit for bit.
  static var safetensorsDType: SafetensorsDType { get }
}

extension Float: SafetensorsScalar {
  /// F32.
  public static var safetensorsDType: SafetensorsDType { .float32 }
}
extension Double: SafetensorsScalar {
  /// F64.
  public static var safetensorsDType: SafetensorsDType { .float64 }
}
extension Int32: SafetensorsScalar {
  /// I32.
  public static var safetensorsDType: SafetensorsDType { .int32 }
}
extension Int64: SafetensorsScalar {
  /// I64.
  public static var safetensorsDType: SafetensorsDType { .int64 }
}
extension UInt8: SafetensorsScalar {
  /// U8.
  public static var safetensorsDType: SafetensorsDType { .uint8 }
}
extension UInt64: SafetensorsScalar {
  /// U64.
  public static var safetensorsDType: SafetensorsDType { .uint64 }
}

/// An array of numbers as a safetensors file stores it: type, shape and little-endian bytes.
public struct SafetensorsTensor: Sendable, Hashable {
  /// The type of the elements.
  public let dtype: SafetensorsDType
  /// The extents, outermost first; empty for a single number.
  public let shape: [Int]
  /// The elements in row-major order, little-endian.
  public let bytes: [UInt8]

  /// Wraps raw bytes, whose number must fit the type and the shape.
  public init(dtype: SafetensorsDType, shape: [Int], bytes: [UInt8]) {
    insist(
      Self.byteCount(dtype, shape) == bytes.count,
      "\(bytes.count) bytes do not hold \(dtype.rawValue) elements of shape \(shape).")
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// Stores numbers bit for bit.
  ///
  /// - Parameters:
  ///   - values: the elements in row-major order.
  ///   - shape: the extents, whose product is the number of values; nil for one axis.
  public init<Scalar: SafetensorsScalar>(_ values: [Scalar], shape: [Int]? = nil) {
    self.init(
      dtype: Scalar.safetensorsDType, shape: shape ?? [values.count],
      bytes: values.withUnsafeBytes { Array($0) })
  }

  /// The elements in row-major order.
  ///
  /// - Throws: ``SafetensorsError/wrongDType(expected:found:)`` when they are of another type.
  public func values<Scalar: SafetensorsScalar>(
    as type: Scalar.Type
  ) throws(SafetensorsError) -> [Scalar] {
    guard dtype == Scalar.safetensorsDType else {
      throw .wrongDType(expected: Scalar.safetensorsDType, found: dtype)
    }
    // A byte array need not be aligned for the scalar, hence the unaligned loads.
    return bytes.withUnsafeBytes { raw in
      (0..<bytes.count / dtype.size).map {
        raw.loadUnaligned(fromByteOffset: $0 * dtype.size, as: Scalar.self)
      }
    }
  }

  /// The number of bytes of such a tensor; nil when an extent is negative or the size overflows.
  static func byteCount(_ dtype: SafetensorsDType, _ shape: [Int]) -> Int? {
    var result = dtype.size
    for extent in shape {
      let (product, overflows) = result.multipliedReportingOverflow(by: extent)
      if overflows || extent < 0 { return nil }
      result = product
    }
    return result
  }
}
