import Estimators
import GSL
import Testing

@testable import DiscreteVAE

/// An estimator with its settings, and a model.
struct Case: CustomTestStringConvertible, Sendable {
  let model: ModelKind
  let settings: EstimationSettings

  var testDescription: String {
    "\(settings.estimator.rawValue), scope \(settings.scope.rawValue), "
      + "\(settings.isCoupled ? "coupled" : "independent") noise, \(model.rawValue)"
  }

  var hasControlParameters: Bool {
    settings.estimator.hasControlVariate || settings.estimator.hasBaseline
  }

  /// Every model with every unbiased estimator, scope and kind of noise.
  static let unbiased = ModelKind.allCases.flatMap { model in
    VAEEstimator.allCases.filter(\.recipe.claim.isUnbiased).flatMap { estimator in
      let scopes = estimator.hasControlVariate ? ControlScope.allCases : [.layer]
      return scopes.flatMap { scope in
        (estimator.hasControlVariate ? [true, false] : [true]).map { isCoupled in
          var settings = EstimationSettings(estimator)
          settings.scope = scope
          settings.isCoupled = isCoupled
          return Case(model: model, settings: settings)
        }
      }
    }
  }

  static let biased = ModelKind.allCases.flatMap { model in
    VAEEstimator.allCases.filter { !$0.recipe.claim.isUnbiased }.map {
      Case(model: model, settings: EstimationSettings($0))
    }
  }
}

@Suite struct `The gradient of a tiny model against enumeration` {
  /// A chance of 1e-10 for each parameter.
  private let allowedDeviation = 6.5

  @Test(arguments: Case.unbiased)
  func `an unbiased estimator has the exact mean`(of method: Case) throws {
    let tiny = TinyModel(method.model)
    let exact = try tiny.exactGradient(
      samples: method.settings.estimator.recipe.claim.isAboutExpectation
        ? 1 : method.settings.samples)
    let deviation = try TinyStep(tiny, method.settings, batch: 200)
      .deviation(from: exact, runs: 400)
    #expect(deviation < allowedDeviation)
  }

  @Test(arguments: Case.biased)
  func `a biased estimator is found out`(of method: Case) throws {
    let tiny = TinyModel(method.model)
    let deviation = try TinyStep(tiny, method.settings, batch: 200)
      .deviation(from: try tiny.exactGradient(), runs: 400)
    #expect(deviation > 10)
  }

  @Test func `the bound of several samples is told from the evidence lower bound`() throws {
    let tiny = TinyModel(.linear1)
    let deviation = try TinyStep(tiny, EstimationSettings(.vimco), batch: 200)
      .deviation(from: try tiny.exactGradient(), runs: 400)
    #expect(deviation > 10)
  }
}

@Suite struct `What the control parameters follow` {
  @Test(arguments: Case.unbiased.filter(\.hasControlParameters))
  func `the gradient by φ is that of the objective`(of method: Case) throws {
    let tiny = TinyModel(method.model)
    let step = try TinyStep(tiny, method.settings, batch: 3)
    step.run()
    let gradient = step.program.output("phi")
    let exact = step.phi.values
    // A ReLU's kink within the difference would spoil it; at this seed there is none.
    let width = 1e-6
    for index in exact.indices {
      func objective(_ shift: Double) -> Double {
        step.phi.pointer[index] = exact[index] + shift
        step.program.run()
        return step.program.output("objective")[0]
      }
      let difference = (objective(width) - objective(-width)) / (2 * width)
      step.phi.pointer[index] = exact[index]
      #expect(
        abs(difference - gradient[index]) < 1e-5 * max(1, abs(difference)),
        "\(step.phi.layout.label(ofElement: index)): \(gradient[index]) against \(difference)")
    }
  }

  @Test(arguments: [VAEEstimator.rebar, .relaxedREBAR], ModelKind.allCases)
  func `with scales of zero only REINFORCE is left, whatever the noise`(
    estimator: VAEEstimator, model: ModelKind
  ) throws {
    let tiny = TinyModel(model)
    var settings = EstimationSettings(estimator)
    let coupled = try TinyStep(tiny, settings, batch: 4)
    settings.isCoupled = false
    let independent = try TinyStep(tiny, settings, batch: 4)
    for step in [coupled, independent] {
      for view in step.phi.layout.views where view.name.hasPrefix("scale.") {
        step.phi[view.name] = [0]
      }
    }
    coupled.run()
    for (a, b) in zip(coupled.graph.noise, independent.graph.noise) {
      coupled.program.withInput(a) { from in
        independent.program.withInput(b) { to in
          for index in 0..<from.count { to[index] = from[index] }
        }
      }
    }
    independent.program.run()
    for (a, b) in zip(coupled.program.output("theta"), independent.program.output("theta")) {
      #expect(abs(a - b) < 1e-12)
    }
  }
}
