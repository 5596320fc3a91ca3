import Foundation
import GSL
import Runs

/// Runs as one page that needs nothing but itself.
struct ReportPage {
  /// The runs of one task.
  struct Task {
    let environment: String
    let groups: [RunGroup]

    /// The charts that there are numbers for.
    var charts: [LineChart] {
      let last =
        groups.flatMap(\.runs).flatMap {
          [$0.returns.steps.last, $0.evaluations.steps.last].compactMap { $0 }
        }.max() ?? 0
      let count = 120
      let grid = (1...count).map { last * Double($0) / Double(count) }
      func chart(
        _ title: String, _ quantity: String, _ curve: (RunRecord) -> RunRecord.Curve
      ) -> LineChart? {
        let lines = groups.map { LineChart.Line(name: $0.label, points: $0.mean(curve, at: grid)) }
          .filter { !$0.points.isEmpty }
        return lines.isEmpty
          ? nil : LineChart(title: "\(environment): \(title)", quantity: quantity, lines: lines)
      }
      return [
        chart("training", "mean return of the last 100 episodes") { $0.returns },
        chart("evaluations", "mean return of evaluations") { $0.evaluations },
        chart("variance", "log of the variance of the policy's gradient") { $0.logVariance },
      ].compactMap { $0 }
    }
  }

  let tasks: [Task]

  /// The largest film that is put into a page, in bytes.
  private static let largestFilm = 400_000

  /// Sorts runs by task; each task has charts of its own.
  init(_ runs: [RunRecord]) {
    var names: [String] = []
    for run in runs where !names.contains(run.environment) { names.append(run.environment) }
    tasks = names.map { name in
      Task(
        environment: name, groups: RunGroup.groups(of: runs.filter { $0.environment == name }))
    }
  }

  /// The page.
  var html: String {
    let count = tasks.flatMap(\.groups).map(\.runs.count).reduce(0, +)
    let links = tasks.enumerated().map {
      "<a href=\"#task-\($0.offset)\">\(HTML.escaped($0.element.environment))</a>"
    }.joined(separator: " · ")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <link rel="icon" href="data:,">
      <title>RelaxRL: \(HTML.escaped(tasks.map(\.environment).joined(separator: ", ")))</title>
      <style>
      \(LineChart.style)
      \(Self.style)
      </style>
      </head>
      <body>
      <header><h1>Report of \(count) \(count == 1 ? "run" : "runs")</h1>
      \(tasks.count > 1 ? "<nav aria-label=\"Tasks\">\(links)</nav>" : "")</header>
      <main>
      \(tasks.enumerated().map { section($0.element, $0.offset) }.joined(separator: "\n"))
      </main>
      <footer><p>Lines are means over runs, bands Student's 95 % intervals of the mean. A run that has ended keeps its last \
      number. Move the pointer over a chart, or select it and use the arrow keys, to read its numbers.</p></footer>
      <script>
      \(Self.script)
      </script>
      </body>
      </html>

      """
  }

  private func section(_ task: Task, _ index: Int) -> String {
    let figures = task.charts.map { figure($0) }.joined(separator: "\n")
    let films = task.groups.compactMap { group in
      group.runs.lazy.compactMap { film(of: $0, in: group) }.first
    }
    return """
      <section id="task-\(index)" aria-labelledby="title-\(index)">
      <h2 id="title-\(index)">\(HTML.escaped(task.environment))</h2>
      \(figures)
      \(results(task))
      \(settings(task))
      \(films.joined(separator: "\n"))
      <details><summary>Every run</summary>
      \(everyRun(task))
      </details>
      </section>
      """
  }

  private func figure(_ chart: LineChart) -> String {
    let legend = chart.lines.enumerated().map { index, line in
      "<li><span class=\"key\" style=\"background:var(--c\(index % LineChart.colors))\"></span>"
        + "\(HTML.escaped(line.name)) <b></b></li>"
    }.joined()
    return """
      <figure class="chart" tabindex="0">
      <figcaption>\(HTML.escaped(chart.quantity))</figcaption>
      \(chart.svg())
      <output aria-live="polite">at the end</output>
      <ul>\(legend)</ul>
      <script type="application/json">\(chart.json)</script>
      </figure>
      """
  }

  private func results(_ task: Task) -> String {
    HTML.table(
      "Results",
      [
        "agent", "runs", "solved", "steps until solved, median", "mean return at the end",
        "steps per second",
      ],
      task.groups.map { group in
        let ended = group.runs.compactMap(\.summary)
        let solved = ended.filter(\.solved)
        let returns = ended.compactMap(\.meanReturnLast100)
        let speeds = ended.map(\.stepsPerSecond)
        return [
          group.label, "\(group.runs.count)", "\(solved.count)",
          (try? Statistics.median(solved.compactMap { $0.solvedAtStep.map(Double.init) }))
            .map { NumberText.grouped(Int($0)) } ?? "–",
          (try? NumberText.mean(of: returns)) ?? returns.first.map(NumberText.short) ?? "–",
          (try? Statistics.median(speeds)).map { NumberText.grouped(Int($0)) } ?? "–",
        ]
      })
  }

  private func settings(_ task: Task) -> String {
    let different = task.groups.filter { !$0.distinctions.isEmpty }
    guard !different.isEmpty else { return "" }
    return HTML.table(
      "Settings that differ between runs of one agent", ["agent", "setting", "value"],
      different.flatMap { group in
        group.distinctions.map { [group.runs[0].agent, $0.key, $0.value] }
      })
  }

  private func everyRun(_ task: Task) -> String {
    HTML.table(
      "Runs", ["folder", "agent", "seed", "steps", "episodes", "solved at step", "mean return"],
      task.groups.flatMap { group in
        group.runs.map { run in
          let summary = run.summary
          return [
            run.path, group.label, run.seed,
            summary.map { NumberText.grouped($0.steps) } ?? "has not ended",
            summary.map { NumberText.grouped($0.episodes) } ?? "–",
            summary?.solvedAtStep.map { NumberText.grouped($0) } ?? "–",
            (summary?.meanReturnLast100 ?? run.returns.values.last).map(NumberText.short) ?? "–",
          ]
        }
      })
  }

  private func film(of run: RunRecord, in group: RunGroup) -> String? {
    guard let path = run.film,
      let bytes = try? Data(contentsOf: URL(fileURLWithPath: path))
    else { return nil }
    let text = HTML.escaped("An episode of \(group.label), seed \(run.seed)")
    guard bytes.count <= Self.largestFilm else {
      let size = NumberText.grouped(bytes.count)
      return "<p>\(text): \(HTML.escaped(path)), with \(size) bytes too large for the page.</p>"
    }
    return """
      <figure><img alt="\(text)" src="data:image/gif;base64,\(bytes.base64EncodedString())">
      <figcaption>\(text)</figcaption></figure>
      """
  }

  private static let style = """
    :root{color-scheme:light dark}
    body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1f24;background:#fff}
    h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2.5rem}
    figure{margin:1.5rem 0}figcaption,output{font-size:.9rem}
    figure.chart:focus-visible{outline:2px solid #0067b8;outline-offset:4px}
    svg{width:100%;height:auto;display:block}
    ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:.3rem 0;font-size:.9rem}
    .key{display:inline-block;width:1em;height:.3em;vertical-align:middle;margin-right:.4em}
    .wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}
    caption{text-align:left;font-weight:600;padding:.3rem 0}
    th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #d5dae1;vertical-align:top}
    th[scope=row]{font-weight:500;overflow-wrap:anywhere}
    img{max-width:100%;image-rendering:pixelated}footer{font-size:.9rem;margin-top:3rem}
    a{color:#0067b8}
    @media (prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181d}th,td{border-color:#3a414c}a{color:#5cb3ff}}
    """

  /// Shows the numbers of a chart where the pointer or the arrow keys are.
  private static let script = """
    for (const figure of document.querySelectorAll("figure.chart")) {
      const chart = JSON.parse(figure.querySelector("script").textContent);
      const svg = figure.querySelector("svg"), cursor = figure.querySelector(".cursor");
      const output = figure.querySelector("output"), keys = figure.querySelectorAll("li b");
      const text = (number) => Number(number.toPrecision(4)).toLocaleString("en");
      let share = 1;
      const show = () => {
        const step = share * chart.steps, x = chart.left + share * chart.width;
        cursor.setAttribute("x1", x);
        cursor.setAttribute("x2", x);
        output.textContent = `after ${text(Math.round(step))} steps`;
        chart.lines.forEach(([, points], index) => {
          const point = points.findLast((point) => point[0] <= step * (1 + 1e-9));
          keys[index].textContent = point
            ? text(point[1]) + (point[3] > point[2] ? ` (${text(point[2])} to ${text(point[3])})` : "") : "–";
        });
      };
      const move = (to) => {
        share = Math.min(1, Math.max(0, to));
        cursor.style.visibility = "visible";
        show();
      };
      svg.addEventListener("pointermove", (event) => {
        const box = svg.getBoundingClientRect();
        move(((event.clientX - box.left) / box.width * chart.view - chart.left) / chart.width);
      });
      figure.addEventListener("keydown", (event) => {
        const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (way) { event.preventDefault(); move(share + way / 60); }
      });
      show();
    }
    """
}
