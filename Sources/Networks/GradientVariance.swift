import Foundation

/// The variance of a gradient while it trains: per parameter exponential averages of g and g².
///
/// The policy changes meanwhile, so this is a live indication and no measurement; those are made at
/// frozen parameters.
public final class GradientVariance {
  private let mean: ParameterSet<Float>
  private let meanSquare: ParameterSet<Float>
  private let decay: Double
  private var count = 0

  /// Squares of shorter gradients are finite numbers.
  private static let largestNorm = 1e19

  /// An empty record of gradients of the given layout.
  ///
  /// - Parameters:
  ///   - layout: that of every gradient to come.
  ///   - decay: the share of the past in each average.
  public init(_ layout: ParameterLayout, decay: Double = 0.99) {
    mean = ParameterSet(layout)
    meanSquare = ParameterSet(layout)
    self.decay = decay
  }

  /// Takes in one gradient.
  ///
  /// One whose squares are beyond the numbers there are leaves no variance to speak of: the record
  /// begins anew behind it.
  ///
  /// - Parameters:
  ///   - gradient: in the layout of the record.
  ///   - norm: its Euclidean norm where that is known already.
  public func add(_ gradient: ParameterSet<Float>, norm: Double? = nil) {
    let norm =
      norm
      ?? Float.optimizerKernels.sumOfSquares(Int64(gradient.count), gradient.pointer).squareRoot()
    guard norm < Self.largestNorm else {
      count = 0
      mean.fill(0)
      meanSquare.fill(0)
      return
    }
    count += 1
    Float.optimizerKernels.moments(
      Int64(gradient.count), mean.pointer, meanSquare.pointer, gradient.pointer, decay)
  }

  /// The logarithm of the variance's mean over all parameters; nil before the second gradient.
  public var logMeanVariance: Double? {
    guard count > 1 else { return nil }
    // The averages start at 0; dividing by the weights given so far removes that.
    var weight = 1.0
    for _ in 0..<min(count, 10_000) { weight *= decay }
    let correction = 1 - weight
    var total = 0.0
    for index in 0..<mean.count {
      let average = Double(mean.pointer[index]) / correction
      total += max(0, Double(meanSquare.pointer[index]) / correction - average * average)
    }
    let variance = total / Double(max(1, mean.count))
    return variance > 0 ? log(variance) : nil
  }

  /// Adds the averages to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile, name: String) {
    checkpoint.append("\(name).mean", SafetensorsTensor(mean.values))
    checkpoint.append("\(name).mean_square", SafetensorsTensor(meanSquare.values))
    checkpoint.metadata["\(name).count"] = "\(count)"
  }

  /// Takes over what `save` wrote; an older checkpoint without it starts afresh.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    guard let count = checkpoint.metadata["\(name).count"].flatMap(Int.init),
      let mean = checkpoint["\(name).mean"], let square = checkpoint["\(name).mean_square"]
    else { return }
    self.mean.values = try mean.values(as: Float.self)
    meanSquare.values = try square.values(as: Float.self)
    self.count = count
  }
}
