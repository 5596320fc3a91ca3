import Glibc

/// A text file to which lines are added.
///
/// Lines wait in memory; ``flush(durably:)`` hands them to the system and says how long the file is,
/// and opening at that length forgets everything that came later.
package final class LineFile {
  /// The file.
  package let path: String
  private let descriptor: Int32
  private let fileSystem: FileSystem
  private var pending: [UInt8] = []
  private var length: Int
  /// Lines of the file and of what waits.
  private var lines = 0

  /// What a checkpoint says of the file, once everything has been flushed.
  var extent: TableExtent { TableExtent(bytes: length, rows: lines) }

  private static let bufferSize = 1 << 16

  /// Opens a file, or begins one.
  ///
  /// - Parameters:
  ///   - path: the file, which need not exist.
  ///   - length: how many bytes of it to keep.
  ///   - fileSystem: the disk.
  /// - Throws: ``RunFolderError`` when the file is shorter than that or cannot be used.
  init(path: String, length: Int, fileSystem: FileSystem) throws(RunFolderError) {
    let extent = TableExtent(bytes: length, rows: nil)
    let status = try extent.requireFile(path)
    self.path = path
    self.fileSystem = fileSystem
    self.length = length
    lines = try extent.rows(of: path)
    do throws(FileError) {
      // Writing on would change what the other name belongs to: a copy made of links, or a file
      // outside the folder.
      if let status, status.st_nlink > 1 {
        let kept = try fileSystem.read(path).prefix(length)
        try fileSystem.replaceAtomically(path, with: Array(kept))
      }
      let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
      descriptor = open(path, flags, 0o644)
      guard descriptor >= 0 else { throw FileError("open", path) }
      _ = try FileSystem.status(of: descriptor, "open", path)
      guard ftruncate(descriptor, length) == 0 else { throw FileError("shorten", path) }
    } catch {
      throw .file(error)
    }
  }

  deinit { close(descriptor) }

  /// Adds a line, whose bytes the caller appends without its end.
  package func append(_ write: (inout [UInt8]) -> Void) {
    write(&pending)
    pending.append(UInt8(ascii: "\n"))
    lines += 1
  }

  /// Hands the lines to the system when enough of them wait.
  package func flushIfLarge() throws(RunFolderError) {
    if pending.count >= Self.bufferSize { _ = try flush() }
  }

  /// Hands every line to the system.
  ///
  /// - Parameter durably: whether to wait until the disk has them. A killed process loses nothing
  ///   without it, a machine without power does.
  /// - Returns: the length of the file in bytes.
  /// - Throws: ``RunFolderError/file(_:)``; lines may then be written in part.
  @discardableResult
  package func flush(durably: Bool = false) throws(RunFolderError) -> Int {
    do {
      if !pending.isEmpty {
        try fileSystem.write(pending, to: descriptor, path)
        length += pending.count
        pending.removeAll(keepingCapacity: true)
      }
      if durably { try fileSystem.synchronize(descriptor, path) }
    } catch {
      throw .file(error)
    }
    return length
  }
}
