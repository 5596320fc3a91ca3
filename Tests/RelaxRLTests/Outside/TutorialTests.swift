import Foundation
import TestSupport
import Testing

/// A page that is followed as it is written.
struct Tutorial: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let text: String

  /// Those of docs/tutorials.
  static let all: [Tutorial] = {
    let folder = "docs/tutorials"
    let path = "\(OutsidePackage.root)/\(folder)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".md") }.sorted().map { name in
      Tutorial(name, (try? OutsidePackage.text("\(folder)/\(name)")) ?? "")
    }
  }()

  init(_ name: String, _ text: String) { (testDescription, self.text) = (name, text) }

  /// What stands between fences, with the language that the first names.
  private var blocks: [(language: String, text: String)] {
    var blocks: [(language: String, text: String)] = []
    var isInside = false
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        if !isInside { blocks.append((String(line.dropFirst(3)), "")) }
        isInside.toggle()
      } else if isInside, let last = blocks.indices.last {
        blocks[last].text += line + "\n"
      }
    }
    return blocks
  }

  /// Does what the page says: `sh` is run, `python` and `c` are files whose first line names them, and each line
  /// of `text` has to be in what the commands before it printed, whatever stands beside it.
  ///
  /// Swift is compiled by `OutsidePackage`, and `console` is not run.
  ///
  /// - Parameter showsSame: whether the page shows what this machine computes.
  /// - Returns: what went otherwise than the page says.
  /// - Throws: what keeps a program from starting or ending.
  func problems(showsSame: Bool = true) throws -> [String] {
    let folder = try TemporaryFolder()
    var problems: [String] = []
    var printed = ""
    for (language, text) in blocks {
      switch language {
      case "sh":
        let ended = try OutsidePackage.shell(text, in: folder)
        printed = Self.squeezed(ended.output + "\n" + ended.errors)
        if ended.status != 0 { problems.append("\(text): \(ended.status), \(ended.errors)") }
      case "text":
        for line in text.split(separator: "\n") where showsSame {
          if !printed.contains(Self.squeezed(line)) { problems.append("\(line) in \(printed)") }
        }
      case "python", "c":
        let first = text.prefix { $0 != "\n" }.split(separator: " ")
        guard first.count == 2 else {
          problems.append("no name: \(text)")
          continue
        }
        try folder.write(Array(text.utf8), to: String(first[1]))
      case "swift", "console": break
      default: problems.append("unknown language \(language)")
      }
    }
    return problems
  }

  /// With one space where there are several: the width of a column depends on times.
  private static func squeezed(_ text: some StringProtocol) -> String {
    text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
      .joined(separator: "\n")
  }
}

extension `A package outside this one` {
  @Suite(
    .serialized,
    .enabled(
      if: !_isDebugAssertConfiguration() && SimulatorTools.python != nil
        && SimulatorTools.compiler != nil, "Needs an optimized build, python3 and a C compiler."))
  struct `with the programs of the tutorials` {
    @Test(arguments: Tutorial.all) func `does what they say, and says what they show`(
      tutorial: Tutorial
    ) throws {
      let problems = try tutorial.problems(showsSame: DigestedTraining.isComparable)
      #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test func `of which there are six`() { #expect(Tutorial.all.count == 6) }

    @Test(arguments: [
      "```sh\nrl-train --agent nobody --env cartpole\n```\n",
      "```sh\necho one two\n```\n\n```text\none three\n```\n",
      "```sh\nswift run -c release Nothing\n```\n",
      "```sh\nfalse\ntrue\n```\n",
      "```c\nint main(void) { return 0; }\n```\n",
      "```sh\ncc nothing.c\n```\n",
    ])
    func `is seen to do otherwise where it does`(page: String) throws {
      #expect(try Tutorial("wrong", page).problems().count == 1)
      // What is right there is not found fault with.
      let right = "```sh\necho one two\n```\n```text\n one  two\n```\n"
      #expect(try Tutorial("right", right).problems().isEmpty)
    }
  }
}
