import Formats
import ReinforcementLearning
import Runs

/// Makes a film of what is shown.
struct Film: EpisodeViewer {
  /// What is wrong with pictures of which there can be no film.
  struct SizeChange: Error, CustomStringConvertible {
    let environment: String

    var description: String {
      "The pictures of \(environment) change their shape, which those of a film cannot."
    }
  }

  let size: ImageSize
  let framesPerSecond: Int
  private(set) var frames = 0
  private(set) var isFull = false
  private var animation: GIFAnimation?

  /// The most frames: an episode may have no end.
  static let mostFrames = 2000
  /// Hundredths of a second for which the end of an episode stands still.
  private static let pause = 100

  init(_ size: ImageSize, framesPerSecond: Int) {
    (self.size, self.framesPerSecond) = (size, framesPerSecond)
  }

  /// The bytes of a GIF, after the first picture.
  var encoded: [UInt8] { animation?.encoded() ?? [] }

  mutating func show(_ moment: Moment) throws {
    guard frames < Self.mostFrames else {
      isFull = true
      throw ViewingEnd()
    }
    // A simulator may have nothing to show for a while.
    guard let pixels = try moment.picture()?.pixels(within: size.width, size.height) else { return }
    if animation == nil { animation = GIFAnimation(width: pixels.width, height: pixels.height) }
    guard animation?.width == pixels.width, animation?.height == pixels.height else {
      throw SizeChange(environment: moment.environment.name)
    }
    // Rounded so that all of them together take the right time.
    func time(_ frames: Int) -> Int { (200 * frames + framesPerSecond) / (2 * framesPerSecond) }
    animation?.append(
      pixels.bytes,
      hundredths: time(frames + 1) - time(frames) + (moment.outcome.isEnd ? Self.pause : 0))
    frames += 1
  }
}

/// The most columns and rows of an image, such as `400x300`.
struct ImageSize: Hashable {
  let width: Int
  let height: Int

  /// What was typed.
  init(typed text: String) throws(UsageError) {
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
      .map { Int($0) ?? 0 }
    guard sides.count == 2, sides.allSatisfy({ (16...4096).contains($0) }) else {
      throw UsageError(
        "--size must be columns and rows from 16 to 4096, such as 400x300, but is \(text).")
    }
    (width, height) = (sides[0], sides[1])
  }
}
