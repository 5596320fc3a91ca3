import Environments
import ReinforcementLearning
import Runs

/// An environment that can be named on the command line.
package struct EnvironmentEntry: Sendable {
  /// Name, aliases, step limit and threshold.
  package private(set) var spec: EnvironmentSpec
  /// The set that observations come from.
  package let observationSpace: Space
  /// The set that actions come from.
  package let actionSpace: Space
  /// Whether some actions are forbidden in some states.
  package let hasActionMask: Bool
  /// The names under which presets that come with the library know it: those of the built-in task that it is
  /// or equals; none of another program's own task, whatever it is called.
  let presetNames: [String]
  /// What runs it in other processes, if something does.
  let simulator: Simulator?
  /// Offers the task to another program, at most so many at a time; true if that ended properly.
  let serve: (@Sendable (_ maximumCount: Int) -> Bool)?
  /// Makes a number of lanes from a seed and the global index of the first.
  package let make:
    @Sendable (_ count: Int, _ seed: UInt64, _ firstLane: Int) throws ->
      any VectorEnvironment

  /// Makes the same task with parameters of its own, `name=value` separated by commas; nil if it has none.
  let configured: (@Sendable (_ arguments: String) throws -> EnvironmentEntry)?
  /// Its parameters with their usual values; nil if it has none.
  let parameters: (@Sendable () -> SettingsTable)?

  /// The same task under another name, for what was saved under that.
  let named: @Sendable (_ name: String) -> EnvironmentEntry

  init(
    spec: EnvironmentSpec, observationSpace: Space, actionSpace: Space, hasActionMask: Bool,
    presetNames: [String]? = nil, simulator: Simulator? = nil,
    serve: (@Sendable (_ maximumCount: Int) -> Bool)? = nil,
    parameters: (@Sendable () -> SettingsTable)? = nil,
    configured: (@Sendable (_ arguments: String) throws -> EnvironmentEntry)? = nil,
    named: @escaping @Sendable (_ name: String) -> EnvironmentEntry,
    make:
      @escaping @Sendable (_ count: Int, _ seed: UInt64, _ firstLane: Int) throws ->
      any VectorEnvironment
  ) {
    self.named = named
    self.parameters = parameters
    self.configured = configured
    self.spec = spec
    self.observationSpace = observationSpace
    self.actionSpace = actionSpace
    self.hasActionMask = hasActionMask
    self.presetNames = presetNames ?? [spec.name] + spec.aliases
    self.simulator = simulator
    self.serve = serve
    self.make = make
  }

  /// The same task, solved with another mean return, or by another measure than returns.
  ///
  /// - Parameter threshold: the run's own; nil leaves the task as it is.
  /// - Returns: the task, named and limited as before.
  func with(_ threshold: ThresholdSettings?) -> EnvironmentEntry {
    guard let threshold else { return self }
    var entry = self
    entry.spec.rewardThreshold = threshold.thresholdOf == .rewards ? threshold.threshold : nil
    return entry
  }

  /// A task that is a Swift value.
  package init<E: Environment>(_ type: E.Type, spec: EnvironmentSpec? = nil) {
    self.init(E(), spec: spec ?? E.spec)
  }

  /// A task whose usual parameters, with which it can be made, are not those of its type.
  init<E: ParameterizedEnvironment>(
    _ type: E.Type, spec: EnvironmentSpec, parameters: E.Parameters
  ) {
    do {
      self.init(try E(parameters), spec: spec, usual: { SettingsTable(parameters) })
    } catch {
      fatalError("\(error)")
    }
  }

  /// A task with the parameters of a value; arguments change the usual ones, by default those of its type.
  init<E: Environment>(
    _ prototype: E, spec: EnvironmentSpec, usual: (@Sendable () -> SettingsTable)? = nil
  ) {
    let usual = usual ?? Self.parameters(of: E.self)
    self.init(
      spec: spec, observationSpace: prototype.observationSpace, actionSpace: prototype.actionSpace,
      hasActionMask: prototype.hasActionMask,
      serve: { EnvironmentServer<E>(prototype, spec: spec, maximumCount: $0).run() },
      parameters: usual, configured: Self.configuration(E.self, spec, usual),
      named: { name in
        var spec = spec
        spec.name = name
        return EnvironmentEntry(prototype, spec: spec, usual: usual)
      }
    ) {
      try EnvironmentBatch<E>(prototype, spec: spec, count: $0, seed: $1, firstLane: $2)
    }
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
    EnvironmentEntry(IsingEnvironment.self),
    EnvironmentEntry(NKEnvironment.self),
    EnvironmentEntry(MaximumCutEnvironment.self),
    EnvironmentEntry(ContextualQuadraticEnvironment.self),
    EnvironmentEntry(MultilabelEnvironment.self),
    EnvironmentEntry(CopyEnvironment.self),
    EnvironmentEntry(Orchard.self),
    EnvironmentEntry(MinAtarAsterix.self),
    EnvironmentEntry(MinAtarAsterix.self, spec: MinAtarAsterix.specV0, parameters: .v0),
    EnvironmentEntry(MinAtarBreakout.self),
    EnvironmentEntry(MinAtarBreakout.self, spec: MinAtarBreakout.specV0, parameters: .v0),
    EnvironmentEntry(MinAtarFreeway.self),
    EnvironmentEntry(MinAtarFreeway.self, spec: MinAtarFreeway.specV0, parameters: .v0),
    EnvironmentEntry(MinAtarSeaquest.self),
    EnvironmentEntry(MinAtarSpaceInvaders.self),
    EnvironmentEntry(MinAtarSpaceInvaders.self, spec: MinAtarSpaceInvaders.specV0, parameters: .v0),
  ]
}

extension EnvironmentRecord {
  init(_ entry: EnvironmentEntry) {
    self.init(
      entry.spec, observationSpace: entry.observationSpace, actionSpace: entry.actionSpace,
      hasActionMask: entry.hasActionMask)
  }
}
