import Formats
import Foundation
import Networks
import ReinforcementLearning
import Runs

/// From where a run takes its parameters, where not from chance; part of `config.yaml` then.
///
/// Optimizers and streams of random numbers are fresh. What shifts and scales the observations belongs to
/// what was learned, and comes along.
struct InitialParameters: Codable, Hashable, DescribedSettings {
  /// A run folder, or a safetensors file of whatever program.
  var initFrom = ""

  static let key = "init_from"
  static let descriptions = [
    "initFrom": "A run folder or a safetensors file whose parameters the run begins with."
  ]

  /// The settings in a table; nil where the run draws its parameters.
  ///
  /// - Throws: where nothing is named.
  init?(in table: SettingsTable) throws {
    guard table[Self.key] != nil else { return nil }
    self = try table.decode(InitialParameters.self)
    guard !initFrom.isEmpty else {
      throw UsageError("init_from must name a run folder or a safetensors file, but is empty.")
    }
  }

  init() {}

  /// Gives them to an agent that has just been made.
  ///
  /// - Parameter driver: of the agent.
  /// - Returns: what was taken over, in a line.
  /// - Throws: `UsageError` for what does not fit; the driver is of no use then.
  func give(to driver: any TrainingDriver) throws -> String {
    let (source, name) = try read()
    var agent = SafetensorsFile()
    try driver.saveAgent(to: &agent)
    var values: [String: SafetensorsTensor] = [:]
    var (taken, drawn): ([String], [String]) = ([], [])
    for set in driver.parameters {
      let network = set.layout.names.first?.prefix { $0 != "." }.description ?? ""
      guard set.layout.names.contains(where: { source[$0] != nil }) else {
        drawn.append(network)
        continue
      }
      for view in set.layout.views { values[view.name] = try tensor(view, of: source) }
      taken.append(network)
    }
    guard !taken.isEmpty else {
      let names = source.tensors.map(\.name).filter { !$0.hasPrefix("optimizer.") }
      throw UsageError(
        "\(initFrom) has no parameters of this agent's networks, \(drawn.joined(separator: ", ")), "
          + "but \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? " and others" : "")."
      )
    }
    agent.tensors = agent.tensors.map { entry in
      let name = entry.name.hasPrefix("target.") ? String(entry.name.dropFirst(7)) : entry.name
      return values[name].map { .init(entry.name, $0) } ?? entry
    }
    agent.metadata["agent"] = try statistics(agent.metadata["agent"], source.metadata["agent"])
    try driver.restoreAgent(from: agent)
    return "Begins with \(taken.joined(separator: ", ")) of \(name)"
      + (drawn.isEmpty ? "." : "; \(drawn.joined(separator: ", ")) drawn anew.")
  }

  private func read() throws -> (file: SafetensorsFile, name: String) {
    let fileSystem = FileSystem.uninterrupted
    if fileSystem.isFolder(initFrom) {
      let run = try TrainedRun(initFrom)
      return (run.checkpoint, "\(initFrom), checkpoint \(run.slot.rawValue)")
    }
    guard fileSystem.exists(initFrom) else {
      throw UsageError(
        "--init-from must name a run folder or a safetensors file, but \(initFrom) does not exist.")
    }
    do {
      return (try SafetensorsFile(bytes: try fileSystem.read(initFrom)), initFrom)
    } catch let error as SafetensorsError {
      throw UsageError(
        "\(initFrom) is neither a run folder nor a safetensors file: \(error)")
    }
  }

  /// A parameter's numbers, which must be there in its shape.
  private func tensor(
    _ view: ParameterView, of source: SafetensorsFile
  ) throws(UsageError) -> SafetensorsTensor {
    guard let tensor = source[view.name] else {
      throw UsageError(
        "\(initFrom) has no \(view.name) \(view.shape), but other parameters of the same network: its "
          + "layers are not those of this run. See hidden_sizes, and network of images.")
    }
    guard tensor.shape == view.shape else {
      let isTransposed = view.shape.count == 2 && tensor.shape == view.shape.reversed()
      throw UsageError(
        "\(view.name) has the shape \(tensor.shape) in \(initFrom) and \(view.shape) in this run. "
          + (isTransposed
            ? "Weights are [inputs, outputs] here; transpose those of PyTorch."
            : "Tasks, agents, hidden_sizes and, of images, network must be such that networks have the same "
              + "shapes."))
    }
    do {
      _ = try source.finiteValues(of: view.name, shape: view.shape, as: Float.self)
    } catch {
      throw UsageError("\(initFrom) cannot be begun with: \(view.name): \(error)")
    }
    return tensor
  }

  /// An agent's own state with the statistics of another's.
  ///
  /// - Parameters:
  ///   - fresh: as the agent saves it.
  ///   - other: nil where another program has written the parameters.
  /// - Returns: as the agent reads it.
  /// - Throws: `UsageError` where one normalizes observations and the other does not.
  private func statistics(_ fresh: String?, _ other: String?) throws -> String? {
    guard var state = fresh, let old: Statistics = try? decodeState(fresh, named: "agent"),
      let new: Statistics = try? decodeState(other, named: "agent")
    else { return fresh }
    guard (old.observations == nil) == (new.observations == nil) else {
      let isNormalized = new.observations != nil
      throw UsageError(
        "The policy in \(initFrom) was trained on observations "
          + "\(isNormalized ? "that are normalized" : "as they are"). Begin with --set "
          + "normalize_observations=\(isNormalized).")
    }
    // As text, so that every other member stays what it is.
    func replace<Part: Encodable>(_ key: String, _ old: Part?, _ new: Part?) throws {
      guard let old, let new else { return }
      state = try state.replacing(
        "\"\(key)\":\(encodeState(old))", with: "\"\(key)\":\(encodeState(new))")
    }
    try replace("observations", old.observations, new.observations)
    try replace("rewards", old.rewards, new.rewards)
    return state
  }

  /// What an agent's state has of normalization.
  private struct Statistics: Decodable {
    var observations: ObservationNormalizer?
    var rewards: RewardNormalizer?
  }
}
