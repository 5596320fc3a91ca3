import GSL
import Networks
import ReinforcementLearning

/// Images of bytes of which neighbors have planes in common, as stacks of frames have all but the newest.
///
/// An image is `[H · W, P]`, its planes in the last axis. Each plane is an array that the images share which have it:
/// it is gone with the last of them.
struct SharedPlanes {
  /// The planes of one image.
  typealias Image = [[UInt8]]

  /// P.
  let count: Int
  /// H · W.
  let size: Int

  /// The planes of images of a size, where there is something to be gained by sharing them.
  ///
  /// - Parameters:
  ///   - imageSize: H · W · P.
  ///   - planes: P; 1 for what has no planes.
  init?(imageSize: Int, planes: Int) {
    // Of small ones, copying takes longer than it saves.
    guard planes > 1, imageSize >= 1024 * planes else { return nil }
    count = planes
    size = imageSize / planes
  }

  /// Takes an image apart.
  ///
  /// - Parameters:
  ///   - image: `[H · W, P]`.
  ///   - previous: the image before it, whose planes it may have too.
  /// - Returns: its planes.
  func image(_ image: UnsafeRawBufferPointer, after previous: Image) -> Image {
    insist(image.count == size * count, "An image has \(size * count) bytes, not \(image.count).")
    var known = previous
    return (0..<count).map { plane in
      let bytes = [UInt8](unsafeUninitializedCapacity: size) { bytes, filled in
        for place in 0..<size { bytes[place] = image[place * count + plane] }
        filled = size
      }
      if let equal = known.first(where: { $0 == bytes }) { return equal }
      known.append(bytes)
      return bytes
    }
  }

  /// Puts an image together again, as bytes or as numbers.
  func write<Element: ObservationElement>(
    _ image: Image, to target: UnsafeMutablePointer<Element>,
    _ element: (UInt8) -> Element
  ) {
    for (plane, bytes) in image.enumerated() {
      for place in 0..<size { target[place * count + plane] = element(bytes[place]) }
    }
  }

  /// Adds images to a checkpoint, each plane once.
  func save(_ images: [Image], to checkpoint: inout SafetensorsFile, name: String) {
    var numbers: [UnsafeRawPointer: Int64] = [:]
    var planes: [UInt8] = []
    let places = images.joined().map { plane in
      plane.withUnsafeBytes { bytes -> Int64 in
        // Who shares a plane has it in one place.
        guard let place = bytes.baseAddress else { return 0 }
        if let number = numbers[place] { return number }
        numbers[place] = Int64(numbers.count)
        planes += bytes
        return Int64(numbers.count - 1)
      }
    }
    checkpoint.append(name, SafetensorsTensor(places, shape: [images.count, count]))
    checkpoint.append("\(name).planes", SafetensorsTensor(planes, shape: [numbers.count, size]))
  }

  /// What `save` added.
  ///
  /// - Parameters:
  ///   - images: how many there are.
  ///   - checkpoint: which.
  ///   - name: under which they were saved.
  /// - Returns: the images.
  /// - Throws: `CheckpointContentError` for what is missing or does not fit.
  func restore(_ images: Int, from checkpoint: SafetensorsFile, name: String) throws -> [Image] {
    guard let planes = checkpoint["\(name).planes"] else {
      throw CheckpointContentError.missing("\(name).planes")
    }
    guard planes.shape.count == 2, planes.shape[1] == size else {
      throw CheckpointContentError.unreadable(
        "\(name).planes",
        reason: "its shape is \(planes.shape), but a plane has \(size) bytes.")
    }
    let bytes: [UInt8] = try checkpoint.numbers("\(name).planes", count: planes.shape[0] * size)
    let shared = (0..<planes.shape[0]).map { Array(bytes[$0 * size..<($0 + 1) * size]) }
    let numbers: [Int64] = try checkpoint.numbers(name, count: images * count)
    guard numbers.allSatisfy({ shared.indices.contains(Int(clamping: $0)) }) else {
      throw CheckpointContentError.unreadable(
        name, reason: "it names planes that there are none of.")
    }
    return (0..<images).map { image in
      numbers[image * count..<(image + 1) * count].map { shared[Int($0)] }
    }
  }
}
