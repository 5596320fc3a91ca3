import ReinforcementLearning

func isTaken(_ body: () throws -> Void) -> Bool { !isRefused(body) }

func isRefused(_ body: () throws -> Void) -> Bool {
  do {
    try body()
    return false
  } catch {
    return true
  }
}

extension Space {
  /// One element of the space.
  var someElement: [Double]? {
    switch self {
    case .box(let box): zip(box.lower, box.upper).map { min(max(0, $0), $1) }
    case .discrete, .multiDiscrete, .multiBinary: choices.map { Double($0.start) }
    }
  }

  /// Values that lie outside, each with the element of an action where it does.
  var outsiders: [(element: Int, value: Double)] {
    switch self {
    case .box(let box):
      var outsiders: [(Int, Double)] = [(0, .nan), (0, .infinity), (0, -.infinity)]
      for element in box.lower.indices {
        if box.upper[element] < 1e30 { outsiders.append((element, box.upper[element] + 1)) }
        if box.lower[element] > -1e30 { outsiders.append((element, box.lower[element] - 1)) }
      }
      return outsiders
    case .discrete, .multiDiscrete, .multiBinary:
      return choices.enumerated().flatMap { element, choice in
        [(element, Double(choice.start - 1)), (element, Double(choice.start + choice.count))]
      }
    }
  }
}
