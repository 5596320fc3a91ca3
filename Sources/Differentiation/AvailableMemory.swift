import Foundation

/// How much memory this process can still have: what the machine, its container and the limits that
/// the process was given leave.
///
/// A large request is compared with that before it is made, because a request that fails ends the
/// process, and one that succeeds may end it later. Nobody asks in a loop: it reads a few files.
public enum AvailableMemory {
  /// What other parts of the process may need meanwhile.
  private static let reserve = 64 << 20

  /// Bytes that can be had, as far as is known.
  public static var bytes: Int {
    max(0, min(machine ?? .max, container ?? .max, addressSpace ?? .max))
  }

  /// Whether so many bytes can be had besides what is in use.
  public static func isEnough(for bytes: Int) -> Bool {
    // Small requests are as good as any other; the reserve would refuse them on a full machine.
    bytes < 1 << 20
      || bytes.addingReportingOverflow(reserve).partialValue <= Self.bytes
        && !bytes.addingReportingOverflow(reserve).overflow
  }

  /// Makes sure that so many bytes can be had.
  ///
  /// - Parameters:
  ///   - bytes: how many; nil for more than a machine can count.
  ///   - purpose: what needs them, the beginning of a sentence.
  ///   - remedy: what to do, as a sentence.
  /// - Throws: ``MemoryError`` with both figures.
  public static func require(
    _ bytes: Int?, for purpose: String, remedy: String
  ) throws(MemoryError) {
    if let bytes, isEnough(for: bytes) { return }
    throw MemoryError(
      purpose: purpose, needed: bytes ?? .max, available: max(0, Self.bytes - reserve),
      remedy: remedy)
  }

  /// What the kernel can give without swapping others out, and the room for swapping.
  private static var machine: Int? {
    let values = keyed("/proc/meminfo")
    guard let available = values["MemAvailable:"] else { return nil }
    return (available + (values["SwapFree:"] ?? 0)) << 10
  }

  /// What the control group allows, in either version of its interface.
  private static var container: Int? {
    for (folder, limit, share) in [
      ("/sys/fs/cgroup", "memory.max", "anon"),
      ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "rss"),
    ] {
      guard let text = text("\(folder)/\(limit)"),
        let most = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
      else { continue }
      return most - (keyed("\(folder)/memory.stat")[share] ?? 0)
    }
    return nil
  }

  /// What the limit on the address space leaves (`ulimit -v`).
  private static var addressSpace: Int? {
    let name = "Max address space"
    guard
      let line = text("/proc/self/limits")?.split(separator: "\n")
        .first(where: { $0.hasPrefix(name) }),
      let most = line.dropFirst(name.count).split(separator: " ").first.flatMap({ Int($0) }),
      let pages = text("/proc/self/statm").flatMap({ Int($0.prefix { $0 != " " }) })
    else { return nil }
    return most - pages * Int(getpagesize())
  }

  /// The first number behind each word at the beginning of a line.
  private static func keyed(_ path: String) -> [String: Int] {
    var values: [String: Int] = [:]
    for line in (text(path) ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count >= 2, let value = Int(words[1]) { values[String(words[0])] = value }
    }
    return values
  }

  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}

/// Something needs more memory than there is.
public struct MemoryError: Error, Hashable, CustomStringConvertible {
  /// What needs it, the beginning of the sentence.
  public let purpose: String
  /// Bytes that are needed.
  public let needed: Int
  /// Bytes that can be had.
  public let available: Int
  /// What to do.
  public let remedy: String

  /// Both figures, and what to do.
  public var description: String {
    "\(purpose) needs \(Self.text(needed)) of memory, but only \(Self.text(available)) can be had. "
      + remedy
  }

  /// Bytes as people read them: `2.4 GB`.
  public static func text(_ bytes: Int) -> String {
    if bytes == .max { return "more bytes than can be counted" }
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6)]
    for (unit, size) in units where Double(bytes) >= 0.9995 * size {
      let tenths = Int((Double(bytes) / size * 10).rounded())
      return tenths >= 1000 ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
    return "\((bytes + 999) / 1000) kB"
  }
}
