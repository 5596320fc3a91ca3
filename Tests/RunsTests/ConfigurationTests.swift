import Foundation
import GSL
import Networks
import ReinforcementLearning
import Runs
import Testing
import Yams

private enum Estimator: String, Codable, CaseIterable {
  case scoreFunction = "score-function", relax
}

private struct Nested: Codable, Equatable {
  var hiddenSizes = [64, 64]
  var outputGain = 0.01
}

private struct Sample: Codable, Equatable {
  var learningRate: Schedule = .linear(from: 0.0007, to: 0)
  var gamma = 0.99
  var steps = 500_000
  var lanes: Int32 = 8
  var seed: UInt64 = 1
  var normalizesObservations = false
  var estimator = Estimator.relax
  var useGAE = true
  var name = "run"
  var clip: Double? = 0.5
  var budget: Int?
  var temperature: Schedule?
  var label: String?
  var thresholds: [Double] = []
  var policy = Nested()
}

private func table(_ sample: Sample = Sample()) -> SettingsTable { SettingsTable(sample) }

private func apply(_ assignments: String...) throws -> Sample {
  var table = table()
  try table.apply(assignments: assignments)
  return try table.decode(Sample.self)
}

@Suite struct `Settings` {
  @Test func `keys are the properties in snake case and in their order`() {
    #expect(
      table().keys == [
        "learning_rate", "gamma", "steps", "lanes", "seed", "normalizes_observations", "estimator",
        "use_gae", "name", "clip", "budget", "temperature", "label", "thresholds",
        "policy.hidden_sizes", "policy.output_gain",
      ])
    #expect(
      ["GAELambda", "beta1", "x", "URL", "aB"].map(snakeCase)
        == ["gae_lambda", "beta1", "x", "url", "a_b"])
  }

  @Test func `defaults come back as they went in`() throws {
    #expect(try table().decode(Sample.self) == Sample())
  }

  @Test func `later sources win over earlier ones`() throws {
    var table = table()
    try table.apply(
      ConfigurationFile(yaml: "gamma: 0.9\nlanes: 16\npolicy:\n  output_gain: 1\n", path: "f.yaml"))
    try table.apply(assignments: ["lanes=32", "lanes=64"])
    var expected = Sample()
    expected.gamma = 0.9
    expected.lanes = 64
    expected.policy.outputGain = 1
    #expect(try table.decode(Sample.self) == expected)
  }

  @Test func `every kind of value can be written in every usual way`() throws {
    #expect(try apply("learning_rate=0.01").learningRate == .constant(0.01))
    #expect(
      try apply("learning_rate=linear:0.01:0.001").learningRate == .linear(from: 0.01, to: 0.001))
    #expect(try apply("temperature=linear:1").temperature == .linear(from: 1, to: 0))
    #expect(try apply("steps=5e5", "steps=1_000_000").steps == 1_000_000)
    #expect(try apply("steps=2e6").steps == 2_000_000)
    #expect(try apply("seed=18446744073709551615").seed == .max)
    #expect(try apply("normalizes_observations=yes").normalizesObservations)
    #expect(try apply("estimator=Score-Function").estimator == .scoreFunction)
    #expect(try apply("clip=none").clip == nil)
    #expect(try apply("clip=inf").clip == .infinity)
    #expect(try apply("budget=7").budget == 7)
    #expect(try apply("label=a=b").label == "a=b")
    for text in ["[32, 16]", "32,16", " 32 , 16 "] {
      #expect(try apply("policy.hidden_sizes=\(text)").policy.hiddenSizes == [32, 16])
    }
    #expect(try apply("policy.hidden_sizes=[]").policy.hiddenSizes == [])
    #expect(try apply("policy.hidden_sizes=8").policy.hiddenSizes == [8])
    #expect(try apply("thresholds=[1, -2.5e-3]").thresholds == [1, -0.0025])
  }

  @Test(arguments: [
    ("gamma=high", "gamma", "high"), ("gamma=nan", "gamma", "nan"), ("gamma=", "gamma", ""),
    ("steps=1.5", "steps", "1.5"), ("steps=1e30", "steps", "1e30"), ("steps=null", "steps", "null"),
    ("lanes=3000000000", "lanes", "3000000000"), ("seed=-1", "seed", "-1"),
    ("use_gae=2", "use_gae", "2"), ("estimator=relaxx", "estimator", "relaxx"),
    ("policy.hidden_sizes=64,", "policy.hidden_sizes", "64,"),
    ("policy.hidden_sizes=64,x", "policy.hidden_sizes", "64,x"), ("steps=_5", "steps", "_5"),
  ])
  func `a value that does not fit is refused with key and value, and nothing changes`(
    assignment: String, key: String, received: String
  ) throws {
    var table = table()
    let error = try #require(throws: ConfigurationError.self) {
      try table.apply(assignments: ["gamma=0.5", assignment])
    }
    guard case .wrongValue(key, received, let expected, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(!expected.isEmpty && "\(error)".contains(expected))
    #expect(try table.decode(Sample.self) == Sample())
  }

  @Test func `a value that its type refuses carries the type's own reason`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try apply("learning_rate=cosine:1")
    }
    #expect("\(error)".contains("learning_rate") && "\(error)".contains("linear:START"))
  }

  @Test(arguments: [
    ("gama", "gamma"), ("hiddensizes", nil), ("learning-rate", "learning_rate"),
    ("policy.hiden_sizes", "policy.hidden_sizes"), ("qqqqq", nil),
  ])
  func `an unknown key is refused with the closest one`(key: String, closest: String?) throws {
    let error = try #require(throws: ConfigurationError.self) { try apply("\(key)=1") }
    guard case .unknownKey(key, let found, _, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found == closest)
  }

  @Test func `a flag without an equals sign is refused`() {
    for text in ["gamma", "=1", ""] {
      #expect(throws: ConfigurationError.malformedAssignment(text)) { try apply(text) }
    }
  }
}

@Suite struct `Configuration files` {
  @Test func `any settings survive a file exactly`() throws {
    var stream = RandomStream(seed: 4, purpose: "configuration files")
    let texts = [
      "", "null", "yes", "12", "1e3", " lead", "trail ", "a: b", "#x", "naïve ζ 🙂",
      "tab\tnew\nline",
      "\"quoted\" \\ 'single'", "linear:0.1", "a:b", "- x", "~", "[1]", "{a}", "%", "@",
      "\u{7F}\u{85}",
      "\u{2028}", "a\u{FEFF}b", "0x10", "1_000", "python3 my_env.py --x 'y'", "12:30:45", "a:",
      "true",
    ]
    for trial in 0..<400 {
      var sample = Sample()
      func double() -> Double {
        let number = Double(bitPattern: stream.next())
        return number.isNaN ? .infinity : number
      }
      func finite() -> Double {
        let number = double()
        return number.isFinite ? number : 1e-8
      }
      sample.learningRate =
        stream.bernoulli(probability: 0.5)
        ? .constant(finite()) : .linear(from: finite(), to: finite())
      sample.gamma = double()
      sample.steps = Int(bitPattern: UInt(stream.next()))
      sample.lanes = Int32(bitPattern: stream.nextUInt32())
      sample.seed = stream.next()
      sample.useGAE = stream.bernoulli(probability: 0.5)
      sample.estimator = stream.bernoulli(probability: 0.5) ? .relax : .scoreFunction
      sample.name = texts[stream.index(below: texts.count)]
      sample.label =
        stream.bernoulli(probability: 0.5) ? nil : texts[stream.index(below: texts.count)]
      sample.clip = stream.bernoulli(probability: 0.5) ? nil : double()
      sample.temperature = stream.bernoulli(probability: 0.5) ? nil : .constant(finite())
      sample.thresholds = (0..<stream.index(below: 4)).map { _ in double() }
      sample.policy.hiddenSizes = (0..<stream.index(below: 4)).map { _ in stream.index(below: 99) }
      let yaml = table(sample).yaml(comment: "Everything: resolved\n\n- x")
      var read = table()
      try read.apply(ConfigurationFile(yaml: yaml, path: "f.yaml"))
      #expect(try read.decode(Sample.self) == sample, "trial \(trial):\n\(yaml)")
      #expect(read.yaml(comment: "Everything: resolved\n\n- x") == yaml)
    }
  }

  @Test func `a file is readable and in the order of the properties`() {
    let lines = table().yaml(comment: "Resolved").split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(4) == [
        "# Resolved", "learning_rate: linear:0.0007:0.0", "gamma: 0.99", "steps: 500000",
      ])
    #expect(lines.suffix(3) == ["policy:", "  hidden_sizes: [64, 64]", "  output_gain: 0.01"])
    #expect(SettingValue.number(1e-8).yaml == "1.0e-08")
  }

  @Test func `a mistake in a file is reported with its line`() throws {
    var table = table()
    let file = try ConfigurationFile(yaml: "gamma: 0.9\n\nlanes: many\n", path: "f.yaml")
    let error = try #require(throws: ConfigurationError.self) { try table.apply(file) }
    #expect(
      error
        == .wrongValue(
          key: "lanes", received: "many", expected: "a whole number from -2147483648 to 2147483647",
          source: .file(path: "f.yaml", line: 3)))
    #expect("\(error)".contains("f.yaml, line 3"))
  }

  @Test(arguments: [
    "- a\n- b", "word", "a: [1", "a: 1\na: 2", "a: {b: 1}\na.b: 2", "? [x]\n: 1", "a: [[1]]",
  ])
  func `what is no list of settings is refused by the file's name`(yaml: String) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationFile(yaml: yaml, path: "f.yaml")
    }
    guard case .malformedFile("f.yaml", _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test(arguments: ["", "# only a comment\n", "---\n"])
  func `a file without settings changes nothing`(yaml: String) throws {
    #expect(try ConfigurationFile(yaml: yaml, path: "f.yaml").keys.isEmpty)
  }

  @Test func `a file that does not exist is an error that names it`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationFile(path: "/nowhere.yaml")
    }
    #expect("\(error)".contains("/nowhere.yaml"))
  }

  @Test func `settings that decide which others exist are read first and taken out`() throws {
    struct Run: Codable, Equatable {
      var agent = "a2c"
      var threads = 1
    }
    var file = try ConfigurationFile(
      yaml: "agent: relax-a2c\nthreads: 2\ngamma: 0.9", path: "f.yaml")
    #expect(file["agent"] == "relax-a2c" && file["nothing"] == nil)
    var table = SettingsTable(Run())
    table.append(Sample())
    try table.apply(file)
    #expect(try table.decode(Run.self) == Run(agent: "relax-a2c", threads: 2))
    #expect(try table.decode(Sample.self).gamma == 0.9)
    file.remove("agent")
    #expect(file.keys == ["threads", "gamma"])
  }
}
