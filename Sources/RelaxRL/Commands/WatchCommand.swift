import ArgumentParser
import Environments
import ReinforcementLearning
import Runs

/// `rl-train watch <run-dir>`.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "See a run's policy act, in the terminal or as a film.",
    discussion: """
      The space bar pauses, q quits. Where output is no terminal, or the task has no picture, every step is a line of \
      text. A film in the run's folder becomes part of its report.
      """)

  @Argument(help: "The run folder.", completion: .runFolders)
  var runDir: String

  @Option(parsing: .unconditional, help: "Whole episodes to play.")
  var episodes = TypedWord(1)

  @Option(
    help: ArgumentHelp("A film to write instead, as a GIF.", valueName: "file.gif"),
    completion: .file(extensions: ["gif"]))
  var gif: String?

  @Option(help: "The most columns and rows of a film; 400x300 if missing.")
  var size: String?

  @Option(parsing: .unconditional, help: "Steps in a second, from 1 to 50.")
  var fps = TypedWord(30)

  @OptionGroup var play: PlayOptions

  func run() throws {
    try Exit.reporting {
      let episodes = try episodes.number("--episodes", in: 1...Int.max)
      let fps = try fps.number("--fps", in: 1...50)
      let seed = try play.checkedSeed()
      let size = try ImageSize(typed: size ?? "400x300")
      try checkFilm()
      var choice = play.choice
      choice.isRendering = true
      var watched = try WatchedRun(
        play.run(in: runDir), seed: seed, stochastic: play.stochastic, in: choice)
      let hasPicture = try watched.batch.render(lane: 0) != nil
      if let gif {
        guard hasPicture else {
          throw UsageError(
            "There can be no film: \(reason(watched)). Without --gif its steps are lines of text.")
        }
        try write(gif, of: &watched, episodes, Film(size, framesPerSecond: fps))
      } else if TerminalScreen.isThere, hasPicture {
        try show(&watched, episodes, fps)
      } else {
        if !hasPicture {
          Console.standardError.line("Steps are lines of text: \(reason(watched)).")
        }
        var diary = TextDiary()
        try watched.play(episodes, for: &diary)
      }
    }
  }

  private func checkFilm() throws {
    guard let gif else {
      if size != nil {
        throw UsageError("--size is that of a film; name its file, too: --gif episode.gif.")
      }
      return
    }
    guard gif.hasSuffix(".gif"), FilePath.name(of: gif) != ".gif" else {
      throw UsageError(
        "--gif must name a file that ends in .gif, such as episode.gif, but is \(gif).")
    }
    try FileSystem.uninterrupted.requireWritableFolder(of: gif)
  }

  /// Why a task has no picture, and what would give it one.
  private func reason(_ watched: WatchedRun) -> String {
    let name = watched.environment.spec.name
    guard watched.environment.simulator != nil else {
      return "\(name) has no picture; one is drawn by render(after:), docs/environments.md"
    }
    return "\(name) has no picture; its program lacks the capability render, docs/protocol.md"
  }

  private func write(
    _ path: String, of watched: inout WatchedRun, _ episodes: Int, _ film: Film
  ) throws {
    var film = film
    try watched.play(episodes, for: &film)
    let bytes = film.encoded
    try FileSystem.uninterrupted.replaceAtomically(path, with: bytes)
    if film.isFull {
      Console.standardError.line(
        "The film ends after \(NumberText.grouped(Film.mostFrames)) frames, before the last episode does."
      )
    }
    StandardStreams.output(
      "Wrote \(path), \(NumberText.grouped(film.frames)) frames, "
        + "\(NumberText.grouped(bytes.count)) bytes.\n")
    report(watched)
  }

  private func show(_ watched: inout WatchedRun, _ episodes: Int, _ fps: Int) throws {
    let (size, least) = (TerminalScreen.size, TerminalFilm.least)
    guard size.columns >= least.columns, size.rows >= least.rows else {
      throw UsageError(
        "The terminal is too small: it has \(size.columns) columns and \(size.rows) rows, and a picture "
          + "needs \(least.columns) and \(least.rows). As lines of text: … | cat.")
    }
    let screen = TerminalScreen()
    do {
      defer { screen.leave() }
      var film = TerminalFilm(screen, episodes: episodes, framesPerSecond: fps)
      try watched.play(episodes, for: &film)
    }
    report(watched)
    if let signal = InterruptFlag.signal { throw ExitCode(128 + signal) }
  }

  private func report(_ watched: WatchedRun) {
    for (index, episode) in watched.episodes.enumerated() {
      StandardStreams.output(
        "Episode \(index + 1): return \(TextDiary.text(episode.total)) in \(episode.steps) steps.\n"
      )
    }
  }
}
