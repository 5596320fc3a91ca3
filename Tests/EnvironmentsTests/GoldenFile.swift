import Foundation
import Testing

/// A file of golden trajectories as `scripts/golden_trajectories.py` writes it.
struct GoldenFile {
  struct Spec {
    var identifier: String
    var stepLimit: Int
    var rewardThreshold: Double?
  }

  struct Record {
    var reward: Double
    var isTerminated: Bool
    var state: [Double]
    var observation: [Double]
  }

  struct Step {
    var action: Double
    /// Nil where the step was played but not recorded.
    var record: Record?
  }

  struct Episode {
    var kind: String
    var initial: [Double]
    var steps: [Step] = []
    var length = 0
    var totalReward = 0.0
  }

  var specs: [Spec] = []
  var episodes: [Episode] = []

  init(_ name: String) throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/\(name).csv")
    let text = try String(contentsOf: url, encoding: .utf8)
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      switch fields[0] {
      case "spec":
        specs.append(
          Spec(
            identifier: String(fields[1]), stepLimit: try #require(Int(fields[2])),
            rewardThreshold: Double(fields[3])))
      case "episode":
        let initial = try fields[2...].map { try #require(Double($0)) }
        episodes.append(Episode(kind: String(fields[1]), initial: initial))
      case "step":
        let numbers = try fields[1...].map { try #require(Double($0)) }
        let stateSize = try #require(episodes.last).initial.count
        let record = Record(
          reward: numbers.count > 1 ? numbers[1] : 0,
          isTerminated: numbers.count > 1 && numbers[2] == 1,
          state: Array(numbers.dropFirst(3).prefix(stateSize)),
          observation: Array(numbers.dropFirst(3 + stateSize)))
        episodes[episodes.count - 1].steps.append(
          Step(action: numbers[0], record: numbers.count > 1 ? record : nil))
      default:
        episodes[episodes.count - 1].length = try #require(Int(fields[1]))
        episodes[episodes.count - 1].totalReward = try #require(Double(fields[2]))
      }
    }
  }
}
