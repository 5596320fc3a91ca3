import Foundation

/// An environment whose observations are the last few of another one's, the oldest first.
///
/// The last axis becomes so many times as long, so that planes of pictures, channels last, lie side by side; a
/// picture without such an axis, of two axes, gets one. At the start of an episode all are the first observation.
final class FrameStack<Native: RowElement>: WrappedEnvironment {
  private let frames: Int
  private let stackedSpace: Space
  /// Numbers of one observation that stay together: the extent of the last axis, or 1.
  private let width: Int
  /// `[N, D]`, what the wrapped environment gives.
  private var present: [Native]
  private var final: [Native]
  /// `[N, k·D]`, what is shown.
  private var stacks: [Native]
  /// `[N]`, whether the lane waited when the step began.
  private var waited: [Bool]

  /// - Parameters:
  ///   - inner: what is wrapped, whose observations are in the box.
  ///   - seed: the run's.
  ///   - frames: k, at least 1.
  ///   - box: the wrapped environment's.
  init(_ inner: any VectorEnvironment, seed: UInt64, frames: Int, of box: BoxSpace) {
    self.frames = frames
    stackedSpace = .box(box.stacked(frames))
    width = box.stackedWidth
    present = Array(repeating: 0, count: inner.count * inner.observationSize)
    final = present
    stacks = Array(repeating: 0, count: frames * present.count)
    waited = Array(repeating: false, count: inner.count)
    super.init(inner, seed: seed)
  }

  override var observationSpace: Space { stackedSpace }

  override func begin<Element: RowElement>(
    all: Bool, _ observations: inout MutableSpan<Element>
  ) throws(EnvironmentError) {
    try requireCount(observations.count, of: "observations")
    let begins = (0..<count).map { all || inner.isWaiting($0) }
    var rows = present
    var span = rows.mutableSpan
    try Native.begin(inner, all: all, &span)
    present = rows
    for lane in 0..<count where begins[lane] {
      fill(lane)
      show(lane, in: &observations)
    }
  }

  override func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try inner.beginStep(actions: actions, atEnd: atEnd)
    for lane in 0..<count { waited[lane] = inner.isWaiting(lane) }
  }

  override func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try inner.beginStep(actions: actions, atEnd: atEnd)
    for lane in 0..<count { waited[lane] = inner.isWaiting(lane) }
  }

  override func finish<Element: RowElement>(
    _ observations: inout MutableSpan<Element>, _ finalObservations: inout MutableSpan<Element>,
    _ rewards: inout MutableSpan<Double>, _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try requireCount(observations.count, of: "observations")
    try requireCount(finalObservations.count, of: "final observations")
    // Out of the object for the time of the step, as spans of properties could not go further.
    var (rows, finals) = (present, final)
    (present, final) = ([], [])
    do {
      defer { (present, final) = (rows, finals) }
      var rowSpan = rows.mutableSpan
      var finalSpan = finals.mutableSpan
      try Native.finishStep(inner, &rowSpan, &finalSpan, &rewards, &outcomes)
    }
    for lane in 0..<count where !waited[lane] {
      switch outcomes[lane] {
      case .ongoing: push(present, lane)
      case .lost: fill(lane)
      case .terminated, .truncated:
        push(final, lane)
        show(lane, in: &finalObservations)
        if !inner.isWaiting(lane) { fill(lane) }
      }
      show(lane, in: &observations)
    }
  }

  /// Makes all frames of a lane the present one.
  private func fill(_ lane: Int) {
    let size = inner.observationSize
    for cell in stride(from: 0, to: size, by: width) {
      let start = frames * (lane * size + cell)
      for frame in 0..<frames {
        for element in 0..<width {
          stacks[start + frame * width + element] = present[lane * size + cell + element]
        }
      }
    }
  }

  /// Drops the oldest frame of a lane and adds one.
  private func push(_ rows: [Native], _ lane: Int) {
    let (size, width, frames) = (inner.observationSize, width, frames)
    stacks.withUnsafeMutableBufferPointer { stacks in
      rows.withUnsafeBufferPointer { rows in
        // Every index lies in the lane's part of either.
        for cell in stride(from: 0, to: size, by: width) {
          let start = frames * (lane * size + cell)
          for element in start..<start + (frames - 1) * width {
            stacks[element] = stacks[element + width]
          }
          for element in 0..<width {
            stacks[start + (frames - 1) * width + element] = rows[lane * size + cell + element]
          }
        }
      }
    }
  }

  /// Writes a lane's row, as it is or as numbers.
  private func show<Element: RowElement>(
    _ lane: Int, in observations: inout MutableSpan<Element>
  ) {
    let row = lane * observationSize..<(lane + 1) * observationSize
    guard Element.self == Native.self else {
      // Bytes, which are asked for as numbers.
      for element in row {
        observations[element] = Element(exactly: Int(stacks[element].number)) ?? .zero
      }
      return
    }
    let bytes = row.lowerBound * Native.stride..<row.upperBound * Native.stride
    stacks.withUnsafeBytes { stacks in
      observations.withUnsafeMutableBytes { observations in
        UnsafeMutableRawBufferPointer(rebasing: observations[bytes])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: stacks[bytes]))
      }
    }
  }

  private func requireCount(_ received: Int, of what: String) throws(EnvironmentError) {
    let expected = count * observationSize
    guard received == expected else {
      throw .wrongShape(environment: name, what: what, expected: expected, received: received)
    }
  }

  private struct Saved: Codable {
    /// `[N]` rows of bytes.
    var stacks: [Data]
  }

  override func ownState() throws(EnvironmentError) -> [UInt8]? {
    let size = observationSize
    let rows = stacks.withUnsafeBytes { bytes in
      (0..<count).map { lane in
        Data(bytes[lane * size * Native.stride..<(lane + 1) * size * Native.stride])
      }
    }
    return try encodedSnapshot(Saved(stacks: rows), seed: seed)
  }

  override func restoreOwn(_ state: [UInt8]) throws(EnvironmentError) {
    let saved: Saved = try decodedSnapshot(state, seed: seed) { $0.stacks.count }
    guard saved.stacks.allSatisfy({ $0.count == observationSize * Native.stride }) else {
      throw .invalidSnapshot(environment: name, reason: "its frames have another size.")
    }
    var restored = stacks
    restored.withUnsafeMutableBytes { bytes in
      for (lane, row) in saved.stacks.enumerated() {
        UnsafeMutableRawBufferPointer(rebasing: bytes[(lane * row.count)...]).copyBytes(from: row)
      }
    }
    guard Native.areAllFinite(restored.span) else {
      throw .invalidSnapshot(environment: name, reason: "a number of its frames is not finite.")
    }
    stacks = restored
  }
}

extension RowElement {
  fileprivate static var stride: Int { MemoryLayout<Self>.stride }
}

extension BoxSpace {
  /// How many numbers of an observation stay together in a stack.
  var stackedWidth: Int { shape.count == 2 ? 1 : shape.last ?? 1 }

  /// The space of stacks of so many elements.
  func stacked(_ frames: Int) -> BoxSpace {
    let width = stackedWidth
    func repeated(_ bounds: [Double]) -> [Double] {
      stride(from: 0, to: bounds.count, by: width).flatMap { cell in
        (0..<frames).flatMap { _ in bounds[cell..<cell + width] }
      }
    }
    return BoxSpace(
      shape: shape.count == 2 ? shape + [frames] : shape.dropLast() + [frames * width],
      lower: repeated(lower), upper: repeated(upper), elementType: elementType)
  }
}
