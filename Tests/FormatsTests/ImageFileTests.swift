import Foundation
import GSL
import Testing

@testable import Formats

/// The files that scripts/reference/images_scipy.py wrote.
private func reference(_ name: String) throws -> [UInt8] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Reference")
  return Array(try Data(contentsOf: folder.appending(path: name)))
}

/// What a reader says of a file that it refuses.
private func problem<Result>(_ read: () throws -> Result) -> String? {
  do {
    _ = try read()
    return nil
  } catch {
    return "\(error)"
  }
}

@Suite struct `IDX files` {
  private let plain: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3] + [1, 2, 3, 4, 5, 255]

  @Test func `images are read as they were written`() throws {
    let images = try IDXFile.images(plain, path: "x")
    #expect(images == IDXFile.Images(height: 1, width: 3, pixels: [1, 2, 3, 4, 5, 255]))
  }

  @Test func `a gzip file of another program is read`() throws {
    let images = try IDXFile.images(try reference("images.idx.gz"), path: "x")
    #expect(images.count == 3 && images.height == 2 && images.width == 4)
    #expect(images.pixels == (0..<24).map { UInt8(7 * $0 % 256) })
  }

  @Test func `every cut is refused`() throws {
    for count in 0..<plain.count {
      let text = problem { try IDXFile.images(Array(plain.prefix(count)), path: "some/file") }
      #expect(text?.hasPrefix("some/file: ") == true, "\(count) bytes")
    }
    let compressed = try reference("images.idx.gz")
    for count in 2..<compressed.count - 8 {
      let text = problem { try IDXFile.images(Array(compressed.prefix(count)), path: "x") }
      #expect(text != nil, "\(count) bytes")
    }
  }

  @Test func `a wrong header is refused with what would be right`() {
    func text(_ place: Int, _ byte: UInt8) -> String? {
      var bytes = plain
      bytes[place] = byte
      return problem { try IDXFile.images(bytes, path: "x") }
    }
    #expect(text(3, 1)?.contains("labels") == true)
    #expect(text(2, 13)?.contains("[0, 0, 13, 3]") == true)
    #expect(text(7, 3)?.contains("need 9 bytes") == true)
    #expect(text(7, 1)?.contains("longer than its header") == true)
    #expect(text(8, 1)?.contains("sides are from 1 to 1024") == true)
    #expect(text(4, 255)?.contains("cut off") == true)
    #expect(text(7, 0)?.contains("at least 1 image") == true)
  }

  @Test func `damaged compressed data are refused`() throws {
    var bytes = try reference("images.idx.gz")
    bytes[bytes.count / 2] ^= 0xFF
    #expect(problem { try IDXFile.images(bytes, path: "x") } != nil)
  }

  @Test func `what decompresses to too much is refused before it fills the memory`() throws {
    let bytes = try reference("images.idx.gz")
    let text = problem { try Inflate.decompress(bytes[...], path: "x", limit: 39) }
    #expect(text?.contains("more than 39 bytes") == true)
    #expect(try Inflate.decompress(bytes[...], path: "x", limit: 40).count == 40)
  }
}

@Suite struct `MATLAB files` {
  @Test(arguments: ["compressed.mat", "plain.mat"])
  func `matrices that SciPy wrote are read in the order of the file`(name: String) throws {
    let matrices = try MATLABFile(try reference(name), path: name).matrices(["data", "testdata"])
    let data = try #require(matrices["data"])
    #expect(data.rows == 16 && data.columns == 5)
    // The k-th number is (k mod 256) / 255.
    for position in 0..<80 { #expect(data[position] == Double(position % 256) / 255) }
    #expect(matrices["testdata"]?.columns == 2)
  }

  @Test func `numbers of other types are read`() throws {
    let matrices = try MATLABFile(try reference("bytes.mat"), path: "x")
      .matrices(["data", "testdata"])
    let data = try #require(matrices["data"])
    for position in 0..<32 {
      #expect(data[position] == (position == 0 || position == 17 ? 1 : 0))
    }
    #expect(try #require(matrices["testdata"])[15] == 0)
  }

  @Test func `a missing variable is named beside those that are there`() throws {
    let file = try MATLABFile(try reference("plain.mat"), path: "x")
    let text = problem { try file.matrices(["data", "dota"]) }
    #expect(text?.contains("\"dota\"") == true && text?.contains("testdata") == true)
  }

  @Test func `a variable that is no matrix of numbers is refused`() throws {
    let file = try MATLABFile(try reference("compressed.mat"), path: "x")
    #expect(problem { try file.matrices(["note"]) }?.contains("no real, dense matrix") == true)
    #expect(problem { try file.matrices(["origin"]) }?.contains("no real, dense matrix") == true)
  }

  @Test(arguments: ["compressed.mat", "plain.mat"])
  func `no cut and no changed byte crashes the reader`(name: String) throws {
    let bytes = try reference(name)
    for count in 0..<bytes.count {
      let cut = Array(bytes.prefix(count))
      #expect(
        problem { try MATLABFile(cut, path: "x").matrices(["data", "testdata", "origin"]) } != nil)
    }
    var stream = RandomStream(seed: 3, purpose: "damage")
    var refused = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<3 {
        damaged[126 + stream.index(below: bytes.count - 126)] = UInt8(stream.index(below: 256))
      }
      if problem({ try MATLABFile(damaged, path: "x").matrices(["data", "testdata"]) }) != nil {
        refused += 1
      }
    }
    #expect(refused > 100)
  }

  @Test func `a file of another kind is refused`() {
    #expect(problem { try MATLABFile([1, 2, 3], path: "x") }?.contains("128") == true)
    let other = [UInt8](repeating: 72, count: 512)
    #expect(problem { try MATLABFile(other, path: "x") }?.contains("-v7") == true)
  }
}

@Suite struct `PNG files` {
  @Test func `a PNG file holds its pixels`() throws {
    let pixels = (0..<35).map { UInt8(7 * $0) }
    let bytes = PNGImage.encoded(width: 5, pixels: pixels)
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(bytes[16..<29] == [0, 0, 0, 5, 0, 0, 0, 7, 8, 0, 0, 0, 0])
    let start = 33
    let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    let rows = try Inflate.decompress(bytes[(start + 8)..<(start + 8 + length)], path: "x")
    for row in 0..<7 {
      #expect(rows[6 * row] == 0)
      #expect(Array(rows[6 * row + 1..<6 * row + 6]) == Array(pixels[5 * row..<5 * row + 5]))
    }
  }
}
