import Glibc

/// Holds a folder for one process, until it is released or the process ends in any way.
///
/// The lock belongs to the open file, so renaming the folder keeps it and the system frees it when
/// the process dies. The file is closed on `exec`, or a child process would hold the folder on.
final class FolderLock: Sendable {
  /// The file's name in the folder.
  static let fileName = ".lock"
  private let descriptor: Int32

  /// Takes the lock at once or fails.
  ///
  /// - Parameters:
  ///   - folder: where the lock's file is or will be.
  ///   - name: what to call the folder in messages.
  /// - Throws: ``RunFolderError/locked(path:process:)`` when another process holds it.
  init(folder: String, calledInMessages name: String) throws(RunFolderError) {
    let path = "\(folder)/\(Self.fileName)"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw .file(FileError("open", path)) }
    let status: stat
    do { status = try FileSystem.status(of: descriptor, "lock", path) } catch { throw .file(error) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      guard errno == EWOULDBLOCK else { throw .file(FileError("lock", path)) }
      throw .locked(path: name, process: Self.process(in: descriptor))
    }
    // A file with a second name may be somebody's outside this folder.
    guard status.st_nlink == 1 else { return }
    let text = Array("\(getpid())\n".utf8)
    // The number only serves messages: a lock without it is still a lock.
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
  }

  deinit { close(descriptor) }

  private static func process(in descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int(String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self))
  }
}
