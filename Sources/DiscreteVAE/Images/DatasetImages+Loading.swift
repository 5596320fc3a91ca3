import Formats
import GSL

extension DatasetImages {
  /// Reads a data set from a folder.
  ///
  /// - Parameters:
  ///   - dataset: which one.
  ///   - folder: where its files are, directly or in a subfolder of the set's name; nil where none
  ///     is needed.
  ///   - binarization: how gray pixels become black or white.
  ///   - seed: of the binarization and of Omniglot's order.
  /// - Returns: the three parts.
  /// - Throws: ``DataFileError`` for a file that is missing or not as it should be.
  package static func load(
    _ dataset: Dataset, from folder: String?, binarization: Binarization, seed: UInt64
  ) throws(DataFileError) -> DatasetImages {
    guard binarization != .file || dataset == .mnist else {
      throw DataFileError(
        folder ?? dataset.rawValue,
        "Only mnist has files that are binarized already; use static or dynamic.")
    }
    switch dataset {
    case .generated: return generated(binarization, seed: seed)
    case .mnist:
      let files = try DataFolder(folder, dataset)
      if binarization == .file { return try files.binarizedMNIST() }
      let (all, test) = try files.mnist()
      return try split(
        all, held: all.count / 6, test: test, binarization, seed: seed, path: files.path)
    case .omniglot:
      let files = try DataFolder(folder, dataset)
      let (all, test) = try files.omniglot()
      // The published split holds back 1,345 of 24,345; smaller sets as large a share.
      let held = all.count == 24_345 ? 1_345 : all.count / 18
      var order = Array(0..<all.count)
      var stream = RandomStream(seed: seed, purpose: "vae-split")
      stream.shuffle(&order)
      return try split(
        all.reordered(order), held: held, test: test, binarization, seed: seed, path: files.path)
    }
  }

  private static func split(
    _ all: GrayImages, held: Int, test: GrayImages, _ binarization: Binarization, seed: UInt64,
    path: String
  ) throws(DataFileError) -> DatasetImages {
    guard all.height == test.height, all.width == test.width else {
      throw DataFileError(
        path,
        "Training images have \(all.height) × \(all.width) pixels but test images "
          + "\(test.height) × \(test.width).")
    }
    guard held >= 1 else {
      throw DataFileError(
        path, "\(all.count) training images are too few to hold some back for validation.")
    }
    // One stream for each part, so that the bits of one do not depend on the size of another.
    func binarized(_ images: GrayImages, lane: UInt64) -> BinaryImages {
      var stream = RandomStream(seed: seed, purpose: "vae-binarization", lane: lane)
      return BinaryImages(images, from: &stream)
    }
    let training = all[0..<all.count - held]
    return DatasetImages(
      train: binarized(training, lane: 0),
      validation: binarized(all[all.count - held..<all.count], lane: 1),
      test: binarized(test, lane: 2), gray: binarization == .dynamic ? training : nil)
  }

  /// Each image has some of eight rows and some of eight columns drawn in, with a few wrong pixels.
  private static func generated(_ binarization: Binarization, seed: UInt64) -> DatasetImages {
    let side = 8
    var stream = RandomStream(seed: seed, purpose: "vae-generated")
    func images(_ count: Int) -> GrayImages {
      var pixels: [UInt8] = []
      for _ in 0..<count {
        let rows = (0..<side).map { _ in stream.bernoulli(probability: 0.2) }
        let columns = (0..<side).map { _ in stream.bernoulli(probability: 0.2) }
        for row in rows { for column in columns { pixels.append(row || column ? 242 : 13) } }
      }
      return GrayImages(height: side, width: side, pixels: pixels)
    }
    func binarized(_ images: GrayImages) -> BinaryImages { BinaryImages(images, from: &stream) }
    let training = images(960)
    return DatasetImages(
      train: binarized(training), validation: binarized(images(160)), test: binarized(images(160)),
      gray: binarization == .dynamic ? training : nil)
  }

  /// Random images to measure speed with: most pixels are mostly black, as in handwriting.
  ///
  /// - Parameters:
  ///   - height: rows of an image.
  ///   - width: columns of an image.
  ///   - count: how many for training; validation and test have one each.
  /// - Returns: the three parts.
  package static func benchmark(height: Int, width: Int, count: Int) -> DatasetImages {
    var stream = RandomStream(seed: 1, purpose: "vae-benchmark")
    let size = height * width
    let probabilities = (0..<size).map { _ in 0.5 * stream.uniform() * stream.uniform() }
    func images(_ count: Int) -> BinaryImages {
      BinaryImages(height: height, width: width, count: count) {
        stream.bernoulli(probability: probabilities[$0 % size])
      }
    }
    return DatasetImages(
      train: images(count), validation: images(1), test: images(1), gray: nil)
  }
}
