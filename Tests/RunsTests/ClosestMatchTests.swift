import GSL
import Runs
import Testing

@Suite struct `The closest match` {
  @Test(arguments: [
    ("cartpol", "cartpole"), ("CartPole", "cartpole"), ("catrpole", "cartpole"),
    ("mountain", "mountaincar"), ("mountaincar-continous", "mountaincar-continuous"),
    ("pendullum", "pendulum"), ("breakout", nil), ("", nil), ("xy", nil),
  ])
  func `it finds what was meant and nothing far away`(word: String, match: String?) {
    let names = [
      "cartpole", "cartpole-v0", "mountaincar", "mountaincar-continuous", "pendulum", "ab",
    ]
    #expect(closestMatch(to: word, among: names) == match)
  }

  @Test func `the distance is symmetric, zero for equals and obeys single edits`() {
    var stream = RandomStream(seed: 9, purpose: "edit distance")
    for _ in 0..<300 {
      func word() -> [Character] {
        (0..<stream.index(below: 7)).map { _ in Character(["a", "b", "c"][stream.index(below: 3)]) }
      }
      let (first, second) = (word(), word())
      let distance = alignmentDistance(first, second)
      #expect(distance == alignmentDistance(second, first))
      #expect((distance == 0) == (first == second))
      #expect(distance >= abs(first.count - second.count))
      #expect(distance <= max(first.count, second.count))
      #expect(abs(alignmentDistance(first + ["d"], second) - distance) <= 1)
    }
    #expect(alignmentDistance(Array("ab"), Array("ba")) == 1)
    #expect(alignmentDistance(Array("kitten"), Array("sitting")) == 3)
  }
}
