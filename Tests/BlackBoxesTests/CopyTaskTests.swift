import BlackBoxes
import GSL
import Testing

@Suite struct `The edit distance` {
  /// By trying all edits, one symbol at a time.
  private func bySearch(_ first: ArraySlice<Int>, _ second: ArraySlice<Int>) -> Int {
    guard let head = first.first else { return second.count }
    guard let other = second.first else { return first.count }
    let (rest, others) = (first.dropFirst(), second.dropFirst())
    if head == other { return bySearch(rest, others) }
    return 1 + min(bySearch(rest, others), bySearch(rest, second), bySearch(first, others))
  }

  @Test(arguments: 0..<20)
  func `is the least number of edits`(seed: UInt64) {
    var stream = RandomStream(seed: seed, purpose: "edit-distance")
    for _ in 0..<20 {
      let words = (0..<2).map { _ in
        (0..<stream.index(below: 7)).map { _ in stream.index(below: 3) }
      }
      let found = CopyTask.editDistance(words[0], words[1])
      #expect(found == bySearch(words[0][...], words[1][...]), "\(words)")
      #expect(found == CopyTask.editDistance(words[1], words[0]))
    }
  }

  @Test func `of kitten and sitting is 3`() {
    let words = ["kitten", "sitting"].map { $0.utf8.map(Int.init) }
    #expect(CopyTask.editDistance(words[0], words[1]) == 3)
  }

  @Test func `rewards a right copy with 1 and one that has nothing right with 0`() {
    let task = CopyTask(length: 4, vocabulary: 6)
    #expect(task.reward(of: [0, 1, 2, 3], for: [0, 1, 2, 3]) == 1)
    #expect(task.reward(of: [4, 4, 5, 5], for: [0, 1, 2, 3]) == 0)
    // Shifted by one: an insertion and a deletion.
    #expect(task.reward(of: [5, 0, 1, 2], for: [0, 1, 2, 3]) == 0.5)
  }
}
