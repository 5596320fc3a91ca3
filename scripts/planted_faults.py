"""The faults that scripts/planted-faults plants: what is right in a file, and what is wrong where FAULT is true."""

from dataclasses import dataclass


@dataclass
class Fault:
    what: str
    file: str
    right: str
    wrong: str
    noticed_by: tuple


EXPERIENCE = "Sources/ReinforcementLearning/Experience"
ENVIRONMENT = "Sources/ReinforcementLearning/Environment"
LOOP = "Sources/ReinforcementLearning/Loop"
SETTINGS = "Sources/Runs/Settings"
FOLDER = "Sources/Runs/RunFolder"
LEARNING = ("ReinforcementLearningTests",)
RUNS = ("RunsTests",)
AGENTS = ("AgentsTests",)
STORED = ("The config-yaml of a run that goes on",)


def step_collector(what, right, wrong, by=LEARNING):
    return Fault(f"step collector: {what}", f"{EXPERIENCE}/StepCollector.swift", right, wrong, by)


def episode_collector(what, right, wrong, by=LEARNING):
    return Fault(f"episode collector: {what}", f"{EXPERIENCE}/EpisodeCollector.swift", right, wrong, by)


def scan(what, right, wrong):
    return Fault(f"scan: {what}", f"{EXPERIENCE}/Experience+Scans.swift", right, wrong, LEARNING)


def lanes(what, right, wrong, by=LEARNING):
    return Fault(f"lanes: {what}", f"{EXPERIENCE}/Lanes.swift", right, wrong, by)


def tracker(what, right, wrong):
    return Fault(f"episode tracker: {what}", f"{LOOP}/EpisodeTracker.swift", right, wrong, LEARNING)


def log(what, right, wrong):
    return Fault(f"episode log: {what}", f"{LOOP}/EpisodeLog.swift", right, wrong, LEARNING)


def space(what, right, wrong):
    return Fault(f"space: {what}", f"{ENVIRONMENT}/Space.swift", right, wrong, ("EnvironmentsTests", *LEARNING))


FAULTS = [
    # Collectors.
    step_collector("a full rollout is not begun again",
                   "if stepsTaken == steps {", "if !FAULT && stepsTaken == steps {"),
    step_collector("the last step is not recalled after a resume",
                   "for step in 0..<stepsTaken {", "for step in 0..<(FAULT ? max(0, stepsTaken - 1) : stepsTaken) {",
                   ("ReinforcementLearningTests", "AgentsTests")),
    step_collector("steps are counted without the lanes",
                   "return steps * lanes.count", "return FAULT ? steps : steps * lanes.count"),
    step_collector("a rollout of another number of steps is taken over",
                   "experience.count == steps * lanes.count,", "FAULT || experience.count == steps * lanes.count,"),
    episode_collector("a lost episode counts as played",
                      "outcomes[$0].isEnd && outcomes[$0] != .lost",
                      "outcomes[$0].isEnd && (FAULT || outcomes[$0] != .lost)"),
    episode_collector("waiting lanes start at their own shard's clock",
                      "progress.rounds == 0 ? clock : 0", "progress.rounds == 0 && !FAULT ? clock : 0",
                      ("ReinforcementLearningTests", "AgentsTests")),
    episode_collector("one episode too few",
                      "while progress.rounds < episodes {", "while progress.rounds < (FAULT ? episodes - 1 : episodes) {"),
    episode_collector("the experience of the update before stays",
                      "if progress?.isComplete ?? true { finishUpdate() }",
                      "if FAULT ? progress == nil : progress?.isComplete ?? true { finishUpdate() }"),
    Fault("lane step: masks are not asked for", f"{EXPERIENCE}/LaneStep.swift",
          "if let masks {", "if !FAULT, let masks {", LEARNING),
    Fault("experience: a row has its successor's successor", f"{EXPERIENCE}/Experience.swift",
          "if previous >= 0 { steps[Int(previous)].successor = Int32(row) }",
          "if previous >= 0 { steps[Int(previous)].successor = Int32(FAULT ? max(row - 1, 0) : row) }", LEARNING),
    Fault("experience: an episode goes on over its end", f"{EXPERIENCE}/Experience.swift",
          "          latest[lane] = -1\n", "          latest[lane] = FAULT ? Int32(row) : -1\n", LEARNING),
    # Scans.
    scan("the next row instead of the successor",
         "out[row] = body(row, next >= 0 ? out[next] : last)",
         "out[row] = FAULT ? body(row, row + 1 < out.count ? out[row + 1] : last) "
         ": body(row, next >= 0 ? out[next] : last)"),
    scan("row 0 precedes nothing",
         "out[row] = previous >= 0 ? body(row, out[previous]) : first",
         "out[row] = previous >= (FAULT ? 1 : 0) ? body(row, out[previous]) : first"),
    scan("lost rows count", "step.isLost ? 0 : weight", "step.isLost && !FAULT ? 0 : weight"),
    scan("nothing follows a truncated episode",
         "next >= 0 ? values[next] : nextValues[row]", "next >= 0 ? values[next] : FAULT ? 0 : nextValues[row]"),
    scan("λ is 1", "delta + discount * lambda * following", "delta + discount * (FAULT ? 1 : lambda) * following"),
    # Lanes and statistics.
    lanes("the end of a lost episode is kept",
          "where outcomes[lane].isEnd && outcomes[lane] != .lost {",
          "where outcomes[lane].isEnd && (FAULT || outcomes[lane] != .lost) {"),
    lanes("moments of observations are handed over twice",
          "defer { observationMoments?.removeAll() }", "defer { if !FAULT { observationMoments?.removeAll() } }"),
    lanes("observations of waiting lanes count",
          "skipping: environment.isWaiting)", "skipping: { !FAULT && environment.isWaiting($0) })"),
    lanes("rewards of waiting lanes count",
          "skipping: { waited[$0] })", "skipping: { waited[$0] && !FAULT })"),
    lanes("returns go on over a restart",
          "    returns?.restart()\n", "    if !FAULT { returns?.restart() }\n"),
    Fault("returns: they go on over the end of an episode", f"{EXPERIENCE}/RewardNormalizer.swift",
          "if outcomes[lane].isEnd { returns[lane] = 0 }",
          "if outcomes[lane].isEnd && !FAULT { returns[lane] = 0 }", LEARNING),
    Fault("moments: the distance of means is forgotten in a merge", f"{EXPERIENCE}/ElementMoments.swift",
          "other.squaredDeviations[element] + deviation * deviation * (count * other.count / total)",
          "other.squaredDeviations[element] + (FAULT ? 0 : deviation * deviation * (count * other.count / total))",
          LEARNING),
    # Episodes.
    tracker("episodes are not numbered", "number: lane.number + 1)", "number: FAULT ? lane.number : lane.number + 1)"),
    tracker("the clock stands", "    clock += 1\n", "    clock += FAULT ? 0 : 1\n"),
    tracker("the latest open start instead of the earliest",
            "if earliest.map({ start < $0 }) ?? true", "if earliest.map({ FAULT ? $0 < start : start < $0 }) ?? true"),
    tracker("what waits counts as an episode",
            "(wasWaiting ? 0 : 1)", "(wasWaiting && !FAULT ? 0 : 1)"),
    log("in the order of ends", "    pending.sort { $0.start < $1.start }\n",
        "    if !FAULT { pending.sort { $0.start < $1.start } }\n"),
    log("the mean takes in all episodes",
        "max(0, recentReturns.count - Self.window)", "FAULT ? 0 : max(0, recentReturns.count - Self.window)"),
    # Environments and spaces.
    Fault("batch: one step more than the limit", f"{ENVIRONMENT}/EnvironmentLanes.swift",
          "clockBase[lane].step >= stepLimit else {", "clockBase[lane].step >= (FAULT ? stepLimit + 1 : stepLimit) else {",
          LEARNING),
    Fault("batch: the first observation of the next episode as the final one", f"{ENVIRONMENT}/EnvironmentLanes.swift",
          "            (finalBase + lane * width).update(from: observationBase + lane * width, count: width)\n",
          "            if !FAULT {\n              (finalBase + lane * width).update("
          "from: observationBase + lane * width, count: width)\n            }\n", LEARNING),
    space("one choice too many", "return value >= 0 && value < count", "return value >= 0 && value < (FAULT ? count + 1 : count)"),
    space("halves among whole numbers",
          "&& (!isWhole || value == value.rounded())", "&& (FAULT || !isWhole || value == value.rounded())"),
    space("a mask has one number for each bit", "case .multiBinary(let space): 2 * space.count",
          "case .multiBinary(let space): FAULT ? space.count : 2 * space.count"),
    # Run folders, resume.
    Fault("table: rows after the checkpoint stay", f"{FOLDER}/LineFile.swift",
          "guard ftruncate(descriptor, length) == 0", "guard FAULT || ftruncate(descriptor, length) == 0", RUNS),
    Fault("checkpoints: the previous one is not kept", f"{FOLDER}/CheckpointStore.swift",
          "      try keepLastAsPrevious()\n", "      if !FAULT { try keepLastAsPrevious() }\n", RUNS),
    Fault("resume: another learning rate in config.yaml goes unnoticed",
          "Sources/RelaxRL/Training/StoredSettings.swift",
          "if !differences.isEmpty { throw Self.edited(path, differences) }",
          "if !differences.isEmpty && !FAULT { throw Self.edited(path, differences) }", STORED),
    Fault("resume: other layers are taken", "Sources/RelaxRL/Training/SettingChange.swift",
          'if name.hasSuffix("learning_rate")', 'if FAULT && key == "hidden_sizes" || name.hasSuffix("learning_rate")',
          STORED),
    # Presets.
    Fault("presets: blocks for other tasks are for all", "Sources/RelaxRL/Catalogue/Presets.swift",
          "union(isNamed ? [] : [Self.others])", "union(isNamed && !FAULT ? [] : [Self.others])",
          ("Settings that suit tasks",)),
    Fault("presets: earlier blocks win", f"{SETTINGS}/ConfigurationFile.swift",
          "kept.entries += blocks.filter(isFor).flatMap(\\.entries)",
          "kept.entries += (FAULT ? blocks.reversed() : blocks).filter(isFor).flatMap(\\.entries)",
          ("Settings that suit tasks", "RunsTests")),
]
