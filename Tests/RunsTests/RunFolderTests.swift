import Formats
import Foundation
import Runs
import TestSupport
import Testing

private let columns = RunFolder.Columns(
  progress: ["steps", "mean_return"], episodes: ["episode", "return", "note"])

private func makeRun(_ path: String) throws -> RunFolder {
  try RunFolder.create(
    at: path, configuration: "agent: a2c\n", columns: columns, checkpoint: sampleCheckpoint(step: 0)
  )
}

@Suite struct `A new run folder` {
  @Test func `it holds the configuration and a checkpoint to begin from`() throws {
    let parent = try TemporaryFolder()
    let path = parent.path + "/deep/runs/x"
    do {
      let run = try makeRun(path)
      #expect(run.path == path)
    }
    #expect(try RunFolder.configuration(of: path) == "agent: a2c\n")
    let resumed = try RunFolder.resume(path, columns: columns)
    #expect(resumed.loaded.checkpoint.tensors.count == sampleCheckpoint(step: 0).tensors.count)
    #expect(resumed.loaded.checkpoint.state["state"] == sampleCheckpoint(step: 0).state["state"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: parent.path + "/deep/runs") == ["x"])
  }

  @Test(arguments: ["folder", "file", "link"])
  func `a name that is taken is refused, and what has it is untouched`(kind: String) throws {
    let parent = try TemporaryFolder()
    let path = parent.path + "/x"
    switch kind {
    case "folder":
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    case "file": try parent.write([1], to: "x")
    default:
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
    }
    #expect(throws: RunFolderError.exists(path: path)) { try makeRun(path) }
    #expect(try parent.contents() == ["x"])
  }

  @Test func `default names say what runs and never collide, also at the same time`() async throws {
    let name = RunFolder.defaultName(environment: "python3 my_env.py", agent: "a2c", seed: 7)
    #expect(name == "python3-my-env.py-a2c-seed7")
    let parent = try TemporaryFolder()
    let paths = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<24 {
        group.addTask {
          try RunFolder.create(
            in: parent.path + "/runs", name: name, configuration: "", columns: columns,
            checkpoint: sampleCheckpoint(step: 0)
          ).path
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    let expected = (1...24).map { "\(parent.path)/runs/\(name)" + ($0 == 1 ? "" : "-\($0)") }
    #expect(paths == Set(expected))
  }

  @Test(arguments: ["../../etc", "..", ".hidden", "a/b c"])
  func `a default name stays one visible folder`(environment: String) {
    let name = RunFolder.defaultName(environment: environment, agent: "a2c", seed: 1)
    #expect(!name.contains("/") && name.first != "." && name.hasSuffix("-a2c-seed1"))
  }

  @Test func `a kill after any operation leaves a whole folder or none`() throws {
    var operations = 0
    var wasWhole: Set<Bool> = []
    while true {
      let parent = try TemporaryFolder()
      let death = Death(after: operations)
      let path = parent.path + "/runs/x"
      let isComplete =
        (try? RunFolder.create(
          names: [path], configuration: "agent: a2c\n", columns: columns,
          checkpoint: sampleCheckpoint(step: 0), fileSystem: death.fileSystem)) != nil
      let exists = FileManager.default.fileExists(atPath: path)
      wasWhole.insert(exists)
      if exists {
        #expect(try RunFolder.configuration(of: path) == "agent: a2c\n")
        #expect(try RunFolder.resume(path, columns: columns).loaded.slot == .last)
      } else {
        let run = try makeRun(path)
        #expect(run.path == path)
      }
      let visible = try FileManager.default.contentsOfDirectory(atPath: parent.path + "/runs")
        .filter { !$0.hasPrefix(".") }
      #expect(visible == ["x"])
      if isComplete { break }
      operations += 1
    }
    #expect(operations > 10 && wasWhole == [true, false])
  }

  @Test func `what cannot be made leaves nothing behind`() throws {
    let parent = try TemporaryFolder()
    try parent.write([1], to: "file")
    #expect(throws: RunFolderError.self) { try makeRun(parent.path + "/file/x") }
    #expect(try parent.contents() == ["file"])
  }
}

@Suite struct `Going on with a run` {
  @Test func `tables are as long as the checkpoint says`() throws {
    let parent = try TemporaryFolder()
    let path = parent.path + "/x"
    do {
      let run = try makeRun(path)
      run.progress.append([.integer(100), .number(0.1)])
      run.episodes.append([.integer(1), .number(-3), .text("a \"quoted\", text")])
      try run.save(sampleCheckpoint(step: 1))
      run.progress.append([.integer(200), .missing])
      run.episodes.append([.integer(2), .number(1e-9), .text("plain")])
      try run.progress.flush()
      try run.episodes.flush()
    }
    let long = try parent.bytes("x/progress.csv")
    #expect(String(decoding: long, as: UTF8.self) == "steps,mean_return\n100,0.1\n200,\n")
    let resumed = try RunFolder.resume(path, columns: columns)
    let short = "steps,mean_return\n100,0.1\n"
    #expect(String(decoding: try parent.bytes("x/progress.csv"), as: UTF8.self) == short)
    #expect(
      String(decoding: try parent.bytes("x/episodes.csv"), as: UTF8.self)
        == "episode,return,note\n1,-3.0,\"a \"\"quoted\"\", text\"\n")
    resumed.folder.progress.append([.integer(200), .missing])
    try resumed.folder.save(sampleCheckpoint(step: 2))
    #expect(try parent.bytes("x/progress.csv") == long)
  }

  @Test func `a run from the first checkpoint writes its headers once`() throws {
    let parent = try TemporaryFolder()
    let path = parent.path + "/x"
    for _ in 0..<3 {
      let run = try (try? RunFolder.resume(path, columns: columns).folder) ?? makeRun(path)
      try run.progress.flush()
    }
    #expect(
      String(decoding: try parent.bytes("x/progress.csv"), as: UTF8.self) == "steps,mean_return\n")
  }

  @Test func `a table that lost rows is refused`() throws {
    let parent = try TemporaryFolder()
    let path = parent.path + "/x"
    do { try makeRun(path).save(sampleCheckpoint(step: 1)) }
    try parent.write(Array("steps".utf8), to: "x/progress.csv")
    #expect(
      throws: RunFolderError.tableTooShort(path: path + "/progress.csv", expected: 18, found: 5)
    ) { try RunFolder.resume(path, columns: columns) }
  }

  @Test func `a damaged checkpoint is set aside before a new one would replace the whole one`()
    throws
  {
    let parent = try TemporaryFolder()
    let path = parent.path + "/x"
    do {
      let run = try makeRun(path)
      for step in 1...2 { try run.save(sampleCheckpoint(step: step)) }
    }
    try parent.write([0], to: "x/checkpoints/last.safetensors")
    let error = try #require(throws: RunFolderError.self) {
      try RunFolder.resume(path, columns: columns)
    }
    #expect("\(error)".contains("last.safetensors is damaged"))
    #expect("\(error)".contains("previous.safetensors, is whole"))
    let resumed = try RunFolder.resume(path, columns: columns, acceptingPrevious: true)
    #expect(resumed.loaded.checkpoint.state["state"] == sampleCheckpoint(step: 1).state["state"])
    #expect(resumed.loaded.problem != nil)
    #expect(try parent.bytes("x/checkpoints/damaged.safetensors") == [0])
    try resumed.folder.save(sampleCheckpoint(step: 3))
    let store = resumed.folder.checkpoints
    #expect(try store.load(.previous).state["state"] == sampleCheckpoint(step: 1).state["state"])
  }

  @Test func `two writers of one run are refused, and the first is named`() throws {
    let parent = try TemporaryFolder()
    let path = parent.path + "/x"
    do {
      let run = try makeRun(path)
      let locked = RunFolderError.locked(path: path, process: Int(getpid()))
      #expect(throws: locked) { try RunFolder.resume(path, columns: columns) }
      #expect("\(locked)".contains("\(getpid())"))
      #expect(try RunFolder.configuration(of: run.path) == "agent: a2c\n")
    }
    #expect(try RunFolder.resume(path, columns: columns).folder.path == path)
  }

  @Test func `a folder that is no run is refused by what it lacks`() throws {
    let parent = try TemporaryFolder()
    #expect(throws: RunFolderError.notARun(path: parent.path, missing: "config.yaml")) {
      try RunFolder.resume(parent.path, columns: columns)
    }
    #expect(throws: RunFolderError.notARun(path: "/nowhere", missing: "such folder")) {
      try RunFolder.resume("/nowhere", columns: columns)
    }
    #expect(try parent.contents().isEmpty)
  }

  @Test func `a summary has sorted keys and exact numbers, on one line for programs`() throws {
    struct Summary: Encodable {
      let steps = 3
      let agent = "a2c"
      let seed = UInt64.max
      let environment = "a/b"
      let rate = 0.1
    }
    let parent = try TemporaryFolder()
    let run = try makeRun(parent.path + "/x")
    try run.writeSummary(Summary())
    try run.writeSummary(Summary())
    let text = String(decoding: try parent.bytes("x/summary.json"), as: UTF8.self)
    let line =
      #"{"agent":"a2c","environment":"a/b","rate":0.1,"seed":18446744073709551615,"steps":3}"#
    #expect(text.filter { !$0.isWhitespace } == line && text.hasSuffix("}\n"))
    #expect(try JSONText.line(Summary()) == line)
    #expect(!(try parent.contents("x")).contains { $0.contains("summary.json.new") })
  }
}
