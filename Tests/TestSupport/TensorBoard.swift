/// A Python that reads event files; nil where there is none.
public let tensorBoardPython = Python(with: "tensorboard")

/// Prints every curve, after TensorBoard's own rules for restarts were applied.
public let tensorBoardReader = """
  import json, sys
  from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
  events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
  events.Reload()
  print(json.dumps({tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)]
                    for tag in events.Tags()["scalars"]}))
  """
