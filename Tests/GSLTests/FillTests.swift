import GSL
import Testing

@Suite struct `Filling a span` {
  static let counts = [0, 1, 2, 3, 5, 64, 1000]

  /// The stream after an odd number of 32-bit words, where alignment could go wrong.
  private func unevenStream() -> RandomStream {
    var stream = RandomStream(seed: 31, purpose: "fill")
    _ = stream.nextUInt32()
    return stream
  }

  /// Checks numbers and final position against one draw after the other.
  private func compare<Value: BinaryFloatingPoint>(
    _ count: Int, rounded: (Double) -> Value,
    fill: (inout RandomStream, inout MutableSpan<Value>) -> Void,
    draw: (inout RandomStream) -> Double
  ) {
    var bulk = unevenStream()
    var single = bulk
    var storage = [Value](repeating: -99, count: count)
    var span = storage.mutableSpan
    fill(&bulk, &span)
    #expect(storage == (0..<count).map { _ in rounded(draw(&single)) })
    #expect(bulk == single)
  }

  @Test(arguments: counts) func `gaussian numbers equal single draws`(count: Int) {
    compare(count, rounded: { $0 }, fill: { $0.fillGaussian(&$1) }, draw: { $0.gaussian() })
    compare(count, rounded: Float.init, fill: { $0.fillGaussian(&$1) }, draw: { $0.gaussian() })
  }

  @Test(arguments: counts) func `exponential numbers equal single draws`(count: Int) {
    compare(count, rounded: { $0 }, fill: { $0.fillExponential(&$1) }, draw: { $0.exponential() })
    compare(
      count, rounded: Float.init, fill: { $0.fillExponential(&$1) }, draw: { $0.exponential() })
  }

  @Test(arguments: counts) func `logistic numbers equal single draws`(count: Int) {
    compare(count, rounded: { $0 }, fill: { $0.fillLogistic(&$1) }, draw: { $0.logistic() })
    compare(count, rounded: Float.init, fill: { $0.fillLogistic(&$1) }, draw: { $0.logistic() })
  }

  @Test(arguments: counts) func `uniform numbers equal single draws`(count: Int) {
    compare(count, rounded: { $0 }, fill: { $0.fillUniform(&$1) }, draw: { $0.uniform() })
  }
}
