import Formats
import Foundation
import Networks
import Runs
import Testing

@testable import DiscreteVAE

/// A folder of its own for one test; it goes when the value goes.
private final class TestFolder {
  let path = FileManager.default.temporaryDirectory.path + "/vae-test-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A run's path.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// What must not depend on how a run came to its steps.
  func contents(_ run: String) throws -> [String: Data] {
    let files = ["progress.csv", "evaluations.csv", "checkpoints/last.safetensors"]
    return try Dictionary(
      uniqueKeysWithValues: files.map {
        ($0, try #require(FileManager.default.contents(atPath: "\(path)/\(run)/\($0)"), "\($0)"))
      })
  }
}

@discardableResult
private func train(_ session: VAESession) throws -> VAESummary {
  let reporter = ProgressReporter(isQuiet: true, totalSteps: session.configuration.steps)
  return try #require(try session.train(reporter: reporter))
}

private func refusal<Result>(_ work: () throws -> Result) -> VAERunError? {
  do {
    _ = try work()
    return nil
  } catch {
    return error as? VAERunError
  }
}

@Suite struct `A run of an autoencoder` {
  @Test(
    arguments: [
      (VAEEstimator.relaxedREBAR, ControlScope.layer), (.nvil, .layer), (.rebar, .matrix),
    ], [[20], [7, 31], [15, 30]])
  func `that is made longer has the bytes of one that was long from the start`(
    method: (estimator: VAEEstimator, scope: ControlScope), stops: [Int]
  ) throws {
    let folder = try TestFolder()
    var configuration = settings(method.estimator)
    configuration.estimation.scope = method.scope
    configuration.binarization = .dynamic
    let whole = try train(try VAESession.start(configuration, in: folder("whole")))
    configuration.steps = stops[0]
    var parts = try train(try VAESession.start(configuration, in: folder("parts")))
    for stop in stops.dropFirst() + [40] {
      parts = try train(try VAESession.resume(folder("parts"), steps: stop))
    }
    #expect(whole.parametersSHA256 == parts.parametersSHA256)
    #expect(try folder.contents("parts") == folder.contents("whole"))
    // The total of steps that a checkpoint aims at is that of its time.
    func best(_ run: String) throws -> [SafetensorsFile.Entry] {
      try CheckpointStore(runFolder: folder(run)).load(.best).tensors
    }
    #expect(try best("parts") == best("whole"))
    #expect(parts.testBoundAtEnd == whole.testBoundAtEnd && parts.testELBO == whole.testELBO)
    #expect(parts.validationBoundAtBest == whole.validationBoundAtBest)
  }

  @Test func `ends with rows of its last step, each once`() throws {
    let folder = try TestFolder()
    try train(try VAESession.start(settings(steps: 37), in: folder("x")))
    // As after a kill during the bounds: the checkpoint is at the end, but there is no summary.
    try FileManager.default.removeItem(atPath: folder("x/summary.json"))
    let before = try folder.contents("x")
    #expect(try !VAERunRecord(folder("x")).isFinished())
    let summary = try train(try VAESession.resume(folder("x")))
    #expect(try VAERunRecord(folder("x")).isFinished())
    #expect(try folder.contents("x") == before)
    #expect(summary.stepsPerSecond > 0)
    func steps(_ table: String) throws -> [String] {
      try String(contentsOfFile: folder("x/\(table).csv"), encoding: .utf8)
        .split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "," }) }
    }
    #expect(try steps("evaluations") == ["0", "15", "30", "37"])
    #expect(try steps("progress") == ["10", "20", "30", "37"])
    #expect(try Set(steps("timing")).isSuperset(of: ["0", "10", "15", "20", "30", "37"]))
  }

  @Test func `has its bounds where validation was best and at the end`() throws {
    let folder = try TestFolder()
    var configuration = settings(.straightThrough, steps: 60)
    // Steps so wide that the bound falls again.
    configuration.learningRate = 0.3
    let summary = try train(try VAESession.start(configuration, in: folder("x")))
    try #require(summary.bestValidationStep < 60)
    #expect(summary.bestValidationELBO > summary.validationELBO)
    let atBest = try #require(summary.validationBoundAtBest)
    #expect(try atBest > #require(summary.validationBoundAtEnd))
    configuration.steps = summary.bestValidationStep
    let best = try train(try VAESession.start(configuration, in: folder("best")))
    #expect(best.validationBoundAtEnd == atBest && best.validationBoundAtBest == atBest)
  }

  @Test func `goes on with the same images or not at all`() throws {
    let folder = try TestFolder()
    var pixels = (0..<24 * 9).map { UInt8(7 * $0 % 256) }
    func write() throws {
      for (name, count) in [("train", 24), ("t10k", 6)] {
        let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 3, 0, 0, 0, 3]
        try Data(header + pixels.prefix(9 * count))
          .write(to: URL(fileURLWithPath: folder("\(name)-images-idx3-ubyte")))
      }
    }
    try write()
    var configuration = settings(steps: 20)
    (configuration.dataset, configuration.data) = (.mnist, folder.path)
    configuration.batch = 4
    try train(try VAESession.start(configuration, in: folder("x")))
    let before = try folder.contents("x")
    pixels[40] ^= 0xFF
    try write()
    let error = refusal { try VAESession.resume(folder("x"), steps: 40) }
    #expect(error?.description.contains("The images differ from those the run") == true)
    #expect(try folder.contents("x") == before)
    pixels[40] ^= 0xFF
    try write()
    try train(try VAESession.resume(folder("x"), steps: 40))
  }

  @Test func `does not touch a folder that exists`() throws {
    let folder = try TestFolder()
    let error = refusal { try VAESession.start(settings(), in: folder.path) }
    #expect(error == .exists(folder.path))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `is refused where its folder is of another kind or version`() throws {
    let folder = try TestFolder()
    try train(try VAESession.start(settings(steps: 20), in: folder("x")))
    let path = folder("x/config.yaml")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (change, message) in [
      (text.replacing("\"batch\" : 24", with: "\"batch\" : 0"), "--batch must be at least 1"),
      ("agent: a2c\n", "is not that of a variational autoencoder"),
    ] {
      try change.write(toFile: path, atomically: true, encoding: .utf8)
      let error = refusal { try VAESession.resume(folder("x"), steps: 40) }
      #expect(error?.description.contains(message) == true)
    }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let store = CheckpointStore(runFolder: folder("x"))
    var checkpoint = try store.load(.last)
    checkpoint.state["images_sha256"] = nil
    try store.write(checkpoint)
    let error = refusal { try VAESession.resume(folder("x"), steps: 40) }
    #expect(error?.description.contains("another version") == true)
  }

  @Test func `is told from one of other settings by the first that differs`() {
    var other = settings(steps: 1000)
    other.data = "/elsewhere"
    #expect(settings().difference(from: other) == nil)
    other.learningRate = 0.5
    #expect(settings().difference(from: other) == "--learning-rate is 0.5 there but 0.001 here")
    other = settings(.relaxedREBAR)
    #expect(
      settings().difference(from: other) == "--estimator is relaxed-rebar there but rebar here")
    other = settings()
    other.estimation.isCoupled = false
    #expect(settings().difference(from: other) == "--coupled is false there but true here")
  }
}

@Suite struct `Settings of a run` {
  private func fault(_ change: (inout VAEConfiguration) -> Void) -> String? {
    var configuration = settings()
    change(&configuration)
    return configuration.fault
  }

  @Test func `out of range are refused with the value`() {
    #expect(fault { _ in } == nil)
    #expect(
      fault {
        $0.estimation = EstimationSettings(.rloo); $0.estimation.samples = 1
      }?
      .contains("--samples must be at least 2 but is 1") == true)
    #expect(fault { $0.learningRate = -1 }?.contains("-1.0") == true)
    #expect(fault { $0.latents = 1 << 40 }?.contains("at most 10000") == true)
    #expect(fault { $0.estimation.controlUnits = [1 << 40] }?.contains("1 to 10000") == true)
    #expect(fault { $0.boundSamples = 20_000 }?.contains("at most 10000 but is 20000") == true)
    #expect(
      fault {
        ($0.estimation.estimator, $0.estimation.samples, $0.batch) = (.vimco, 1000, 1000)
      }?.contains("1000 × 1000") == true)
  }

  @Test func `that do not fit together are refused`() {
    #expect(
      fault { ($0.estimation.estimator, $0.estimation.scope) = (.nvil, .matrix) }?
        .contains("no control variate") == true)
    #expect(fault { $0.dataset = .mnist }?.contains("--data is missing") == true)
    #expect(fault { $0.binarization = .file }?.contains("is for mnist") == true)
  }
}
