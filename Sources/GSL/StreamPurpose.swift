/// What a random stream is for.
///
/// The purpose is hashed into the stream's key, so that two uses of randomness in one run (an
/// environment's resets and a policy's actions, say) never share numbers, however many of them the
/// other one draws.
public struct StreamPurpose: RawRepresentable, ExpressibleByStringLiteral, Sendable, Hashable,
  Codable
{
  /// The name that is hashed, for example `environment` or `conditional-noise`.
  public let rawValue: String

  /// The name's hash, kept because a stream is made for every episode.
  let fingerprint: UInt64

  /// Makes a purpose from its name.
  public init(rawValue: String) {
    self.rawValue = rawValue
    fingerprint = Self.fingerprint(of: rawValue)
  }

  /// Makes a purpose from its name, written as a literal.
  public init(stringLiteral value: String) {
    self.init(rawValue: value)
  }

  /// FNV-1a with 64 bits over the UTF-8 of the name: Swift's own hashes differ from run to run.
  private static func fingerprint(of name: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return hash
  }
}
