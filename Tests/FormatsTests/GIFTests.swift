import Formats
import GSL
import TestSupport
import Testing

@Suite struct `A film as a GIF` {
  /// Noise in some colors, which compresses so badly that codes grow and the table fills.
  private func noise(
    _ colors: Int, _ width: Int, _ height: Int, seed: UInt64
  ) -> [UInt8] {
    var stream = RandomStream(seed: seed, purpose: "gif-test")
    let table = (0..<colors).map { _ in stream.nextUInt32() & 0xFF_FFFF }
    return (0..<width * height).flatMap { _ in
      let color = table[stream.index(below: colors)]
      return [16, 8, 0].map { UInt8(truncatingIfNeeded: color >> $0) }
    }
  }

  private func film(_ frames: [[UInt8]], _ width: Int, _ height: Int) -> GIFAnimation {
    var film = GIFAnimation(width: width, height: height)
    for (index, frame) in frames.enumerated() { film.append(frame, hundredths: 2 + index) }
    return film
  }

  @Test(arguments: [1, 2, 3, 5, 16, 17, 129, 256], [(1, 1), (7, 5), (120, 90)])
  func `has the frames that went in, with up to 256 colors`(colors: Int, size: (Int, Int)) throws {
    let (width, height) = size
    // Few colors over several frames are those of all.
    let frames = (0..<3).map { index in
      var frame = noise(colors, width, height, seed: 1)
      frame.replaceSubrange(
        0..<3, with: frame[3 * index % frame.count..<3 * index % frame.count + 3])
      return frame
    }
    let read = try GIFReader(film(frames, width, height).encoded())
    #expect((read.width, read.height) == (width, height) && read.isRepeated)
    // Those that do not differ have become one.
    var expected: [(colors: [UInt8], hundredths: Int)] = []
    for (index, frame) in frames.enumerated() {
      if let last = expected.last, last.colors == frame {
        expected[expected.count - 1].hundredths += 2 + index
      } else {
        expected.append((frame, 2 + index))
      }
    }
    #expect(read.frames.map(\.colors) == expected.map(\.colors))
    #expect(read.frames.map(\.hundredths) == expected.map(\.hundredths))
  }

  @Test func `needs codes of every width, and a table that begins anew`() throws {
    let frame = noise(200, 150, 150, seed: 2)
    let read = try GIFReader(film([frame], 150, 150).encoded())
    #expect(read.frames.first?.colors == frame)
    #expect(read.widestCode == 12 && read.clearings >= 4)
    // One symbol again and again: each code is one that the reader has not got yet.
    let plain = [UInt8](repeating: 7, count: 3 * 300 * 300)
    let single = film([plain], 300, 300).encoded()
    #expect(try GIFReader(single).frames.first?.colors == plain && single.count < 1200)
  }

  /// Images of all sizes end at every place relative to where codes grow.
  @Test func `ends at any symbol`() throws {
    let row = noise(4, 700, 1, seed: 3)
    for width in 1...700 {
      let frame = Array(row[..<(3 * width)])
      let read = try GIFReader(film([frame], width, 1).encoded())
      try #require(read.frames.first?.colors == frame, "\(width) columns")
    }
  }

  @Test func `stores what changes, and waits where nothing does`() throws {
    let (width, height) = (60, 40)
    var frames = [[UInt8](repeating: 250, count: 3 * width * height)]
    for index in 0..<4 {
      var frame = frames[0]
      for y in 10..<14 {
        for x in 20 + index..<25 + index { frame[3 * (y * width + x)] = 9 }
      }
      frames.append(frame)
    }
    frames.append(frames[4])
    let read = try GIFReader(film(frames, width, height).encoded())
    #expect(read.frames.map(\.storedPixels) == [2400, 20, 24, 24, 24])
    #expect(read.frames.map(\.colors) == Array(frames[..<5]))
    #expect(read.frames.map(\.hundredths) == [2, 3, 4, 5, 6 + 7])
  }

  /// A smooth picture has 15,000 colors.
  ///
  /// With 256 of them an even division of the cube into 6 × 6 × 6 would be off
  /// by 51 / √12 = 14.7 in each channel; those of the picture are closer.
  @Test func `has colors near those that went in, where there are too many`() throws {
    let (width, height) = (150, 100)
    var frame: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width { frame += [UInt8(x), UInt8(2 * y), UInt8((x + y) / 2)] }
    }
    let read = try GIFReader(film([frame], width, height).encoded())
    let found = try #require(read.frames.first?.colors)
    #expect(read.tableSize == 256)
    #expect(Set(stride(from: 0, to: found.count, by: 3).map { found[$0..<$0 + 3] }).count > 200)
    var sum = 0.0
    for (before, after) in zip(frame, found) {
      let difference = Double(before) - Double(after)
      sum += difference * difference
    }
    let error = (sum / Double(frame.count)).squareRoot()
    #expect(error < 7, "\(error)")
  }

  @Test func `is read by other programs alike`() throws {
    guard let python = Python(with: "PIL") else {
      try Test.cancel(
        "Needs a Python with Pillow: set RELAXRL_PYTHON or run scripts/python-env.sh.")
    }
    let folder = try TemporaryFolder()
    let frames = (0..<4).map { noise(90, 50, 30, seed: 10 + UInt64($0 / 3)) }
    let bytes = film(frames, 50, 30).encoded()
    try folder.write(bytes, to: "film.gif")
    let printed = try python.run(
      """
      import sys
      from PIL import Image
      film = Image.open(sys.argv[1])
      for index in range(film.n_frames):
          film.seek(index)
          sys.stdout.buffer.write(film.convert("RGB").tobytes())
      """, [folder.path + "/film.gif"])
    #expect(Array(printed) == Array(try GIFReader(bytes).frames.map(\.colors).joined()))
  }

  /// A reader that took anything would prove nothing.
  @Test func `damaged is another film, or none`() throws {
    let bytes = film([noise(30, 40, 40, seed: 4)], 40, 40).encoded()
    let whole = try GIFReader(bytes).frames
    // Behind the headers, and before the last byte of codes, of which some bits mean nothing.
    let places = Array(stride(from: 150, to: bytes.count - 4, by: 7))
    for place in places {
      var damaged = bytes
      damaged[place] ^= 0x10
      #expect((try? GIFReader(damaged).frames) != whole, "byte \(place)")
    }
    #expect(places.count > 50)
  }
}
