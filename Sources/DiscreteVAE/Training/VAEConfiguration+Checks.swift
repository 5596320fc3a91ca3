extension VAEConfiguration {
  /// The first setting that cannot be used, if there is one: its flag, its value and what would be
  /// right.
  ///
  /// The upper limits are far above any use and keep a slip of the finger from filling the memory.
  package var fault: String? {
    faultOfNumbers ?? faultOfData ?? faultOfEstimation
  }

  private var faultOfNumbers: String? {
    let counts: [(String, Int, ClosedRange<Int>)] = [
      ("latents", latents, 1...10_000), ("batch", batch, 1...10_000),
      ("steps", steps, 1...1_000_000_000_000),
      ("progress-interval", progressInterval, 1...Int.max),
      ("evaluation-interval", evaluationInterval, 1...Int.max),
      ("checkpoint-interval", checkpointInterval, 1...Int.max),
      ("train-evaluation-images", trainEvaluationImages, 1...Int.max),
      ("bound-samples", boundSamples, 0...10_000),
      ("seed", seed, 0...Int.max), ("data-seed", dataSeed, 0...Int.max),
      ("samples", estimation.samples, (estimation.estimator.hasSamples ? 2 : 1)...10_000),
    ]
    for (name, value, range) in counts where !range.contains(value) {
      return value < range.lowerBound
        ? "--\(name) must be at least \(range.lowerBound) but is \(value)."
        : "--\(name) must be at most \(range.upperBound) but is \(value)."
    }
    let positive: [(String, Double, String)] = [
      ("learning-rate", learningRate, "The published grid is 0.005 to 0.00005."),
      ("control-learning-rate-scale", controlLearningRateScale, "The paper uses 1, REBAR 10."),
      ("temperature", estimation.temperature, "Most runs use 0.1 to 1."),
    ]
    for (name, value, hint) in positive where !(value > 0 && value.isFinite) {
      return "--\(name) must be a finite number above 0 but is \(value). \(hint)"
    }
    return nil
  }

  private var faultOfData: String? {
    if binarization == .file && dataset != .mnist {
      return
        "--binarization file is for mnist, of which binarized files are distributed; use static "
        + "or dynamic for \(dataset.rawValue)."
    }
    if dataset != .generated && data == nil {
      return "--data is missing: \(dataset.rawValue) needs a folder with \(dataset.expectation). "
        + "Nothing is downloaded; --dataset generated needs no files."
    }
    return nil
  }

  private var faultOfEstimation: String? {
    let units = estimation.controlUnits
    if units.isEmpty || units.contains(where: { !(1...10_000).contains($0) }) {
      return "--control-units must be whole numbers from 1 to 10000, such as 200,200, but are "
        + "\(units)."
    }
    if estimation.scope == .matrix && !estimation.estimator.hasControlVariate {
      return "--scope matrix is for rebar, relax and relaxed-rebar, not for "
        + "\(estimation.estimator.rawValue), which has no control variate to train."
    }
    if estimation.estimator.hasSamples && batch * estimation.samples > 100_000 {
      return "--batch times --samples must be at most 100000 but is \(batch) × "
        + "\(estimation.samples)."
    }
    return nil
  }
}

extension VAEConfiguration {
  /// The first setting in which another run differs, as a flag with both values.
  ///
  /// The total of steps and the folder of the data may differ: the first can be raised at any time, and
  /// of the second the images themselves are compared.
  package func difference(from other: VAEConfiguration) -> String? {
    for (mine, theirs) in zip(Self.settings(self), Self.settings(other))
    where mine.value != theirs.value && !["steps", "data"].contains(mine.flag) {
      return "--\(mine.flag) is \(theirs.value) there but \(mine.value) here"
    }
    return nil
  }

  /// Every stored property by the name of its flag, so that none can be forgotten.
  private static func settings(_ subject: Any) -> [(flag: String, value: String)] {
    Mirror(reflecting: subject).children.flatMap { label, value in
      if value is EstimationSettings { return settings(value) }
      let text = (value as? any RawRepresentable).map { "\($0.rawValue)" } ?? "\(value)"
      return [(flag(of: label ?? ""), text)]
    }
  }

  /// `learning-rate` of `learningRate`, `coupled` of `isCoupled`.
  private static func flag(of property: String) -> String {
    let words = property.reduce(into: "") { name, letter in
      name += letter.isUppercase ? "-\(letter.lowercased())" : "\(letter)"
    }
    return words.hasPrefix("is-") ? String(words.dropFirst(3)) : words
  }
}
