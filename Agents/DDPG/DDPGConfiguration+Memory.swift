import Differentiation

extension DDPGConfiguration {
  /// What to say before a run whose replay buffer will not fit into memory once it is full; nil where it
  /// will.
  ///
  /// - Parameters:
  ///   - observationSize: D.
  ///   - actionSize: C.
  ///   - steps: environment steps of the run.
  /// - Returns: the figures and what to do.
  package func memoryWarning(observationSize: Int, actionSize: Int, steps: Int) -> String? {
    func bytes(_ transitions: Int) -> Int? {
      ReplayMemory.bytes(
        capacity: transitions, observationSize: observationSize, actionSize: actionSize)
    }
    let each = bytes(1) ?? .max
    // A checkpoint holds the buffer as a tensor and as the bytes of a file besides.
    let available = AvailableMemory.bytes
    let fitting = available / 3 / max(1, each)
    guard bufferSize > fitting else { return nil }
    let full = MemoryError.text(bytes(bufferSize) ?? .max)
    let stored = min(steps, bufferSize)
    let outlook =
      stored <= fitting
      ? "This run stores at most \(stored) of them, which fit."
      : "Training ends with an error when the buffer cannot grow."
    return
      "A full replay buffer takes \(full) of memory: \(bufferSize) transitions of \(each) bytes; "
      + "while a checkpoint is written, three times that. Only \(MemoryError.text(available)) can be "
      + "had. \(outlook) To keep fewer: --set buffer_size=\(max(1, fitting))"
  }
}
