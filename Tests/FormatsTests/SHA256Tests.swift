import Formats
import Testing

/// Bytes and their CRC-32C: RFC 3720, appendix B.4, and the CRC catalogue's check of "123456789".
private let checks: [(bytes: [UInt8], check: UInt32)] = [
  ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
  ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
  (Array(0..<32), 0x46DD_794E),
  (Array("123456789".utf8), 0xE306_9283),
]

@Suite struct `Digests` {
  // NIST, FIPS 180-4 examples ("SHA256.pdf" of the Cryptographic Standards and Guidelines), and
  // the million letters of RFC 6234, section 8.5.
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func `SHA-256 gives the digests of the standard`(text: String, times: Int, digest: String) {
    let bytes = Array(repeatElement(Array(text.utf8), count: times).joined())
    #expect(SHA256.hexDigest(of: bytes) == digest)
  }

  // Python's hashlib, for lengths around the ends of blocks: bytes 0, 1, 2, …
  @Test(arguments: [
    (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (54, "675f28acc0b90a72d1c3a570fe83ac565555db358cf01826dc8eefb2bf7ca0f3"),
    (55, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
    (56, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
    (57, "2fe741af801cc238602ac0ec6a7b0c3a8a87c7fc7d7f02a3fe03d1c12eac4d8f"),
    (63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
    (64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
    (65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"),
    (119, "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"),
    (120, "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"),
    (128, "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5"),
    (200, "1901da1c9f699b48f6b2636e65cbf73abf99d0441ef67f5c540a42f7051dec6f"),
  ])
  func `SHA-256 pads every length right`(length: Int, digest: String) {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    #expect(SHA256.hexDigest(of: bytes) == digest)
    for cut in [0, 1, length / 3, length] where cut <= length {
      var piecewise = SHA256()
      Array(bytes[..<cut]).withUnsafeBytes { piecewise.update($0) }
      Array(bytes[cut...]).withUnsafeBytes { piecewise.update($0) }
      #expect(piecewise.hexDigest() == digest, "cut at \(cut)")
    }
  }

  @Test(arguments: checks)
  func `CRC-32C gives the checks of the standard`(bytes: [UInt8], check: UInt32) {
    #expect(CRC32C.checksum(of: bytes) == check)
  }
}
