import Glibc

/// The processor time that the calling thread has used, in seconds.
///
/// Not the time on the wall: on a busy machine that adds the turns of other processes to whatever
/// takes longer than one turn, and to nothing else, which spoils every ratio.
func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Processor time of one call in seconds, from enough calls that the clock does not matter.
func secondsPerCall(atLeast least: Double = 5e-4, _ body: () -> Void) -> Double {
  body()
  var calls = 1
  while true {
    let start = threadSeconds()
    for _ in 0..<calls { body() }
    let elapsed = threadSeconds() - start
    if elapsed >= least { return elapsed / Double(calls) }
    calls = max(calls * 2, Int(Double(calls) * least / max(elapsed, 1e-9)) + 1)
  }
}

/// The middle of the values, the upper one of two.
func median(_ values: [Double]) -> Double {
  values.isEmpty ? .nan : values.sorted()[values.count / 2]
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// One JSON object on one line, its keys in the order in which they were added.
struct JSONLine: CustomStringConvertible {
  private var fields: [String] = []

  mutating func add(_ key: String, _ value: String) { fields.append("\"\(key)\": \"\(value)\"") }
  mutating func add(_ key: String, _ value: Int) { fields.append("\"\(key)\": \(value)") }
  mutating func add(_ key: String, _ value: Double) {
    let rounded = (value * 1000).rounded() / 1000
    fields.append("\"\(key)\": \(rounded.isFinite ? "\(rounded)" : "null")")
  }

  var description: String { "{" + fields.joined(separator: ", ") + "}" }
}
