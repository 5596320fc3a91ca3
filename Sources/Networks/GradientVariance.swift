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

  /// Takes over what `save` wrote.
  ///
  /// - Throws: ``Formats/SafetensorsError`` that names what is missing or is no such average.
  public func restore(
    from checkpoint: SafetensorsFile, name: String
  ) throws(SafetensorsError) {
    guard let text = checkpoint.metadata["\(name).count"] else {
      throw .missingTensor("\(name).count")
    }
    guard let count = Int(text), (0...1 << 53).contains(count) else {
      throw .negativeStep(tensor: "\(name).count", value: Int64(text) ?? -1)
    }
    let shape = [mean.count]
    let mean = try checkpoint.finiteValues(of: "\(name).mean", shape: shape, as: Float.self)
    meanSquare.values = try checkpoint.finiteValues(
      of: "\(name).mean_square", shape: shape, as: Float.self, areSquares: true)
    self.mean.values = mean
    self.count = count
  }
}
