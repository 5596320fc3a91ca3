import Differentiation
import Distributions
import Estimators
import Networks

/// A row of the table.
enum CheckMethod: String, CaseIterable {
  case reinforce = "REINFORCE"
  case movingAverage = "REINFORCE moving average"
  case nvil = "NVIL"
  case rloo = "RLOO of 2"
  case rloo4 = "RLOO of 4"
  case disARM = "DisARM"
  case muProp = "MuProp"
  case rebar = "REBAR"
  case rebarCoupled = "REBAR coupled"
  case relax = "RELAX"
  case relaxCoupled = "RELAX coupled"
  case relaxedREBAR = "relaxed REBAR"
  case relaxedREBARCoupled = "relaxed REBAR coupled"
  case lax = "LAX"
  case scaled = "fixed c optimal scale"
  case pathwise = "reparameterization"
  case allAction = "all-action"
  case exact = "enumeration"
  case concrete = "Concrete"
  case gumbelStraightThrough = "Gumbel straight-through"
  case straightThrough = "straight-through"

  /// The units of the networks that are trained as control variates.
  private static let units = 16

  var isUnbiased: Bool {
    ![.concrete, .gumbelStraightThrough, .straightThrough].contains(self)
  }

  func applies(to problem: CheckProblem) -> Bool {
    switch self {
    case .reinforce, .movingAverage, .nvil, .rloo, .rloo4, .scaled: true
    case .lax, .pathwise: problem.family == .gaussian
    case .disARM: problem.family == .bernoulli
    default: problem.family != .gaussian
    }
  }

  /// Evaluations of f, and of its derivative where one is needed.
  func evaluations(_ problem: CheckProblem) -> String {
    switch self {
    case .reinforce, .movingAverage, .nvil, .relax, .relaxCoupled, .lax, .allAction, .scaled: "1"
    case .rloo, .disARM: "2"
    case .muProp: "2 + 1 derivative"
    case .rloo4: "4"
    case .rebar, .rebarCoupled, .relaxedREBAR, .relaxedREBARCoupled: "3 + 2 derivatives"
    case .pathwise, .concrete, .gumbelStraightThrough, .straightThrough: "1 + 1 derivative"
    case .exact: "\(problem.valueCount)"
    }
  }

  /// What is trained before the measurement.
  ///
  /// The moving average and the optimal scale are not trained by a gradient, but kept here as well.
  func layout(for problem: CheckProblem) -> ParameterLayout {
    let network = [
      ParameterEntry("weight1", [problem.width, Self.units]), ParameterEntry("bias1", [Self.units]),
      ParameterEntry("weight2", [Self.units, 1]), ParameterEntry("bias2", [1]),
    ]
    let relaxation = [ParameterEntry("log_temperature", [1]), ParameterEntry("scale", [1])]
    return switch self {
    case .movingAverage, .nvil: ParameterLayout([ParameterEntry("baseline", [1])])
    case .scaled: ParameterLayout([ParameterEntry("scale", [1])])
    case .rebar, .rebarCoupled: ParameterLayout(relaxation)
    case .relax, .relaxCoupled, .lax: ParameterLayout(network)
    case .relaxedREBAR, .relaxedREBARCoupled: ParameterLayout(relaxation + network)
    case .allAction:
      // c of each value of each variable.
      ParameterLayout([
        ParameterEntry("table", [problem.width * (problem.family == .bernoulli ? 2 : 1)])
      ])
    default: ParameterLayout()
    }
  }

  /// c_φ, a network with one layer of tanh units, of values or relaxed samples `[K·R·V, A]`.
  static func network(_ z: Tensor, width: Int, phi: ParameterTensors) -> Tensor {
    let rows = z.shape.count / width
    let hidden = (z.reshaped([rows, width]).matrixProduct(phi["weight1"]) + phi["bias1"]).tanh()
    return (hidden.matrixProduct(phi["weight2"]) + phi["bias2"]).reshaped([rows])
  }
}
