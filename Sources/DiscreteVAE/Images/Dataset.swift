/// What the model is trained on.
package enum Dataset: String, Sendable, Codable, CaseIterable {
  /// Handwritten digits: 50,000 images for training, 10,000 for validation, 10,000 for tests.
  case mnist
  /// Handwritten characters of fifty alphabets, 23,000, 1,345 and 8,070 in the published split.
  case omniglot
  /// Bars on 8 × 8 pixels, made here: for tests and to try the program without files.
  case generated

  /// Which files are looked for, and where they come from.
  var expectation: String {
    switch self {
    case .mnist:
      "train-images-idx3-ubyte and t10k-images-idx3-ubyte, plain or with .gz, as distributed at "
        + "yann.lecun.com/exdb/mnist and its mirrors; with --binarization file the files "
        + "binarized_mnist_train.amat, _valid.amat and _test.amat of Larochelle and Murray (2011)"
    case .omniglot:
      "chardata.mat of github.com/yburda/iwae (the split of the published tables), or "
        + "train-images-idx3-ubyte and test-images-idx3-ubyte, plain or with .gz"
    case .generated: "no file"
    }
  }
}

/// How gray pixels become black or white.
package enum Binarization: String, Sendable, Codable, CaseIterable {
  /// Drawn once, from the seed of the data, which runs with different seeds share.
  case `static`
  /// Training images are drawn anew each time; validation and test images once.
  case dynamic
  /// Read from files that are black and white already.
  case file
}

/// The images of an experiment in their three parts.
package struct DatasetImages: Sendable {
  /// What is trained on; in a dynamic binarization one draw of it, for evaluation.
  package let train: BinaryImages
  /// What choices are made by.
  package let validation: BinaryImages
  /// What results are reported on.
  package let test: BinaryImages
  /// The gray training images, where each batch draws its pixels anew.
  package let grayTrain: GrayImages?
  /// The mean of each pixel over the training images.
  package let means: [Double]
  /// The SHA-256 digest of every image, in hexadecimal digits: a run that goes on needs the same.
  package let sha256: String

  init(train: BinaryImages, validation: BinaryImages, test: BinaryImages, gray: GrayImages?) {
    self.train = train
    self.validation = validation
    self.test = test
    grayTrain = gray
    sha256 = imageDigest([train, validation, test], gray)
    if let gray {
      var sums = [Int](repeating: 0, count: gray.size)
      for image in 0..<gray.count {
        for pixel in 0..<gray.size { sums[pixel] += Int(gray.pixels[image * gray.size + pixel]) }
      }
      means = sums.map { Double($0) / Double(255 * gray.count) }
    } else {
      means = train.means
    }
  }
}
