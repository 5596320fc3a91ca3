import Formats
import Foundation
import GSL
import Testing

@testable import DiscreteVAE

/// What a reader says of a file that it refuses.
private func problem<Result>(_ read: () throws -> Result) -> String? {
  do {
    _ = try read()
    return nil
  } catch {
    return "\(error)"
  }
}

/// The files that scripts/reference/images_scipy.py wrote.
private func reference(_ name: String) throws -> [UInt8] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../FormatsTests/Reference")
  return Array(try Data(contentsOf: folder.appending(path: name)))
}

@Suite struct `Image files` {
  @Test(arguments: ["compressed.mat", "plain.mat"])
  func `images that SciPy wrote are read, column by column`(name: String) throws {
    let matrices = try MATLABFile(try reference(name), path: name).matrices(["data", "testdata"])
    let images = try DataFolder.characters(
      try #require(matrices["data"]), name: "data", path: name)
    #expect(images.count == 5 && images.height == 4 && images.width == 4)
    // The k-th number of the file is k mod 256; position 4 c + r of an image is row r, column c.
    for image in 0..<5 {
      for row in 0..<4 {
        for column in 0..<4 {
          let expected = (16 * image + 4 * column + row) % 256
          #expect(Int(images.pixels[16 * image + 4 * row + column]) == expected)
        }
      }
    }
    #expect(matrices["testdata"]?.columns == 2)
  }

  @Test func `binarized text is read and a wrong line is named`() throws {
    let text = Array("1 0 0 1\n0 1 1 0 \r\n".utf8)
    let images = try DataFolder.binaryImages(text: text, side: 2, path: "x")
    #expect(images.count == 2 && images.isWhite(0, ofImage: 0) && images.isWhite(2, ofImage: 1))
    for (wrong, expected) in [
      ("1 0 0 1\n0 1 1\n", "Line 2 has 3 pixels"), ("1 0 2 1\n", "only 0, 1 and spaces"),
      ("", "no whole number"),
    ] {
      let text = problem {
        try DataFolder.binaryImages(text: Array(wrong.utf8), side: 2, path: "x")
      }
      #expect(text?.contains(expected) == true)
    }
  }

  @Test func `a missing folder says which files are expected`() {
    let text = problem {
      try DatasetImages.load(.mnist, from: "/nowhere", binarization: .static, seed: 1)
    }
    #expect(text?.contains("train-images-idx3-ubyte") == true)
    #expect(text?.contains("Nothing is downloaded") == true)
    #expect(
      problem { try DatasetImages.load(.omniglot, from: nil, binarization: .static, seed: 1) }?
        .contains("chardata.mat") == true)
  }

  @Test func `MNIST's files are not taken for Omniglot's`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/vae-files-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 36, 0, 0, 0, 1, 0, 0, 0, 1] + (0..<36)
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
      try Data(images).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    let mnist = try DatasetImages.load(.mnist, from: folder, binarization: .static, seed: 1)
    #expect(mnist.train.count == 30 && mnist.validation.count == 6 && mnist.test.count == 36)
    let text = problem {
      try DatasetImages.load(.omniglot, from: folder, binarization: .static, seed: 1)
    }
    #expect(text?.contains("There is no test-images-idx3-ubyte") == true)
    let file = "\(folder)/train-images-idx3-ubyte"
    #expect(
      problem { try DatasetImages.load(.mnist, from: file, binarization: .static, seed: 1) }?
        .contains("This is a file") == true)
  }

  @Test func `binarization draws each pixel with its gray value`() {
    let values: [UInt8] = [0, 1, 64, 128, 254, 255]
    let count = 20_000
    let gray = GrayImages(
      height: 1, width: values.count,
      pixels: Array((0..<count).map { _ in values }.joined()))
    var stream = RandomStream(seed: 5, purpose: "binarization-test")
    let means = BinaryImages(gray, from: &stream).means
    for (mean, value) in zip(means, values) {
      let p = Double(value) / 255
      #expect(abs(mean - p) <= 6.5 * (p * (1 - p) / Double(count)).squareRoot())
    }
  }
}
