import Differentiation
import ReinforcementLearning

extension OffPolicySettings {
  /// What to say before a run whose replay buffer will not fit into memory once it is full, or whose
  /// checkpoints are large; nil where neither is so.
  ///
  /// - Parameters:
  ///   - observationSize: D.
  ///   - actionSize: C.
  ///   - maskSize: A, or 0 where all actions are allowed.
  ///   - isBytes: whether observations are bytes.
  ///   - planes: of images, in their last axis; 1 for what is no image.
  ///   - steps: environment steps of the run.
  /// - Returns: the figures and what to do.
  package func memoryWarning(
    observationSize: Int, actionSize: Int, maskSize: Int = 0, isBytes: Bool = false,
    planes: Int = 1, steps: Int
  ) -> String? {
    let each = ReplayMemory.bytes(
      observationSize: observationSize, actionSize: actionSize, maskSize: maskSize,
      isBytes: isBytes, planes: planes)
    func bytes(_ transitions: Int) -> Int {
      let (bytes, overflows) = each.multipliedReportingOverflow(by: transitions)
      return overflows ? .max : bytes
    }
    // A checkpoint holds the buffer as a tensor and as the bytes of a file besides.
    let available = AvailableMemory.bytes
    let fitting = available / 3 / max(1, each)
    let stored = min(steps, bufferSize)
    guard bufferSize > fitting else { return checkpointWarning(bytes(stored)) }
    let outlook =
      stored <= fitting
      ? "This run stores at most \(stored) of them, which fit."
      : "Training ends with an error when the buffer cannot grow."
    return
      "A full replay buffer takes \(MemoryError.text(bytes(bufferSize))) of memory: \(bufferSize) "
      + "transitions of \(each) bytes; while a checkpoint is written, three times that. Only "
      + "\(MemoryError.text(available)) can be had. \(outlook) To keep fewer: "
      + "--set buffer_size=\(max(1, fitting))"
  }

  /// Bytes from which on a checkpoint is worth a word: it takes about a second.
  private static var largeCheckpoint: Int { 200 << 20 }

  /// Bytes a second that are put together, summed up and brought to a disk: a usual figure, not a measured one.
  private static var checkpointSpeed: Double { 200e6 }

  private func checkpointWarning(_ bytes: Int) -> String? {
    guard bytes >= Self.largeCheckpoint else { return nil }
    let seconds = Int((Double(bytes) / Self.checkpointSpeed).rounded(.up))
    return
      "A checkpoint holds the replay buffer too, grows to \(MemoryError.text(bytes)) and then takes "
      + "about \(seconds) s to write; --set checkpoint_interval=… sets how many steps lie between two."
  }
}
