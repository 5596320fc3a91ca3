import Differentiation
import Networks
import ReinforcementLearning

/// Lets each lane act by a policy of its own, always as seems best to it.
final class EvolutionActor: Actor {
  /// One lane's policy, compiled for one row.
  private struct Member {
    let parameters: ParameterSet<Float>
    let program: Program<Float>
    let row: Experience
  }

  private let members: [Member]
  private let lanes: Lanes

  /// - Parameters:
  ///   - lanes: that act.
  ///   - network: the policy.
  ///   - model: of the policy.
  /// - Throws: `ProgramError` where there is too little memory.
  init(_ lanes: Lanes, _ network: TrainedNetwork, _ model: PolicyModel) throws(ProgramError) {
    self.lanes = lanes
    var members: [Member] = []
    for _ in 0..<lanes.count {
      let table = ExperienceGraph(rows: 1, lanes: 1)
      let x = table.input(.observation, width: lanes.observationSize)
      let mask = model.maskSize(hasMask: lanes.environment.hasActionMask).map {
        table.input(.mask, width: $0)
      }
      let parameters = ParameterSet<Float>(network.parameters.layout)
      let theta = table.parameters(parameters)
      let policy = model.distribution(
        outputs: network(x, parameters: theta), parameters: theta, mask: mask)
      let program = try table.compile([
        ProgramStage(outputs: [table.output(.action, policy.likeliestAction)])
      ])
      members.append(Member(parameters: parameters, program: program, row: table.experience))
    }
    self.members = members
  }

  /// What the policy of a lane is to have.
  func parameters(ofLane lane: Int) -> ParameterSet<Float> { members[lane].parameters }

  /// A table of one row for each lane, with what the policies read and write.
  func moment() -> Experience {
    let moment = Experience(rows: lanes.count, lanes: lanes.count)
    for column in members[0].row.columns { moment.add(column.name, width: column.width) }
    return moment
  }

  func act(on rows: Range<Int>, of experience: Experience) {
    for (lane, member) in members.enumerated() where !lanes.environment.isWaiting(lane) {
      let row = rows.lowerBound + lane
      for column in member.row.columns where column.name != .action {
        if let source = experience.column(column.name) {
          column.copyRows(row..<row + 1, of: source, to: 0)
        }
      }
      member.program.run()
      experience[.action].copyRows(0..<1, of: member.row[.action], to: row)
    }
  }
}
