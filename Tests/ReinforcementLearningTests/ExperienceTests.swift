import GSL
import Networks
import Testing

@testable import ReinforcementLearning

/// A table of rows with random lanes and outcomes, and columns of all types.
private func randomExperience(seed: UInt64, rows: Int, lanes: Int, grows: Bool) -> Experience {
  var stream = RandomStream(seed: seed, purpose: "experience")
  let experience =
    grows ? Experience(lanes: lanes) : Experience(rows: rows, lanes: lanes)
  let pairs = experience.add(.observation, width: 2)
  let bytes = experience.add("bytes", width: 3, of: UInt8.self)
  for _ in 0..<rows {
    let row = experience.prepare(1).lowerBound
    experience.rewards[row] = Float(stream.gaussian())
    for element in 0..<2 { pairs[2 * row + element] = Float(stream.gaussian()) }
    for element in 0..<3 { bytes[3 * row + element] = UInt8(stream.index(below: 256)) }
    let outcomes: [Outcome] = [.ongoing, .ongoing, .ongoing, .terminated, .truncated, .lost]
    experience.record(
      lane: stream.index(below: lanes), outcomes[stream.index(below: outcomes.count)])
    if let last = experience.steps.last?.outcome, last.isEnd && last != .lost {
      let ending = experience.recordEnding(row)
      let column = experience.endingObservations as? ExperienceColumn<Float>
      for element in 0..<2 { column?[2 * ending + element] = Float(ending + element) }
    }
  }
  return experience
}

struct ExperienceTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `scans are loops along each episode`(seed: UInt64) {
    let experience = randomExperience(seed: seed, rows: 80, lanes: 4, grows: seed % 2 == 0)
    let found = experience.add("found")
    /// The rows of an episode from a row on, found without its neighbors.
    func rest(from row: Int) -> [Int] {
      var rows = [row]
      if experience.steps[row].outcome.isEnd { return rows }
      for next in row + 1..<max(row + 1, 80)
      where experience.steps[next].lane == experience.steps[row].lane {
        rows.append(next)
        if experience.steps[next].outcome.isEnd { break }
      }
      return rows
    }
    experience.scanBackward(into: found, startingFrom: 2) { row, following in
      Float(row) - 0.5 * following
    }
    for row in 0..<80 {
      var expected: Float = 2
      for place in rest(from: row).reversed() { expected = Float(place) - 0.5 * expected }
      #expect(found[row] == expected)
    }
    experience.scanForward(into: found, startingFrom: 3) { row, preceding in
      Float(row) - 0.5 * preceding
    }
    var isFirst = [Bool](repeating: true, count: 80)
    for row in 0..<80 { for place in rest(from: row).dropFirst() { isFirst[place] = false } }
    for row in 0..<80 where isFirst[row] {
      var expected: Float = 3
      for place in rest(from: row) {
        if place != row { expected = Float(place) - 0.5 * expected }
        #expect(found[place] == expected)
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `is saved and read back, whether it grows or not`(seed: UInt64) throws {
    let grows = seed % 2 == 0
    let experience = randomExperience(seed: seed, rows: 50, lanes: 3, grows: grows)
    experience.add("computed", isComputed: true)
    var file = SafetensorsFile()
    experience.save(to: &file, name: "e")
    #expect(file["e.computed"] == nil)
    let other = randomExperience(seed: seed + 100, rows: grows ? 7 : 50, lanes: 3, grows: grows)
    other.add("computed", isComputed: true)
    try other.restore(from: file, name: "e")
    var again = SafetensorsFile()
    other.save(to: &again, name: "e")
    #expect(again.serialized() == file.serialized())
    #expect(other.steps == experience.steps)
    #expect(other.endingRows == experience.endingRows)
  }

  @Test func `of another shape is refused by the name of what is wrong, and nothing is kept`()
    throws
  {
    let experience = randomExperience(seed: 1, rows: 50, lanes: 3, grows: true)
    var file = SafetensorsFile()
    experience.save(to: &file, name: "e")
    func refuse(
      _ table: Experience, _ fragment: String, _ change: (inout SafetensorsFile) -> Void = { _ in }
    ) {
      var changed = file
      change(&changed)
      let error = #expect(throws: CheckpointContentError.self) {
        try table.restore(from: changed, name: "e")
      }
      #expect(error.map { "\($0)" }?.contains(fragment) == true, "\(String(describing: error))")
      #expect(table.count == 0)
    }
    refuse(
      randomExperience(seed: 2, rows: 49, lanes: 3, grows: false), "50 rows instead of at most 49")
    refuse(randomExperience(seed: 2, rows: 50, lanes: 2, grows: true), "2 lanes")
    let table = randomExperience(seed: 2, rows: 50, lanes: 3, grows: true)
    for name in ["lanes", "outcomes", "reward", "observation", "bytes", "ending_observation"] {
      refuse(table, "e.\(name)") { file in file.tensors.removeAll { $0.name == "e.\(name)" } }
    }
    refuse(table, "not those of 3 lanes") { file in
      let index = file.tensors.firstIndex { $0.name == "e.outcomes" } ?? 0
      file.tensors[index] = .init("e.outcomes", SafetensorsTensor([UInt8](repeating: 9, count: 50)))
    }
    refuse(table, "instead of 100") { file in
      let index = file.tensors.firstIndex { $0.name == "e.observation" } ?? 0
      file.tensors[index] = .init(
        "e.observation", SafetensorsTensor([Float](repeating: 9, count: 99)))
    }
  }

  @Test func `columns of a fixed table never move`() {
    let experience = Experience(rows: 100, lanes: 1)
    let column = experience.add(.observation, width: 5)
    let address = column.pointer
    #expect(UInt(bitPattern: address) % 64 == 0)
    for _ in 0..<100 {
      _ = experience.prepare(1)
      experience.record(lane: 0, .ongoing)
    }
    #expect(column.pointer == address)
  }
}
