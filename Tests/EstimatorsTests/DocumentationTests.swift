import Differentiation
import Estimators
import Foundation
import Testing

@Suite struct `The documentation` {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func `every example gives a finite estimate of the parameters' shapes`() throws {
    let examples = DocumentationExamples()
    for (page, estimate) in examples.all() {
      #expect(estimate.distributionGradient.map(\.shape) == estimate.parameters.map(\.shape))
      let program = try Program<Double>(stages: [
        ProgramStage(outputs: [ProgramOutput("gradient", estimate.distributionGradient)])
      ])
      for input in examples.inputs where program.reads(input) {
        program.withInput(input) { for index in 0..<$0.count { $0[index] = 0.7 } }
      }
      program.run()
      #expect(program.output("gradient").allSatisfy { $0.isFinite }, "\(page)")
    }
  }

  @Test func `the first example learns its bits`() throws {
    let (probabilities, variance) = try firstExample()
    for (index, probability) in probabilities.enumerated() {
      #expect(index.isMultiple(of: 2) ? probability > 0.95 : probability < 0.05)
    }
    #expect(variance.isFinite)
  }

  @Test func `every page shows its example as it is compiled`() throws {
    let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("DocumentationExamples.swift")
    let source = try String(contentsOf: examples, encoding: .utf8)
    var pages = 0
    for part in source.components(separatedBy: " // example: ").dropFirst() {
      guard let lineEnd = part.firstIndex(of: "\n"),
        let end = part.range(of: "// end\n")
      else { continue }
      let page = String(part[..<lineEnd])
      let lines = part[part.index(after: lineEnd)..<end.lowerBound]
        .split(separator: "\n", omittingEmptySubsequences: false)
      // What stands before the closing mark is the indentation of the whole example.
      let indentation = lines.last?.count ?? 0
      let code = lines.map { $0.allSatisfy { $0 == " " } ? "" : String($0.dropFirst(indentation)) }
        .joined(separator: "\n")
      let path = Self.root.appendingPathComponent("docs/estimators/\(page).md")
      let text = try String(contentsOf: path, encoding: .utf8)
      #expect(text.contains("```swift\n\(code)```"), "\(page).md shows another example")
      pages += 1
    }
    #expect(pages == 24)
  }
}
