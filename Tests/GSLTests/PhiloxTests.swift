import GSL
import Testing

@Suite struct `Philox as a generator` {
  // The known answers that Random123 ships (file kat_vectors, lines "philox4x32 10").
  @Test(
    arguments: [
      ([0, 0, 0, 0], [0, 0], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
      (
        [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [0xFFFF_FFFF, 0xFFFF_FFFF],
        [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
      ),
      (
        [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0],
        [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
      ),
    ] as [([UInt64], [UInt64], [UInt64])])
  func `the published known answers come out`(
    counter: [UInt64], key: [UInt64], answer: [UInt64]
  ) {
    let block = Philox.block(
      counter: .init(low: counter[0] | counter[1] << 32, high: counter[2] | counter[3] << 32),
      key: key[0] | key[1] << 32)
    #expect(block.low == answer[0] | answer[1] << 32)
    #expect(block.high == answer[2] | answer[3] << 32)
  }

  @Test func `a stream counts its blocks in the lower half of the counter`() {
    var stream = RandomStream(key: 77, stream: 5, position: 0)
    for number in 0..<5 as Range<UInt64> {
      let block = Philox.block(counter: .init(low: number, high: 5), key: 77)
      #expect(stream.next() == block.low)
      #expect(stream.next() == block.high)
    }
  }

  // From a separate implementation of Philox, FNV-1a and the naming in Python: a change here would
  // change every run that anyone has recorded.
  @Test func `a named stream gives the numbers it has always given`() {
    var stream = RandomStream(seed: 7, purpose: "environment", lane: 2, episode: 3)
    let numbers = (0..<4).map { _ in stream.next() }
    #expect(
      numbers == [
        0x3488_924C_EA22_692B, 0x9FAC_C58E_F72E_54EC, 0xA023_82C1_D806_45EB, 0xA064_5DE2_4642_4F32,
      ])
  }

  @Test func `words of 32 bits are the halves of words of 64, the lower one first`() {
    var wide = RandomStream(seed: 1, purpose: "words")
    var narrow = wide
    for _ in 0..<9 {
      let word = wide.next()
      #expect(narrow.nextUInt32() == UInt32(truncatingIfNeeded: word))
      #expect(narrow.nextUInt32() == UInt32(word >> 32))
    }
  }

  @Test func `a left-over word is skipped by the next 64 bits`() {
    var stream = RandomStream(seed: 2, purpose: "words")
    var other = stream
    _ = stream.nextUInt32()
    _ = other.next()
    #expect(stream.next() == other.next())
    #expect(stream == other)
  }
}
