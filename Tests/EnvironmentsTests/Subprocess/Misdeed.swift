import Testing

/// A way to be bad, and what the error must say.
struct Misdeed: CustomTestStringConvertible {
  let mode: String
  let fragments: [String]

  init(_ mode: String, _ fragments: String...) {
    (self.mode, self.fragments) = (mode, fragments)
  }

  var testDescription: String { mode }

  /// Those that are the author's mistake: another process would do the same.
  static let violations = [
    Misdeed("garbage", "step", "an object", "Loading textures", "standard error"),
    Misdeed("noise", "step", "an object", "step 3"),
    Misdeed("bytes", "step", "an object"),
    Misdeed("nan", "lane 1", "episode 0", "step 2", "element 1", "nan", "finite"),
    Misdeed("infinite-reward", "lane 1", "step 2", "reward is inf", "finite"),
    Misdeed("wrong-shape", "lane 1", "episode 0", "step 2", "obs", "2 numbers"),
    Misdeed("empty-mask", "lane 1", "episode 0", "step 2", "mask", "allows no action"),
    Misdeed("wrong-count", "reward", "a list of 2 elements", "one of 1"),
    Misdeed("wrong-id", "id", "must be 3", "is 4"),
    Misdeed("wrong-type", "type", "\"step\"", "\"reset\""),
    Misdeed("text-for-number", "lane 1", "obs", "a number", "one"),
    Misdeed("missing", "terminated", "there", "missing"),
    Misdeed("no-final", "final_obs", "lane 1", "missing"),
    Misdeed("endless", "truncated", "max_episode_steps (8)", "false"),
    Misdeed("huge", "16777216 bytes"),
    Misdeed("deep", "an object"),
    // Seen as a reply that nobody asked for, or as one to the wrong request.
    Misdeed("twice", "broke the protocol"),
  ]

  /// Those after which another process may do better.
  static let crashes = [
    Misdeed("late", "did not answer within 0.4 s"),
    Misdeed("hang", "did not answer within 0.4 s"),
    Misdeed("ignore-term", "did not answer within 0.4 s"),
    Misdeed("half-and-hang", "did not answer within 0.4 s"),
    Misdeed("half-and-exit", "exited with code 0", "an incomplete reply"),
    Misdeed("blank-lines", "did not answer within 0.4 s"),
    Misdeed("exit", "exited with code 3", "| segment 7 of the arm is out of reach"),
    Misdeed("abort", "signal 6"),
    Misdeed("close-output", "closed its standard output but goes on running"),
    Misdeed("fork", "exited with code 5"),
    Misdeed("error", "sim-failure", "the solver diverged"),
  ]
}
