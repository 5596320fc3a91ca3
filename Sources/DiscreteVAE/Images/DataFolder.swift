import Formats
import Runs

/// Finds and reads the files of a data set.
struct DataFolder {
  let path: String
  let dataset: Dataset

  /// - Throws: ``DataFileError`` where no folder is named or a file has that name.
  init(_ path: String?, _ dataset: Dataset) throws(DataFileError) {
    guard let path else {
      throw DataFileError(
        "--data", "\(dataset.rawValue) needs a folder with \(dataset.expectation).")
    }
    let fileSystem = FileSystem.uninterrupted
    guard fileSystem.isFolder(path) || !fileSystem.exists(path) else {
      throw DataFileError(
        path, "This is a file; --data names the folder that holds the data set's files.")
    }
    (self.path, self.dataset) = (path, dataset)
  }

  /// MNIST from its two IDX files.
  func mnist() throws(DataFileError) -> (training: GrayImages, test: GrayImages) {
    (try gray("train-images-idx3-ubyte"), try gray("t10k-images-idx3-ubyte"))
  }

  /// MNIST from the text files of Larochelle and Murray.
  func binarizedMNIST() throws(DataFileError) -> DatasetImages {
    DatasetImages(
      train: try binarizedText("binarized_mnist_train.amat"),
      validation: try binarizedText("binarized_mnist_valid.amat"),
      test: try binarizedText("binarized_mnist_test.amat"), gray: nil)
  }

  /// Omniglot from `chardata.mat`, or from a pair of IDX files.
  func omniglot() throws(DataFileError) -> (training: GrayImages, test: GrayImages) {
    guard let file = found(["chardata.mat"]) else {
      // Other names than MNIST's, whose test images are t10k-images-idx3-ubyte.
      return (try gray("train-images-idx3-ubyte"), try gray("test-images-idx3-ubyte"))
    }
    let matrices = try MATLABFile(try read(file), path: file).matrices(["data", "testdata"])
    func images(_ name: String) throws(DataFileError) -> GrayImages {
      guard let matrix = matrices[name] else { throw DataFileError(file, "It has no \(name).") }
      return try Self.characters(matrix, name: name, path: file)
    }
    return (try images("data"), try images("testdata"))
  }

  /// One character per column, its pixels column by column, from 0 to 1.
  static func characters(
    _ matrix: MATLABFile.Matrix, name: String, path: String
  ) throws(DataFileError) -> GrayImages {
    let side = Int(Double(matrix.rows).squareRoot().rounded())
    guard side * side == matrix.rows else {
      throw DataFileError(
        path,
        "The variable \"\(name)\" has \(matrix.rows) rows, which is no square image; chardata.mat "
          + "has 784.")
    }
    var pixels = [UInt8](repeating: 0, count: matrix.rows * matrix.columns)
    for image in 0..<matrix.columns {
      for position in 0..<matrix.rows {
        let gray = matrix[image * matrix.rows + position]
        guard gray >= 0 && gray <= 1 else {
          throw DataFileError(
            path,
            "The variable \"\(name)\" holds the value \(gray) in column \(image); pixels lie "
              + "between 0 and 1.")
        }
        let (column, row) = (position / side, position % side)
        pixels[image * matrix.rows + row * side + column] = UInt8((255 * gray).rounded())
      }
    }
    return GrayImages(height: side, width: side, pixels: pixels)
  }

  /// The gray images of an IDX file, plain or compressed.
  private func gray(_ name: String) throws(DataFileError) -> GrayImages {
    let file = try find([name, name + ".gz"])
    let images = try IDXFile.images(try read(file), path: file)
    return GrayImages(height: images.height, width: images.width, pixels: images.pixels)
  }

  /// Images of 28 × 28 as text: a line per image of zeros and ones with spaces between.
  private func binarizedText(_ name: String) throws(DataFileError) -> BinaryImages {
    let file = try find([name])
    return try Self.binaryImages(text: try read(file), side: 28, path: file)
  }

  static func binaryImages(
    text: [UInt8], side: Int, path: String
  ) throws(DataFileError) -> BinaryImages {
    let size = side * side
    var pixels: [Bool] = []
    var line = 1
    var column = 0
    for byte in text {
      switch byte {
      case UInt8(ascii: "0"), UInt8(ascii: "1"):
        pixels.append(byte == UInt8(ascii: "1"))
        column += 1
      case UInt8(ascii: " "), UInt8(ascii: "\r"): break
      case UInt8(ascii: "\n"):
        guard column == size || column == 0 else {
          throw DataFileError(
            path, "Line \(line) has \(column) pixels but an image has \(size).")
        }
        line += 1
        column = 0
      default:
        throw DataFileError(
          path, "Line \(line) holds the byte \(byte); only 0, 1 and spaces are expected.")
      }
    }
    guard !pixels.isEmpty, pixels.count.isMultiple(of: size) else {
      throw DataFileError(
        path, "It has \(pixels.count) pixels, which is no whole number of images of \(size).")
    }
    return BinaryImages(height: side, width: side, count: pixels.count / size) { pixels[$0] }
  }

  private func find(_ names: [String]) throws(DataFileError) -> String {
    if let file = found(names) { return file }
    throw DataFileError(
      path,
      "There is no \(names.joined(separator: " or ")). \(dataset.rawValue) is read from "
        + "\(dataset.expectation). Nothing is downloaded; give the folder that holds them as --data."
    )
  }

  private func found(_ names: [String]) -> String? {
    ["\(path)", "\(path)/\(dataset.rawValue)"]
      .flatMap { folder in names.map { "\(folder)/\($0)" } }
      .first { FileSystem.uninterrupted.exists($0) }
  }

  private func read(_ file: String) throws(DataFileError) -> [UInt8] {
    do {
      return try FileSystem.uninterrupted.read(file)
    } catch {
      throw DataFileError(file, "\(error)")
    }
  }
}
