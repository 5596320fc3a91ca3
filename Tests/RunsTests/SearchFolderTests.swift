import Formats
import TestSupport
import Testing

@testable import Runs

@Suite struct `The folder of a search` {
  private static let search = ["agent": "a2c", "ranges": "discount=0.9:1"]

  @Test func `keeps the lines that are whole`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/search"
    do {
      let first = try SearchFolder(path, of: Self.search)
      #expect(first.journal.isEmpty)
      try first.append("1,2")
      try first.append("3,4")
    }
    var bytes = try folder.bytes("search/journal.csv")
    bytes += Array("5,".utf8)
    try folder.write(bytes, to: "search/journal.csv")
    do {
      let second = try SearchFolder(path, of: Self.search)
      #expect(second.journal == ["1,2", "3,4"])
      try second.append("7,8")
    }
    #expect(try SearchFolder(path, of: Self.search).journal == ["1,2", "3,4", "7,8"])
  }

  @Test func `is held by one process, and is of one search`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/search"
    do {
      let first = try SearchFolder(path, of: Self.search)
      #expect(throws: RunFolderError.self) { try SearchFolder(first.path, of: Self.search) }
    }
    let before = try folder.contents()
    var other = Self.search
    other["ranges"] = "discount=0.8:1"
    other["envs"] = "8"
    let error = #expect(throws: UsageError.self) { try SearchFolder(path, of: other) }
    let text = "\(try #require(error))"
    #expect(text.contains("ranges is discount=0.9:1 there and discount=0.8:1 here"), "\(text)")
    #expect(text.contains("envs is missing there and 8 here"), "\(text)")
    #expect(try folder.contents() == before)
  }

  @Test(arguments: [
    ("{", "cannot be read"), ("{\"format\": 9, \"search\": {}}", "format 9"),
  ])
  func `of another version is refused`(plan: String, fragment: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(plan.utf8), to: "tune.json")
    let error = #expect(throws: UsageError.self) {
      try SearchFolder(folder.path, of: Self.search)
    }
    #expect("\(try #require(error))".contains(fragment))
  }

  @Test func `is no file and no folder of other things`() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    #expect(throws: UsageError.self) { try SearchFolder(folder.path, of: Self.search) }
    #expect(throws: UsageError.self) { try SearchFolder(folder.path + "/file", of: Self.search) }
    #expect(try folder.contents() == ["file"])
  }
}
