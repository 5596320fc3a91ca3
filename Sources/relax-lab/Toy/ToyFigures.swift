/// The toy experiment's figures, from the tables that `ToyReport` writes.
struct ToyFigures {
  let settings: ToySettings
  let estimators: [ToyEstimator]

  /// All figures.
  var all: [Figure] { measures + relaxations + [optimum, optimumVariance, temperatures] }

  /// Loss, θ and log-variance over the steps, mean and 95 % interval.
  private var measures: [Figure] {
    ToyReport.measures.enumerated().map { index, measure in
      let (mean, lower, upper) = (3 + 3 * index, 4 + 3 * index, 5 + 3 * index)
      return Figure(
        name: measure.name, xLabel: "steps",
        yLabel: measure.name.replacing("_", with: " "),
        curves: estimators.map { estimator in
          Figure.Curve(
            title: estimator.title, file: "curves.csv", rows: estimator.name, x: 2, y: mean,
            band: (lower, upper), color: estimator.color)
        },
        // A variance of 0 is recorded as a logarithm of −50, which would flatten all the others.
        settings: measure.name == "log_variance" ? ["set yrange [-30:*]"] : [])
    }
  }

  /// What REBAR and RELAX have learned in the first seed, beside the optimum: together, and each by
  /// itself, because they differ by more than either bends.
  private var relaxations: [Figure] {
    let relaxed = estimators.filter(\.learnsRelaxation)
    let curves = relaxed.map { estimator in
      let rows = "\(estimator.name),\(settings.seeds[0])"
      return [
        Figure.Curve(
          title: estimator.title, file: "relaxations.csv", rows: rows, x: 4, y: 5,
          color: estimator.color),
        Figure.Curve(
          title: "optimum where \(estimator.title) ended", file: "relaxations.csv", rows: rows,
          x: 4, y: 6, color: estimator.color, isDashed: true),
      ]
    }
    let single = zip(relaxed, curves).map { estimator, curves in
      Figure(
        name: "relaxation_\(estimator.name)", xLabel: "z", yLabel: "control variate",
        curves: curves)
    }
    if relaxed.count < 2 { return single }
    return single + [
      Figure(
        name: "relaxations", xLabel: "z", yLabel: "control variate", curves: curves.flatMap { $0 })
    ]
  }

  /// The best control variate over θ, at three places.
  private var optimum: Figure {
    Figure(
      name: "optimum", xLabel: "θ", yLabel: "control variate of least variance",
      curves: [("z = -2", 7), ("z = 0", 8), ("z = 2", 9)].enumerated().map { number, place in
        Figure.Curve(
          title: place.0, file: "optimum.csv", x: 1, y: place.1, color: Figure.colors[number])
      } + [
        Figure.Curve(
          title: "(1 - θ) f(1) + θ f(0)", file: "optimum.csv", x: 1, y: 10, color: "#000000",
          isDashed: true)
      ])
  }

  /// The variance over θ without a control variate, with the best of REBAR's and with the best.
  private var optimumVariance: Figure {
    Figure(
      name: "optimum_variance", xLabel: "θ", yLabel: "variance",
      curves: [("REINFORCE", 2), ("best of REBAR's", 3), ("optimum", 6)].enumerated().map {
        number, column in
        Figure.Curve(
          title: column.0, file: "optimum.csv", x: 1, y: column.1,
          color: Figure.colors[number])
      }, settings: ["set logscale y", "set format y '10^{%T}'"])
  }

  /// The variance over λ at θ = ½, each with its best η.
  private var temperatures: Figure {
    Figure(
      name: "temperatures", xLabel: "λ", yLabel: "variance at θ = 1/2",
      curves: [
        Figure.Curve(
          title: "REBAR with the best η", file: "temperatures.csv", x: 1, y: 3,
          color: ToyEstimator(recipe: .rebar).color),
        Figure.Curve(
          title: "REINFORCE", file: "temperatures.csv", x: 1, y: 4,
          color: ToyEstimator(recipe: .scoreFunction).color, isDashed: true),
      ],
      settings: [
        "set logscale xy", "set format x '10^{%T}'", "set format y '10^{%T}'",
      ])
  }
}
