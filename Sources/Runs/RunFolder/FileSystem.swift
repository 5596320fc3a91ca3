import Differentiation
import Glibc

/// The few operations on files that a run needs, each of which tests can interrupt.
///
/// A process can be killed between any two system calls. Everything here that changes the disk
/// first asks ``interruption``, so a test can stop at each of those points in turn and look at what
/// is left.
package struct FileSystem: Sendable {
  /// Called before each operation that changes the disk; throwing stands for a kill at that point.
  package var interruption:
    @Sendable (_ operation: String, _ path: String) throws(FileError) -> Void

  /// A disk that calls a function before each operation that changes it.
  package init(
    interruption:
      @escaping @Sendable (_ operation: String, _ path: String) throws(FileError) -> Void
  ) {
    self.interruption = interruption
  }

  /// The disk without interruptions.
  package static let uninterrupted = FileSystem { (_, _) throws(FileError) in }

  /// How many bytes one call writes at most, so that a test can stop in the middle of a file.
  private static let chunkSize = 1 << 22

  /// Everything in a file.
  ///
  /// - Throws: ``FileError``, also for what is no file, such as a pipe that nobody may ever write, and
  ///   for one that is larger than the memory there is.
  package func read(_ path: String) throws(FileError) -> [UInt8] {
    // Opening a pipe would wait for its other end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError("read", path) }
    defer { close(descriptor) }
    let status = try Self.status(of: descriptor, "read", path)
    let expected = max(0, Int(status.st_size))
    // Whoever reads a file makes something of about its size of it.
    guard expected < 1 << 20 || AvailableMemory.isEnough(for: 3 * expected) else {
      throw FileError(operation: "read", path: path, code: ENOMEM)
    }
    var bytes = [UInt8](repeating: 0, count: expected)
    var count = 0
    while count < expected {
      let step = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, expected - count)
      }
      if step < 0 && errno == EINTR { continue }
      guard step >= 0 else { throw FileError("read", path) }
      if step == 0 { break }
      count += step
    }
    bytes.removeLast(expected - count)
    return bytes
  }

  /// What the system says of an open file, which must be a plain one.
  static func status(
    of descriptor: Int32, _ operation: String, _ path: String
  ) throws(FileError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(operation, path) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return status
    case S_IFDIR: throw FileError(operation: operation, path: path, code: EISDIR)
    default: throw FileError(operation: operation, path: path, code: FileError.notAPlainFile)
    }
  }

  /// Writes a file that must be complete on the disk before anything refers to it.
  ///
  /// A file of that name, left by a killed process, is removed and not overwritten: it can already
  /// have a second name that counts.
  func writeDurably(_ bytes: [UInt8], to path: String) throws(FileError) {
    try remove(path)
    try interruption("create", path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError("create", path) }
    defer { close(descriptor) }
    try write(bytes, to: descriptor, path)
    try synchronize(descriptor, path)
  }

  /// Writes bytes to an open file, in as many calls as the system wants.
  func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(FileError) {
    var count = 0
    while count < bytes.count {
      try interruption("write", path)
      let step = bytes.withUnsafeBytes { buffer in
        Glibc.write(
          descriptor, buffer.baseAddress.map { $0 + count },
          min(buffer.count - count, Self.chunkSize))
      }
      if step < 0 && errno == EINTR { continue }
      guard step >= 0 else { throw FileError("write", path) }
      count += step
    }
  }

  /// Waits until the disk holds what was written.
  func synchronize(_ descriptor: Int32, _ path: String) throws(FileError) {
    try interruption("synchronize", path)
    guard fsync(descriptor) == 0 else { throw FileError("synchronize", path) }
  }

  /// Waits until the disk holds the names in a folder.
  func synchronizeFolder(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { close(descriptor) }
    try interruption("synchronize", path)
    // Some network and overlay file systems cannot synchronize folders and say so with EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError("synchronize", path) }
  }

  /// Gives a file or folder another name, replacing a file of that name in one step.
  func rename(_ path: String, to newPath: String) throws(FileError) {
    try interruption("rename", newPath)
    guard Glibc.rename(path, newPath) == 0 else { throw FileError("rename", newPath) }
  }

  /// Gives a file a second name.
  ///
  /// - Returns: false where the file system has no hard links.
  func link(_ path: String, to newPath: String) throws(FileError) -> Bool {
    try interruption("link", newPath)
    if Glibc.link(path, newPath) == 0 { return true }
    guard [EPERM, ENOTSUP, ENOSYS, EMLINK, EXDEV, EACCES].contains(errno) else {
      throw FileError("link", newPath)
    }
    return false
  }

  /// Removes a file; one that does not exist is no error.
  func remove(_ path: String) throws(FileError) {
    try interruption("remove", path)
    guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
  }

  /// Makes a folder that must not exist yet.
  func createFolder(_ path: String) throws(FileError) {
    try interruption("create", path)
    guard mkdir(path, 0o755) == 0 else { throw FileError("create", path) }
  }

  /// Makes a folder and those above it, where they are missing.
  func createFolders(_ path: String) throws(FileError) {
    if isFolder(path) { return }
    let parent = FilePath.parent(of: path)
    if parent != path { try createFolders(parent) }
    do {
      try createFolder(path)
    } catch {
      // Another process may have been faster.
      guard error.code == EEXIST, isFolder(path) else { throw error }
    }
  }

  /// Whether anything has that name, a dangling symbolic link included.
  package func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether that is a folder.
  package func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether that is a folder itself, and no link to one.
  func isFolderItself(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted.
  package func names(in path: String) throws(FileError) -> [String] {
    guard let stream = opendir(path) else { throw FileError("read", path) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes sure that a file of that name can be written, before there is something to write.
  package func requireWritableFolder(of path: String) throws(FileError) {
    guard access(FilePath.parent(of: path), W_OK) == 0 else { throw FileError("write", path) }
  }

  /// Writes a file that was asked for, and makes the folders above it where they are missing.
  package func write(_ text: String, to path: String) throws(FileError) {
    try createFolders(FilePath.parent(of: path))
    try replaceAtomically(path, with: Array(text.utf8))
  }

  /// Replaces a file so that every reader finds the old contents or the new, whole in both cases.
  ///
  /// The bytes go to a temporary file in the same folder and are forced to the disk; then the file
  /// takes the name, and the folder is forced to the disk.
  package func replaceAtomically(_ path: String, with bytes: [UInt8]) throws(FileError) {
    let temporary = FilePath.temporary(for: path)
    do {
      try writeDurably(bytes, to: temporary)
      try rename(temporary, to: path)
    } catch {
      try? remove(temporary)
      throw error
    }
    try synchronizeFolder(FilePath.parent(of: path))
  }
}

extension FileError {
  /// The error of the system call that has just failed.
  init(_ operation: String, _ path: String) {
    self.init(operation: operation, path: path, code: errno)
  }
}

/// Arithmetic on the names of files.
package enum FilePath {
  /// The folder that holds a file, `.` for a bare name.
  static func parent(of path: String) -> String {
    let trimmed = withoutTrailingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : withoutTrailingSlashes(String(trimmed[..<slash]))
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    let trimmed = withoutTrailingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return trimmed }
    return String(trimmed[trimmed.index(after: slash)...])
  }

  /// A hidden name beside a file; a fixed one, so that what a killed process leaves is overwritten.
  static func temporary(for path: String) -> String {
    parent(of: path) + "/." + name(of: path) + ".new"
  }

  private static func withoutTrailingSlashes(_ path: String) -> String {
    var result = path[...]
    while result.count > 1 && result.last == "/" { result.removeLast() }
    return String(result)
  }
}
