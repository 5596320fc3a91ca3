import Formats
import Networks

/// Everything that a run needs to go on: named tensors, and texts such as its state as JSON.
///
/// On the disk it is one safetensors file, which any tool for that format opens. Its metadata holds
/// the format's name and the SHA-256 of the whole file, taken while the checksum's own 64 digits
/// are zeros.
package struct CheckpointFile: Sendable, Hashable {
  /// The name of the format, under the metadata's key `format`.
  package static let format = "relaxrl-checkpoint-2"

  /// The texts by name; `format` and `sha256` are reserved.
  package var state: [String: String]
  /// The tensors in their order.
  package var tensors: [SafetensorsFile.Entry]

  private static let formatKey = "format"
  private static let checksumKey = "sha256"
  private static let zeros = String(repeating: "0", count: 64)

  /// A checkpoint of the given contents.
  package init(state: [String: String] = [:], tensors: [SafetensorsFile.Entry] = []) {
    precondition(
      state[Self.formatKey] == nil && state[Self.checksumKey] == nil,
      "The names \(Self.formatKey) and \(Self.checksumKey) are reserved.")
    self.state = state
    self.tensors = tensors
  }

  /// The first tensor of that name, or nil.
  package subscript(name: String) -> SafetensorsTensor? {
    tensors.first { $0.name == name }?.tensor
  }

  /// The same without replay memories, which are most of a file that has one and of no use to a policy; nil
  /// where there is none.
  ///
  /// They are the tensors `shard.0.replay` and `shard.0.replay.…`.
  package var withoutReplay: CheckpointFile? {
    let rest = tensors.filter { entry in
      !entry.name.hasSuffix(".replay") && !entry.name.contains(".replay.")
    }
    return rest.count == tensors.count ? nil : CheckpointFile(state: state, tensors: rest)
  }

  /// The contents as a safetensors file without the checksum, for code that restores from one.
  package var safetensors: SafetensorsFile { SafetensorsFile(metadata: state, tensors: tensors) }

  /// The bytes of the file, the same for the same contents.
  package func serialized() -> [UInt8] {
    var file = safetensors
    file.metadata[Self.formatKey] = Self.format
    file.metadata[Self.checksumKey] = Self.zeros
    var bytes = file.serialized()
    guard let position = Self.checksumPosition(in: bytes) else {
      preconditionFailure("The checksum's place is missing from bytes written just now.")
    }
    bytes.replaceSubrange(position, with: SHA256.hexDigest(of: bytes).utf8)
    return bytes
  }

  /// Reads a checkpoint and verifies every byte of it.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: its name, for messages.
  /// - Throws: ``CheckpointError/damaged(file:damage:previous:)`` when any byte is not as it was
  ///   written, or ``CheckpointError/unknownFormat(file:found:)``.
  package init(bytes: [UInt8], file: String) throws(CheckpointError) {
    var contents: SafetensorsFile
    do {
      contents = try SafetensorsFile(bytes: bytes)
    } catch {
      throw .damaged(file: file, damage: .structure(error), previous: nil)
    }
    guard let stored = contents.metadata.removeValue(forKey: Self.checksumKey),
      let position = Self.checksumPosition(in: bytes), position.count == stored.utf8.count
    else { throw .damaged(file: file, damage: .noChecksum, previous: nil) }
    var blank = bytes
    blank.replaceSubrange(position, with: Self.zeros.utf8)
    let found = SHA256.hexDigest(of: blank)
    guard found == stored else {
      throw .damaged(
        file: file, damage: .checksum(stored: stored, found: found), previous: nil)
    }
    let format = contents.metadata.removeValue(forKey: Self.formatKey)
    guard format == Self.format else { throw .unknownFormat(file: file, found: format ?? "") }
    state = contents.metadata
    tensors = contents.tensors
  }

  /// Where the 64 digits are: in the header, behind the metadata's key.
  ///
  /// Quotes within a text are escaped and a tensor's entry is an object, so a whole key that is
  /// followed by a text can only be the one in the metadata.
  private static func checksumPosition(in bytes: [UInt8]) -> Range<Int>? {
    let pattern = Array("\"\(checksumKey)\":\"".utf8)
    guard bytes.count >= 8 else { return nil }
    let size = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    let end = min(bytes.count, 8 + Int(min(size, UInt64(SafetensorsFile.headerLimit))))
    let separators = Array("{,".utf8)
    var start = 9
    while start + pattern.count + 64 <= end {
      if bytes[start] == pattern[0], separators.contains(bytes[start - 1]),
        bytes[start..<start + pattern.count].elementsEqual(pattern)
      {
        return start + pattern.count..<start + pattern.count + 64
      }
      start += 1
    }
    return nil
  }
}
