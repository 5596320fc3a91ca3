/// The cyclic redundancy check of Castagnoli's polynomial, as TensorFlow's record files use it.
///
/// RFC 3720, section 12.1; its test vectors are in appendix B.4.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 1 ? remainder >> 1 ^ 0x82F6_3B78 : remainder >> 1
    }
  }

  /// The check of some bytes.
  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// The check in the form in which record files store it.
  ///
  /// A file that contains checks of its own parts would weaken a check of the whole; so TensorFlow
  /// rotates it by 15 bits and adds a constant.
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let plain = checksum(of: bytes)
    return (plain >> 15 | plain << 17) &+ 0xA282_EAD8
  }
}
