import ArgumentParser
import Differentiation
import Runs

/// Experiments with gradient estimators.
@main
struct RelaxLab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relax-lab",
    abstract: "Experiments with gradient estimators, their bias and their variance.",
    discussion: """
      relax-lab toy        the paper's experiment with one Bernoulli variable, with figures
      relax-lab check      bias, variance and cost of every estimator
      relax-lab blackbox   many bits at once: where RELAX wins
      relax-lab variance   variance of an agent's policy gradient at a frozen policy
      relax-lab trajectory the same with control variates of later steps
      relax-lab vae        the discrete variational autoencoder, with any estimator
      relax-lab vae-table  its published table again; vae-variance: its estimators side by side
      """,
    version: "RelaxRL \(ReleaseVersion.current)",
    subcommands: [
      ToyCommand.self, CheckCommand.self, BlackBoxCommand.self, VarianceCommand.self,
      TrajectoryCommand.self, VAECommand.self,
      VAEResumeCommand.self, VAETableCommand.self, VAEVarianceCommand.self,
    ])

  static func main() {
    StandardStreams.prepare()
    do {
      try VectorWidth.check()
    } catch {
      StandardStreams.errors("relax-lab: \(error)\n")
      exit(withError: ExitCode(64))
    }
    main(nil)
    do {
      try StandardStreams.finish()
    } catch {
      StandardStreams.errors("relax-lab: \(error)\n")
      exit(withError: ExitCode.failure)
    }
  }
}
