import Environments
import ReinforcementLearning
import Runs

/// An environment that can be named on the command line.
package struct EnvironmentEntry: Sendable {
  /// Name, aliases, step limit and threshold.
  package let spec: EnvironmentSpec
  /// The set that observations come from.
  package let observationSpace: Space
  /// The set that actions come from.
  package let actionSpace: Space
  /// Whether some actions are forbidden in some states.
  package let hasActionMask: Bool
  /// The task whose settings suit this one: itself, unless another program runs it.
  private(set) var presetName: String
  /// What runs it in other processes, if something does.
  let simulator: Simulator?
  /// Offers the task to another program, at most so many at a time; true if that ended properly.
  let serve: (@Sendable (_ maximumCount: Int) -> Bool)?
  /// Makes a number of lanes from a seed and the global index of the first.
  package let make:
    @Sendable (_ count: Int, _ seed: UInt64, _ firstLane: Int) throws ->
      any VectorEnvironment

  /// The same task under another name, for what was saved under that.
  let named: @Sendable (_ name: String) -> EnvironmentEntry

  init(
    spec: EnvironmentSpec, observationSpace: Space, actionSpace: Space, hasActionMask: Bool,
    presetName: String? = nil, simulator: Simulator? = nil,
    serve: (@Sendable (_ maximumCount: Int) -> Bool)? = nil,
    named: @escaping @Sendable (_ name: String) -> EnvironmentEntry,
    make:
      @escaping @Sendable (_ count: Int, _ seed: UInt64, _ firstLane: Int) throws ->
      any VectorEnvironment
  ) {
    self.named = named
    self.spec = spec
    self.observationSpace = observationSpace
    self.actionSpace = actionSpace
    self.hasActionMask = hasActionMask
    self.presetName = presetName ?? spec.name
    self.simulator = simulator
    self.serve = serve
    self.make = make
  }

  /// A task that is a Swift value.
  package init<E: Environment>(_ type: E.Type, spec: EnvironmentSpec? = nil) {
    let prototype = E()
    let spec = spec ?? E.spec
    self.init(
      spec: spec, observationSpace: prototype.observationSpace, actionSpace: prototype.actionSpace,
      hasActionMask: prototype.hasActionMask,
      serve: { EnvironmentServer<E>(prototype, spec: spec, maximumCount: $0).run() },
      named: { name in
        var spec = spec
        spec.name = name
        return EnvironmentEntry(type, spec: spec)
      }
    ) {
      try EnvironmentBatch<E>(prototype, spec: spec, count: $0, seed: $1, firstLane: $2)
    }
  }

  /// The same task as one of the user's own, whose settings nobody has looked for.
  var withPresetForUnknownTasks: EnvironmentEntry {
    var entry = self
    if simulator == nil { entry.presetName = Preset.unknownTask }
    return entry
  }

  /// The tasks that come with the library; a new one is a line here.
  static let builtIn: [EnvironmentEntry] = [
    EnvironmentEntry(CartPole.self),
    EnvironmentEntry(CartPole.self, spec: CartPole.specV0),
    EnvironmentEntry(MountainCar.self),
    EnvironmentEntry(MountainCarContinuous.self),
    EnvironmentEntry(Pendulum.self),
    EnvironmentEntry(Acrobot.self),
    EnvironmentEntry(BernoulliBandit.self),
    EnvironmentEntry(GaussianBandit.self),
    EnvironmentEntry(ContextualBandit.self),
    EnvironmentEntry(Corridor.self),
    EnvironmentEntry(RandomMDP.self),
    EnvironmentEntry(Quadratic.self),
    EnvironmentEntry(Orchard.self),
  ]
}

extension EnvironmentRecord {
  init(_ entry: EnvironmentEntry) {
    self.init(
      entry.spec, observationSpace: entry.observationSpace, actionSpace: entry.actionSpace,
      hasActionMask: entry.hasActionMask)
  }
}
